/* Folders of others, what they leave in them, and children that run as others. What
 * needs another user is skipped when we are not root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/account.h"
#include "base/child.h"
#include "base/scratch.h"
#include "base/trust.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER "nobody"

struct bench
{
    struct mc_arena *arena;
    struct mc_scratch *scratch;
    char path[256];
};

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->arena = mc_arena_new(1 << 24);
    assert_int_equal(mc_scratch_new(NULL, &bench->scratch, NULL), 0);
    (void)snprintf(bench->path, sizeof(bench->path), "%s",
                   mc_scratch_path(bench->scratch));
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    struct stat about;

    assert_true(mc_scratch_remove(bench->scratch));
    assert_int_equal(lstat(bench->path, &about), -1);
    mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static const char *below(struct bench *bench, const char *name)
{
    return mc_arena_printf(bench->arena, "%s/%s", bench->path, name);
}

static int take(struct bench *bench, const char *name, struct mc_error *error)
{
    struct mc_bytes text = {NULL, 0};

    return mc_scratch_read(bench->scratch, name, 8, bench->arena, &text, error);
}

static void files_go_and_come(void **state)
{
    struct bench *bench = *state;
    struct mc_bytes text = {NULL, 0};
    struct stat about;

    assert_int_equal(mc_scratch_write(bench->scratch, "a", MC_BYTES("12345678"), NULL),
                     0);
    assert_int_equal(mc_scratch_write(bench->scratch, "a", MC_BYTES("x"), NULL),
                     -EEXIST);
    assert_int_equal(stat(below(bench, "a"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(bench->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(mc_scratch_read(bench->scratch, "a", 8, bench->arena, &text, NULL),
                     0);
    assert_true(mc_bytes_is(text, "12345678"));
    assert_int_equal(take(bench, "none", NULL), -ENOENT);
}

static void what_is_no_file_is_not_read(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    assert_int_equal(symlink("/etc/passwd", below(bench, "link")), 0);
    assert_int_equal(mkfifo(below(bench, "fifo"), 0600), 0);
    assert_int_equal(mkdir(below(bench, "folder"), 0700), 0);
    assert_int_equal(mc_scratch_write(bench->scratch, "one", MC_BYTES("1"), NULL), 0);
    assert_int_equal(link(below(bench, "one"), below(bench, "two")), 0);
    assert_int_equal(
        mc_scratch_write(bench->scratch, "long", MC_BYTES("123456789"), NULL), 0);
    assert_int_equal(take(bench, "link", &error), -EINVAL);
    assert_string_equal(error.text, "link is not a regular file of its own");
    assert_int_equal(take(bench, "fifo", &error), -EINVAL);
    assert_int_equal(take(bench, "folder", &error), -EINVAL);
    assert_int_equal(take(bench, "two", &error), -EINVAL);
    assert_int_equal(take(bench, "long", &error), -EFBIG);
    assert_string_equal(error.text, "long is longer than 8 bytes");
}

static void everything_is_removed(void **state)
{
    struct bench *bench = *state;
    char path[256];
    size_t len = strlen(bench->path);

    memcpy(path, bench->path, len + 1);
    for (int i = 0; i < 10; i++) {
        memcpy(path + len, "/d", 3);
        len += 2;
        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_int_equal(symlink("/", below(bench, "root")), 0);
    assert_int_equal(symlink("/nowhere", below(bench, "dead")), 0);
    assert_int_equal(mkfifo(below(bench, "fifo"), 0), 0);
}

static void trust_needs_root_alone(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    const char *file = below(bench, "program");

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mc_scratch_write(bench->scratch, "program", MC_BYTES(""), NULL),
                     0);
    assert_int_equal(mc_trust_check(file, &error), 0);
    assert_int_equal(symlink(file, below(bench, "link")), 0);
    assert_int_equal(mc_trust_check(below(bench, "link"), &error), 0);
    assert_int_equal(chmod(file, 0702), 0);
    assert_int_equal(mc_trust_check(file, &error), MC_TRUST_NOT);
    assert_non_null(strstr(error.text, "can be written by others than root"));
    assert_int_equal(mc_trust_check(below(bench, "link"), &error), MC_TRUST_NOT);
    assert_int_equal(chmod(file, 0700), 0);
    assert_int_equal(chown(file, 0, 12345), 0);
    assert_int_equal(mc_trust_check(file, &error), 0);
    assert_int_equal(chmod(file, 0720), 0);
    assert_int_equal(mc_trust_check(file, &error), MC_TRUST_NOT);
    assert_int_equal(chmod(file, 0700), 0);
    assert_int_equal(chown(file, 12345, 0), 0);
    assert_int_equal(mc_trust_check(file, &error), MC_TRUST_NOT);
    assert_non_null(strstr(error.text, "belongs to uid 12345"));
    assert_int_equal(chown(file, 0, 0), 0);
    assert_int_equal(chmod(bench->path, 0777), 0);
    assert_int_equal(mc_trust_check(file, &error), MC_TRUST_NOT);
    assert_int_equal(chmod(bench->path, 0700), 0);
    assert_int_equal(mc_trust_check(below(bench, "none"), &error), -ENOENT);
    assert_int_equal(mc_trust_check("relative", &error), -EINVAL);
}

/* Whoever owns a link in the middle decides what is run, wherever it leads today. */
static void trust_looks_at_every_link(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    const char *middle = below(bench, "theirs/middle");

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mc_scratch_write(bench->scratch, "program", MC_BYTES(""), NULL),
                     0);
    assert_int_equal(mkdir(below(bench, "theirs"), 0755), 0);
    assert_int_equal(symlink("../program", middle), 0);
    assert_int_equal(symlink("./theirs//middle", below(bench, "link")), 0);
    assert_int_equal(mc_trust_check(below(bench, "link"), &error), 0);
    assert_int_equal(lchown(middle, 12345, 0), 0);
    assert_int_equal(mc_trust_check(below(bench, "link"), &error), MC_TRUST_NOT);
    assert_non_null(strstr(error.text, "theirs/middle belongs to uid 12345"));
    assert_int_equal(lchown(middle, 0, 0), 0);
    assert_int_equal(chown(below(bench, "theirs"), 12345, 0), 0);
    assert_int_equal(mc_trust_check(below(bench, "link"), &error), MC_TRUST_NOT);
    assert_int_equal(symlink("round", below(bench, "round")), 0);
    assert_int_equal(mc_trust_check(below(bench, "round"), &error), -ELOOP);
}

static void accounts_are_found_or_named(void **state)
{
    struct bench *bench = *state;
    const struct mc_account *account = NULL;
    struct mc_error error = {""};

    assert_int_equal(mc_account_find(NULL, NULL, bench->arena, &account, &error), 0);
    assert_null(account);
    assert_int_equal(
        mc_account_find("no-such-user", NULL, bench->arena, &account, &error), -ENOENT);
    assert_string_equal(error.text, "there is no user no-such-user");
    assert_int_equal(
        mc_account_find(USER, "no-such-group", bench->arena, &account, &error),
        -ENOENT);
    if (geteuid() != 0) {
        assert_int_equal(mc_account_find("root", NULL, bench->arena, &account, &error),
                         -EPERM);
        return;
    }
    assert_int_equal(mc_account_find(USER, "4321", bench->arena, &account, &error), 0);
    assert_int_equal(account->gid, 4321);
    assert_true(account->groups_count >= 1);
    assert_int_equal(mc_account_find("0", NULL, bench->arena, &account, &error), 0);
    assert_null(account);
}

struct seen
{
    struct mc_loop *loop;
    enum mc_child_end end;
    int code;
    char output[1024];
};

static void ended(void *user, const struct mc_child_result *result)
{
    struct seen *seen = user;

    seen->end = result->end;
    seen->code = result->code;
    (void)snprintf(seen->output, sizeof(seen->output), "%.*s", (int)result->output.len,
                   result->output.len ? (const char *)result->output.data : "");
    mc_loop_stop(seen->loop);
}

static struct seen run(const char *const *argv, const struct mc_account *account,
                       const char *folder, unsigned timeout_ms)
{
    struct seen seen = {.loop = mc_loop_new()};
    struct mc_child *child = NULL;
    const struct mc_child_spec spec = {
        .argv = argv,
        .folder = folder,
        .timeout_ms = timeout_ms,
        .output_bytes_max = sizeof(seen.output),
        .account = account,
    };

    assert_int_equal(mc_child_start(seen.loop, &spec, ended, &seen, &child), 0);
    assert_int_equal(mc_loop_run(seen.loop), 0);
    mc_loop_free(seen.loop);
    return seen;
}

static void a_child_runs_as_another(void **state)
{
    static const char *const who[] = {
        "/bin/sh", "-c",
        "id -u; id -g; id -G; cat; ls /proc/self/fd | wc -l; "
        "sed -nE 's/^(Sig(Blk|Ign)).*(.{7})$/\\1 \\3/p' /proc/self/status",
        NULL};
    static const char *const none[] = {"/mc/no/such/program", NULL};
    static const char *const hang[] = {"/bin/sleep", "600", NULL};
    struct bench *bench = *state;
    const struct mc_account *account = NULL;
    struct mc_scratch *theirs = NULL;
    char wanted[256];

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mc_account_find(USER, "4321", bench->arena, &account, NULL), 0);
    assert_int_equal(mc_scratch_new(account, &theirs, NULL), 0);
    int leaked = dup(STDOUT_FILENO);
    struct seen seen = run(who, account, mc_scratch_path(theirs), 60000);
    assert_int_equal(close(leaked), 0);
    (void)snprintf(wanted, sizeof(wanted),
                   "%u\n4321\n4321\n4\nSigBlk 0000000\nSigIgn 0000000\n",
                   (unsigned)account->uid);
    assert_int_equal(seen.end, MC_CHILD_EXITED);
    assert_string_equal(seen.output, wanted);
    seen = run(none, account, NULL, 60000);
    assert_int_equal(seen.end, MC_CHILD_NOT_STARTED);
    assert_int_equal(seen.code, ENOENT);
    seen = run(who, account, bench->path, 60000); /* of root, closed to others */
    assert_int_equal(seen.end, MC_CHILD_NOT_STARTED);
    assert_int_equal(seen.code, EACCES);
    seen = run(hang, account, NULL, 50);
    assert_int_equal(seen.end, MC_CHILD_TIMEOUT);
    assert_true(mc_scratch_remove(theirs));
}

/* A file that another user put in place of one of its own, and one of root's. */
static void files_of_others_are_theirs(void **state)
{
    struct bench *bench = *state;
    const struct mc_account *account = NULL;
    struct mc_scratch *theirs = NULL;
    struct mc_bytes text = {NULL, 0};
    struct stat about;

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mc_account_find(USER, NULL, bench->arena, &account, NULL), 0);
    assert_int_equal(mc_scratch_new(account, &theirs, NULL), 0);
    assert_int_equal(mc_scratch_write(theirs, "a", MC_BYTES("1"), NULL), 0);
    const char *path = mc_arena_printf(bench->arena, "%s/a", mc_scratch_path(theirs));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_uid, account->uid);
    assert_int_equal(mc_scratch_read(theirs, "a", 8, bench->arena, &text, NULL), 0);
    assert_int_equal(chown(path, 0, 0), 0);
    assert_int_equal(mc_scratch_read(theirs, "a", 8, bench->arena, &text, NULL),
                     -EINVAL);
    assert_true(mc_scratch_remove(theirs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_go_and_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trust_needs_root_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trust_looks_at_every_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accounts_are_found_or_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_child_runs_as_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_of_others_are_theirs, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("scratch", tests, NULL, NULL);
}

/* The package agent against managers of our own making on PATH: what is installed lives
 * in a file, so installs and removals are real to the agent. Parsers and names by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/package/line.h"
#include "host/package/provider.h"
#include "base/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_package;

/* dpkg-query and apt-get over one file of lines "name version". */
static const char fake_query[] =
    "#!/bin/sh\n"
    "for last; do :; done\n"
    "case $last in -f=*) sed 's/\\(.*\\) \\(.*\\)/install ok installed|\\1|\\2/' $DB;"
    " exit 0;; esac\n"
    "v=$(sed -n \"s/^$last //p\" $DB)\n"
    "[ -n \"$v\" ] || { echo unknown >&2; exit 1; }\n"
    "echo \"install ok installed|$v|amd64\"\n";
static const char fake_apt[] =
    "#!/bin/sh\n"
    "echo \"$*\" >>$LOG\n"
    "for last; do :; done\n"
    "case \" $* \" in\n"
    "*' broken '*) echo 'E: Unable to locate package broken' >&2; exit 100;;\n"
    "*' hollow '*) exit 0;;\n"
    "*' hang '*) exec sleep 600;;\n"
    "*' flood '*) yes | head -c 20000000; exit 1;;\n"
    "*' install '*) n=${last%%=*}; sed -i \"/^$n /d\" $DB; echo \"$n 2:5.9-4\" "
    ">>$DB;;\n"
    "*' remove '* | *' purge '*) sed -i \"/^$last /d\" $DB;;\n"
    "*' dist-upgrade '*) echo 'Inst zsh [5.8-1] (5.9-4 Debian:12 [amd64])';\n"
    "  echo 'Inst new (1.0 Debian:12 [amd64])'; echo 'Conf zsh (5.9-4)';;\n"
    "esac\n";

struct bench
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    const struct mc_ddl *ddl;
    struct mc_agent_host host;
    void *state;
    unsigned timeout_ms; /* of the calls; 0: none */
    char folder[64];
    char log[96];
    char db[96];
};

struct outcome
{
    struct mc_loop *loop;
    struct mc_arena *arena;
    unsigned *left;
    int64_t status;
    char message[512];
    const struct mc_value *data;
};

static struct mc_loop *host_loop(void *node)
{
    return ((struct bench *)node)->loop;
}

static const struct mc_config *host_config(void *node)
{
    return ((struct bench *)node)->config;
}

static const struct mc_node_ops host_ops = {.loop = host_loop, .config = host_config};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    struct mc_error error = {""};
    char path[512];

    (void)snprintf(bench->folder, sizeof(bench->folder), "%s",
                   "/tmp/mc-package.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->log, sizeof(bench->log), "%s/log", bench->folder);
    (void)snprintf(bench->db, sizeof(bench->db), "%s/db", bench->folder);
    write_file(bench->folder, "dpkg-query", fake_query);
    write_file(bench->folder, "apt-get", fake_apt);
    write_file(bench->folder, "db", "bash 5.2-1\nzlib1g 1:1.2-1\n");
    write_file(bench->folder, "log", "");
    (void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", bench->folder);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(setenv("DB", bench->db, 1), 0);
    assert_int_equal(setenv("LOG", bench->log, 1), 0);
    bench->arena = mc_arena_new(1 << 26);
    bench->loop = mc_loop_new();
    bench->host = (struct mc_agent_host){&host_ops, bench};
    assert_int_equal(mc_config_parse(MC_BYTES("plugin.package.provider = apt\n"), "t",
                                     MC_ROLE_NODE, NULL, NULL, &bench->config, &error),
                     0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_ddl_find(bench->ddls, MC_DDL_AGENT, "package", &bench->ddl, &error), 0);
    bench->state = test_calloc(1, mc_agent_package.state_size);
    assert_int_equal(mc_agent_package.init(bench->state, &bench->host, &error), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"dpkg-query", "apt-get", "db", "log"};
    char path[256];

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", bench->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(bench->folder);
    test_free(bench->state);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static void done(void *user, const struct mc_result *result)
{
    struct outcome *outcome = user;

    outcome->status = result->status;
    (void)snprintf(outcome->message, sizeof(outcome->message), "%s", result->message);
    outcome->data = result->data;
    if (--*outcome->left == 0) {
        mc_loop_stop(outcome->loop);
    }
}

struct wish
{
    const char *action;
    const char *package;
};

/* Begin some calls at once and run the loop until all have ended. */
static void ask(struct bench *bench, const struct wish *wishes, size_t count,
                struct outcome *outcomes, int64_t abort_first_ms)
{
    unsigned left = (unsigned)count;
    struct mc_agent_call *calls[8] = {NULL};

    assert_true(count <= MC_COUNT(calls));
    for (size_t i = 0; i < count; i++) {
        struct mc_value *data = mc_value_hash(bench->arena);
        struct mc_rpc *rpc = mc_arena_alloc(bench->arena, sizeof(*rpc));
        if (wishes[i].package) {
            assert_int_equal(
                mc_value_set_symbol(bench->arena, data, "package",
                                    mc_value_text(bench->arena, wishes[i].package)),
                0);
        }
        *rpc = (struct mc_rpc){.action = wishes[i].action, .data = data};
        outcomes[i] = (struct outcome){.loop = bench->loop, .left = &left};
        const struct mc_agent_call_spec spec = {
            .ops = &mc_agent_package,
            .state = bench->state,
            .host = &bench->host,
            .action = mc_ddl_action_find(bench->ddl, wishes[i].action),
            .rpc = rpc,
            .arena = bench->arena,
            .timeout_ms = bench->timeout_ms,
            .done = done,
            .user = &outcomes[i],
        };
        assert_non_null(spec.action);
        assert_int_equal(mc_agent_run(&spec, &calls[i]), 0);
    }
    if (abort_first_ms >= 0) {
        assert_int_equal(mc_loop_once(bench->loop, (unsigned)abort_first_ms), 0);
        mc_agent_abort(calls[0], MC_STATUS_UNKNOWN_ERROR, "too late");
    }
    if (left) {
        assert_int_equal(mc_loop_run(bench->loop), 0);
    }
    assert_int_equal(left, 0);
}

static const char *output(const struct outcome *outcome, const char *name)
{
    const char *text = mc_value_cstr(mc_value_get_name(outcome->data, name));

    return text ? text : "(nil)";
}

static void one(struct bench *bench, const char *action, const char *package,
                struct outcome *ret_outcome)
{
    const struct wish wish = {action, package};

    ask(bench, &wish, 1, ret_outcome, -1);
}

static size_t logged(struct bench *bench, const char *needle)
{
    char line[1024];
    size_t count = 0;
    FILE *file = fopen(bench->log, "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        count += strstr(line, needle) != NULL;
    }
    (void)fclose(file);
    return count;
}

static void status_of_present_and_absent(void **state)
{
    struct outcome outcome;

    one(*state, "status", "zlib1g", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "1:1.2-1");
    assert_string_equal(output(&outcome, "epoch"), "1");
    assert_string_equal(output(&outcome, "version"), "1.2");
    assert_string_equal(output(&outcome, "release"), "1");
    assert_string_equal(output(&outcome, "arch"), "amd64");
    assert_string_equal(output(&outcome, "provider"), "apt");
    one(*state, "status", "no-such", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "absent");
}

static void install_then_install_again_does_nothing(void **state)
{
    struct outcome outcome;

    one(*state, "install", "zsh", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "2:5.9-4");
    one(*state, "install", "zsh", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "2:5.9-4");
    assert_int_equal(logged(*state, " install zsh"), 1);
}

static void removing_and_updating(void **state)
{
    struct outcome outcome;

    one(*state, "update", "absent-one", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "absent");
    assert_int_equal(logged(*state, "absent-one"), 0);
    one(*state, "uninstall", "bash", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "ensure"), "absent");
    one(*state, "purge", "bash", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_int_equal(logged(*state, " purge bash"), 1);
}

static void failures_are_one_sentence(void **state)
{
    struct outcome outcome;

    one(*state, "install", "broken", &outcome);
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.message,
                        "apt: E: Unable to locate package broken (exit code 100)");
    one(*state, "install", "hollow", &outcome);
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.message, "hollow is still absent after the command");
    one(*state, "install", "flood", &outcome);
    assert_int_equal(outcome.status, 1);
}

static void names_that_are_no_names_are_refused(void **state)
{
    static const char *const bad[] = {"-oX=y", "a b", "zsh-", "",     "../x",
                                      "a*",    "a;b", "=1",   "zsh+", "++"};
    struct outcome outcome;

    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        one(*state, "install", bad[i], &outcome);
        assert_int_equal(outcome.status, 4);
    }
    assert_int_equal(logged(*state, ""), 0);
    assert_true(mc_package_name_valid("g++"));
    assert_true(mc_package_name_valid("libc6:i386"));
    assert_false(mc_package_name_valid(NULL));
}

static void changes_run_one_after_the_other(void **state)
{
    static const struct wish wishes[] = {
        {"install", "one"}, {"install", "two"}, {"status", "bash"}, {"install", "one"}};
    struct outcome outcomes[4];

    ask(*state, wishes, 4, outcomes, -1);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(outcomes[i].status, 0);
    }
    /* The second install of the same package waited and found nothing to do. */
    assert_int_equal(logged(*state, " install one"), 1);
    assert_int_equal(logged(*state, " install two"), 1);
}

static void an_aborted_change_lets_the_next_one_go(void **state)
{
    static const struct wish wishes[] = {{"install", "hang"}, {"install", "zsh"}};
    struct outcome outcomes[2];

    ask(*state, wishes, 2, outcomes, 300);
    assert_int_equal(outcomes[0].status, 5);
    assert_string_equal(outcomes[0].message, "too late");
    assert_int_equal(outcomes[1].status, 0);
    assert_string_equal(output(&outcomes[1], "ensure"), "2:5.9-4");
}

/* Begun with a few seconds left it would be killed at its work. */
static void a_change_without_time_is_not_begun(void **state)
{
    struct bench *bench = *state;
    struct outcome outcome;

    bench->timeout_ms = 10000;
    one(bench, "install", "zsh", &outcome);
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.message,
                        "no time was left after waiting for other changes");
    assert_int_equal(logged(bench, ""), 0);
    one(bench, "status", "bash", &outcome);
    assert_int_equal(outcome.status, 0);
    bench->timeout_ms = 60000;
    one(bench, "install", "zsh", &outcome);
    assert_int_equal(outcome.status, 0);
}

struct waiter
{
    struct mc_package_ticket ticket;
    unsigned *order;
    unsigned begun_as; /* 0: not yet */
    bool leaves;       /* at once */
};

static void begin_waiter(void *user)
{
    struct waiter *waiter = user;

    waiter->begun_as = ++*waiter->order;
    if (waiter->leaves) {
        mc_package_line_leave(&waiter->ticket);
    }
}

static void the_line_begins_in_order_as_there_is_room(void **state)
{
    struct mc_package_line line = {.room = 2};
    struct waiter waiters[6] = {0};
    unsigned order = 0;

    (void)state;
    waiters[3].leaves = true;
    for (size_t i = 0; i < MC_COUNT(waiters); i++) {
        waiters[i].order = &order;
        mc_package_line_enter(&line, &waiters[i].ticket, begin_waiter, &waiters[i]);
    }
    assert_int_equal(order, 2);
    mc_package_line_leave(&waiters[4].ticket); /* it never began */
    mc_package_line_leave(&waiters[4].ticket);
    assert_int_equal(order, 2);
    mc_package_line_leave(&waiters[1].ticket);
    assert_int_equal(waiters[2].begun_as, 3);
    assert_int_equal(order, 3);
    mc_package_line_leave(&waiters[0].ticket);
    assert_int_equal(waiters[3].begun_as, 4);
    assert_int_equal(waiters[5].begun_as, 5);
    mc_package_line_leave(&waiters[2].ticket);
    mc_package_line_leave(&waiters[5].ticket);
    assert_null(line.first);
    assert_int_equal(line.running, 0);
}

static void lists_counts_and_digests(void **state)
{
    struct outcome outcome;

    one(*state, "count", NULL, &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(output(&outcome, "output"), "2");
    one(*state, "md5", NULL, &outcome);
    assert_int_equal(strlen(output(&outcome, "output")), 32);
    one(*state, "checkupdates", NULL, &outcome);
    const struct mc_value *list = mc_value_get_name(outcome.data, "outdated_packages");
    assert_int_equal(mc_value_count(list), 1);
    const struct mc_value *update = mc_value_item(list, 0);
    assert_string_equal(mc_value_cstr(mc_value_get_name(update, "package")), "zsh");
    assert_string_equal(mc_value_cstr(mc_value_get_name(update, "version")), "5.9-4");
    assert_string_equal(mc_value_cstr(mc_value_get_name(update, "repo")), "Debian:12");
    one(*state, "yum_checkupdates", NULL, &outcome);
    assert_int_equal(outcome.status, 1);
}

static const struct mc_package_provider *provider(const char *name)
{
    const struct mc_package_provider *const *all = mc_package_providers();

    while (strcmp((*all)->name, name) != 0) {
        all++;
    }
    assert_non_null(*all);
    return *all;
}

static void other_managers_are_read(void **state)
{
    struct bench *bench = *state;
    struct mc_package_about about;
    struct mc_bytes name;
    struct mc_bytes version;
    struct mc_bytes repo;

    assert_int_equal(provider("yum")->about(MC_BYTES("(none)|4.2.6|3.el5|i386\n"), 0,
                                            bench->arena, &about),
                     0);
    assert_string_equal(about.ensure, "4.2.6-3.el5");
    assert_int_equal(provider("yum")->about(MC_BYTES("package x is not installed\n"), 1,
                                            bench->arena, &about),
                     0);
    assert_string_equal(about.ensure, "absent");
    assert_true(provider("dnf")->outdated(MC_BYTES("zsh.x86_64    5.8-9.el9   baseos"),
                                          &name, &version, &repo));
    assert_true(mc_bytes_is(name, "zsh"));
    assert_true(mc_bytes_is(version, "5.8-9.el9"));
    assert_false(provider("dnf")->outdated(
        MC_BYTES("Last metadata expiration check: today"), &name, &version, &repo));
    assert_int_equal(
        provider("apk")->about(MC_BYTES("py3-foo-bar-1.2.3-r0 x86_64 {foo} (MIT)\n"), 0,
                               bench->arena, &about),
        0);
    assert_string_equal(about.ensure, "1.2.3-r0");
    assert_true(provider("apk")->outdated(MC_BYTES("py3-foo-1.2-r0 < 1.3-r0"), &name,
                                          &version, &repo));
    assert_true(mc_bytes_is(name, "py3-foo"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(status_of_present_and_absent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(install_then_install_again_does_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(removing_and_updating, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_one_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_are_no_names_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(changes_run_one_after_the_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_aborted_change_lets_the_next_one_go, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_change_without_time_is_not_begun, set_up,
                                        tear_down),
        cmocka_unit_test(the_line_begins_in_order_as_there_is_room),
        cmocka_unit_test_setup_teardown(lists_counts_and_digests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_managers_are_read, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

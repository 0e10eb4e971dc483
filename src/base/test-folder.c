/* Folders: made with all their parents, listed in order, removed with what is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench
{
    struct mc_arena *arena;
    const char *folder;
    struct mc_error error;
};

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->arena = mc_arena_new(1 << 20);
    assert_non_null(bench->arena);
    assert_int_equal(
        mc_folder_temporary("mc-folder", bench->arena, &bench->folder, NULL), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(mc_folder_remove(bench->folder), 0);
    assert_int_not_equal(access(bench->folder, F_OK), 0);
    bench->arena = mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static const char *below(struct bench *bench, const char *path)
{
    const char *whole = mc_arena_printf(bench->arena, "%s/%s", bench->folder, path);

    assert_non_null(whole);
    return whole;
}

static void put(struct bench *bench, const char *path)
{
    assert_int_equal(mc_file_create(below(bench, path), MC_BYTES("text"), NULL), 0);
}

static void makes_parents_with_one_mode(void **state)
{
    struct bench *bench = *state;
    mode_t before = umask(077);
    struct stat about;

    assert_int_equal(mc_folder_make_all(bench->folder, "a/b//c/", &bench->error), 0);
    assert_int_equal(mc_folder_make_all(bench->folder, "a/b/d", &bench->error), 0);
    (void)umask(before);
    assert_int_equal(stat(below(bench, "a/b/d"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0755);
    assert_int_equal(mc_folder_make(below(bench, "a"), &bench->error), -EEXIST);
    assert_non_null(strstr(bench->error.text, "/a: File exists"));
    put(bench, "a/file");
    assert_int_equal(mc_folder_make_all(bench->folder, "a/file/x", NULL), -ENOTDIR);
}

static void lists_files_in_order(void **state)
{
    struct bench *bench = *state;
    const struct mc_folder_file *files = NULL;
    size_t count = 0;

    assert_int_equal(mc_folder_make_all(bench->folder, "b/c", NULL), 0);
    assert_int_equal(mc_folder_make_all(bench->folder, ".git", NULL), 0);
    put(bench, "z");
    put(bench, "b/c/two");
    put(bench, "b/one");
    put(bench, "b/.swap");
    put(bench, ".git/config");
    assert_int_equal(chmod(below(bench, "b/one"), 0700), 0);
    assert_int_equal(
        mc_folder_files(bench->folder, 3, bench->arena, &files, &count, NULL), 0);
    assert_int_equal(count, 3);
    assert_string_equal(files[0].path, "b/c/two");
    assert_string_equal(files[1].path, "b/one");
    assert_string_equal(files[2].path, "z");
    assert_true(files[1].executable);
    assert_false(files[2].executable);
    assert_int_equal(files[2].size_bytes, 4);
    assert_true(files[2].changed_s > 0);
    const char *slash = mc_arena_printf(bench->arena, "%s/", bench->folder);
    assert_int_equal(mc_folder_files(slash, 3, bench->arena, &files, &count, NULL), 0);
    assert_string_equal(files[2].path, "z");
}

static void refuses_what_it_cannot_list(void **state)
{
    struct bench *bench = *state;
    const struct mc_folder_file *files = NULL;
    size_t count = 7;

    put(bench, "one");
    put(bench, "two");
    assert_int_equal(
        mc_folder_files(bench->folder, 1, bench->arena, &files, &count, &bench->error),
        -EFBIG);
    assert_non_null(strstr(bench->error.text, "too many"));
    assert_int_equal(symlink("one", below(bench, "three")), 0);
    assert_int_equal(
        mc_folder_files(bench->folder, 9, bench->arena, &files, &count, &bench->error),
        -EINVAL);
    assert_non_null(strstr(bench->error.text, "/three: neither a file nor a folder"));
    assert_int_equal(mc_folder_files(below(bench, "none"), 9, bench->arena, &files,
                                     &count, &bench->error),
                     -ENOENT);
    assert_int_equal(mc_folder_files(below(bench, "one"), 9, bench->arena, &files,
                                     &count, &bench->error),
                     -ENOTDIR);
    assert_int_equal(
        mc_folder_make_all(bench->folder, "1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7", NULL),
        0);
    assert_int_equal(unlink(below(bench, "three")), 0);
    assert_int_equal(
        mc_folder_files(bench->folder, 9, bench->arena, &files, &count, &bench->error),
        -EFBIG);
    assert_non_null(strstr(bench->error.text, "too deep"));
    assert_null(files);
    assert_int_equal(count, 7);
}

/* A link is removed, what it leads to stays. */
static void removes_links_not_their_targets(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(mc_folder_make_all(bench->folder, "kept", NULL), 0);
    assert_int_equal(mc_folder_make_all(bench->folder, "gone/in", NULL), 0);
    put(bench, "kept/file");
    put(bench, "gone/in/file");
    assert_int_equal(symlink("../kept", below(bench, "gone/link")), 0);
    assert_int_equal(mc_folder_remove(below(bench, "gone")), 0);
    assert_int_equal(access(below(bench, "kept/file"), F_OK), 0);
    assert_int_equal(mc_folder_remove(below(bench, "gone")), -ENOENT);
    assert_int_equal(mc_folder_remove(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_parents_with_one_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_files_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_it_cannot_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_links_not_their_targets, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("base folder", tests, NULL, NULL);
}

/* Nothing leads out of an allowed folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/beneath.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[64];
static struct mc_arena *arena;

/* A path in our folder, in one of a few texts that are used in turns. */
static const char *at(const char *name)
{
    return mc_arena_printf(arena, "%s/%s", top, name);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(at(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    arena = mc_arena_new(1 << 20);
    (void)snprintf(top, sizeof(top), "%s", "/tmp/mc-beneath.XXXXXX");
    assert_non_null(mkdtemp(top));
    assert_int_equal(mkdir(at("open"), 0755), 0);
    assert_int_equal(mkdir(at("open/sub"), 0755), 0);
    assert_int_equal(mkdir(at("opener"), 0755), 0);
    put("secret", "secret\n");
    put("opener/secret", "secret\n");
    put("open/sub/file", "abc");
    assert_int_equal(symlink(at("secret"), at("open/link")), 0);
    assert_int_equal(symlink("..", at("open/up")), 0);
    assert_int_equal(symlink(at("open"), at("alias")), 0);
    assert_int_equal(mkfifo(at("open/pipe"), 0600), 0);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "open/new",  "open/pipe",     "alias",    "open/up",
        "open/link", "open/sub/file", "open/sub", "open",
        "secret",    "opener/secret", "opener",   "",
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)remove(at(names[i]));
    }
    assert_int_equal(access(top, F_OK), -1);
    mc_arena_free(arena);
    return 0;
}

static int reach(const char *root, const char *path, struct mc_beneath *ret_place)
{
    const char *const roots[] = {"/nosuch", root, NULL};
    struct mc_error error = {""};
    int r = mc_beneath_reach(roots, path, arena, ret_place, &error);

    assert_true((r == 0) == (error.text[0] == '\0'));
    return r;
}

static void within(void **state)
{
    static const char *const paths[] = {"open/sub/file", "open//sub///file", "open/sub",
                                        "open/", "open/new"};
    struct mc_beneath place = {0};
    struct stat about;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(paths); i++) {
        assert_int_equal(reach(at("open"), at(paths[i]), &place), 0);
        assert_int_equal(mc_beneath_look(&place, &about),
                         strcmp(paths[i], "open/new") == 0 ? -ENOENT : 0);
        mc_beneath_leave(&place);
        mc_beneath_leave(&place);
    }
    /* A link on the way to the root is the wish of who allowed it. */
    assert_int_equal(reach(at("alias/"), at("alias/sub/file"), &place), 0);
    mc_beneath_leave(&place);
    assert_int_equal(reach("/", "/", &place), 0);
    assert_int_equal(mc_beneath_look(&place, &about), 0);
    assert_true(S_ISDIR(about.st_mode));
    mc_beneath_leave(&place);
    assert_int_equal(reach("/", at("secret"), &place), 0);
    mc_beneath_leave(&place);
    /* A file that is allowed allows nothing else. */
    assert_int_equal(reach(at("secret"), at("secret"), &place), 0);
    mc_beneath_leave(&place);
}

static void outside(void **state)
{
    const char *const paths[] = {
        at("secret"),
        at("open/../secret"),
        at("open/sub/../../secret"),
        at("opener/secret"),
        at("open/./x"),
        at("open/.."),
        "open/sub/file",
        "",
        "..",
        "/",
    };
    struct mc_beneath place = {0};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(paths); i++) {
        assert_int_equal(reach(at("open"), paths[i], &place), MC_BENEATH_OUTSIDE);
        assert_null(place.name);
    }
    assert_int_equal(reach("", "/etc/passwd", &place), MC_BENEATH_OUTSIDE);
    assert_int_equal(reach("etc", "/etc/passwd", &place), MC_BENEATH_OUTSIDE);
}

static void through_links(void **state)
{
    struct mc_beneath place = {0};
    struct stat about;

    (void)state;
    assert_int_equal(reach(at("open"), at("open/up/secret"), &place), -ELOOP);
    assert_int_equal(reach(at("open"), at("open/link/x"), &place), -ELOOP);
    assert_int_equal(reach(at("open"), at("open/sub/file/x"), &place), -ENOTDIR);
    assert_int_equal(reach(at("open"), at("open/nosuch/x"), &place), -ENOENT);
    /* The last one may be looked at and removed. */
    assert_int_equal(reach(at("open"), at("open/link"), &place), 0);
    assert_int_equal(mc_beneath_look(&place, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(mc_beneath_touch(&place), -ELOOP);
    struct mc_beneath_digest *digest = NULL;
    assert_int_equal(mc_beneath_digest_new(&place, &digest), -ELOOP);
    const char *const *names = NULL;
    size_t count = 7;
    assert_int_equal(mc_beneath_names(&place, 10, arena, &names, &count), -ENOTDIR);
    assert_int_equal(count, 7);
    assert_int_equal(mc_beneath_remove(&place), 0);
    assert_int_equal(access(at("secret"), F_OK), 0);
    assert_int_equal(mc_beneath_remove(&place), -ENOENT);
    mc_beneath_leave(&place);
}

/* The folder was reached; that its name now leads elsewhere does not matter. */
static void swapped(void **state)
{
    struct mc_beneath place = {0};

    (void)state;
    assert_int_equal(reach(at("open"), at("open/sub/secret"), &place), 0);
    assert_int_equal(rename(at("open/sub"), at("open/kept")), 0);
    assert_int_equal(symlink(top, at("open/sub")), 0);
    assert_int_equal(mc_beneath_remove(&place), -ENOENT);
    assert_int_equal(access(at("secret"), F_OK), 0);
    mc_beneath_leave(&place);
    assert_int_equal(unlink(at("open/sub")), 0);
    assert_int_equal(rename(at("open/kept"), at("open/sub")), 0);
}

static void touched_and_removed(void **state)
{
    struct mc_beneath place = {0};
    struct stat about;
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

    (void)state;
    assert_int_equal(reach(at("open"), at("open/new"), &place), 0);
    assert_int_equal(mc_beneath_touch(&place), 0);
    assert_int_equal(utimensat(AT_FDCWD, at("open/new"), old, 0), 0);
    assert_int_equal(mc_beneath_touch(&place), 0);
    assert_int_equal(mc_beneath_look(&place, &about), 0);
    assert_true(about.st_mtim.tv_sec > 1000 && about.st_size == 0);
    assert_int_equal(mc_beneath_remove(&place), 0);
    mc_beneath_leave(&place);
    assert_int_equal(reach(at("open"), at("open/sub"), &place), 0);
    assert_int_equal(mc_beneath_remove(&place), -EISDIR);
    mc_beneath_leave(&place);
}

static void digests(void **state)
{
    struct mc_beneath place = {0};
    struct mc_beneath_digest *digest = NULL;
    char text[MC_BENEATH_MD5_BYTES] = "";

    (void)state;
    assert_int_equal(reach(at("open"), at("open/sub/file"), &place), 0);
    assert_int_equal(mc_beneath_digest_new(&place, &digest), 0);
    assert_int_equal(mc_beneath_digest_step(digest, text), MC_BENEATH_MORE);
    assert_int_equal(mc_beneath_digest_step(digest, text), 0);
    assert_string_equal(text, "900150983cd24fb0d6963f7d28e17f72"); /* RFC 1321 */
    digest = mc_beneath_digest_free(digest);
    mc_beneath_leave(&place);
    assert_int_equal(reach(at("open"), at("open/pipe"), &place), 0);
    assert_int_equal(mc_beneath_digest_new(&place, &digest), -EINVAL);
    assert_int_equal(mc_beneath_touch(&place), 0);
    mc_beneath_leave(&place);
}

static void names_of_a_folder(void **state)
{
    struct mc_beneath place = {0};
    const char *const *names = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(reach(at("open"), at("open"), &place), 0);
    assert_int_equal(mc_beneath_names(&place, 10, arena, &names, &count), 0);
    assert_int_equal(count, 4);
    assert_string_equal(names[0], "link");
    assert_string_equal(names[3], "up");
    assert_int_equal(mc_beneath_names(&place, 2, arena, &names, &count), 0);
    assert_int_equal(count, 2);
    mc_beneath_leave(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(within, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(through_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(swapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(touched_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(digests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_a_folder, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

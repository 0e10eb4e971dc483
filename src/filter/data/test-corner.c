/* The corner cases of data plugins in the suite of the original, each named by its number
 * (spec collective.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/codec.h"
#include "filter/data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct world
{
    struct mc_arena *arena;
    const struct mc_value *facts;
};

static const struct mc_value *facts_of(void *user)
{
    const struct world *world = user;

    return world->facts;
}

static int set_up(void **state)
{
    static const char text[] =
        "{\"os\":{\"family\":\"Debian\",\"releases\":[\"11\",{\"name\":\"12\"}],"
        "\"empty\":\"\"},\"plain\":\"uk\",\"metadata\":{\"license\":\"free\","
        "\"timeout\":5,\"version\":true,\"author\":[\"a\"],\"url\":{}}}";
    struct world *world = test_calloc(1, sizeof(*world));

    world->arena = mc_arena_new(1 << 22);
    assert_int_equal(
        mc_json_decode(mc_bytes_text(text), 0, world->arena, &world->facts, NULL), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    mc_arena_free(world->arena);
    test_free(world);
    return 0;
}

static const struct mc_value *ask(struct world *world, const char *name,
                                  const char *query)
{
    const struct mc_data_host host = {.facts = facts_of, .user = world};
    const struct mc_value *outputs = NULL;
    struct mc_error error = {""};
    int r = mc_data_query(name, query, &host, world->arena, &outputs, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return outputs;
}

/* An output as text: of false and numbers too. */
static const char *output(struct world *world, const struct mc_value *outputs,
                          const char *name)
{
    const struct mc_value *value = mc_value_get_symbol(outputs, name);

    assert_non_null(value);
    if (mc_value_is(value, MC_STRING)) {
        return mc_value_cstr(value);
    }
    return mc_value_is(value, MC_BOOL)
               ? (value->boolean ? "true" : "false")
               : mc_arena_printf(world->arena, "%lld", (long long)value->integer);
}

static void corner_case_54_names_end_in_data_once(void **state)
{
    static const char *const names[][2] = {
        {"fact", "fact_data"},      {"FSTAT", "fstat_data"}, {"Fact_data", "fact_data"},
        {"FACT_DATA", "fact_data"}, {"data", "data_data"},   {"_data", "_data"},
        {"x_data_", "x_data__data"}};
    char name[MC_DATA_NAME_BYTES];
    char longest[MC_DATA_NAME_BYTES + 1];

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_true(mc_data_file_name(names[i][0], name));
        assert_string_equal(name, names[i][1]);
    }
    memset(longest, 'a', sizeof(longest));
    longest[MC_DATA_NAME_BYTES] = '\0';
    assert_false(mc_data_file_name(longest, name));
    assert_string_equal(output(*state, ask(*state, "FaCt", "plain"), "value"), "uk");
    assert_string_equal(output(*state, ask(*state, "fact_DATA", "plain"), "value"),
                        "uk");
}

static const struct mc_value *odd_metadata(void *user, const char *name)
{
    const struct world *world = user;

    (void)name;
    return mc_value_get_text(world->facts, "metadata");
}

static unsigned no_time(void *user, const char *name)
{
    (void)user;
    assert_string_equal(name, "process_data");
    return 0;
}

static void corner_case_56_late_and_odd_answers(void **state)
{
    struct world *world = *state;
    const struct mc_data_host host = {
        .facts = facts_of, .agent = odd_metadata, .timeout_ms = no_time, .user = world};
    const struct mc_data_host patient = {.agent = odd_metadata, .user = world};
    const struct mc_value *outputs = NULL;
    struct mc_error error = {""};

    assert_int_equal(
        mc_data_query("process", "^$", &host, world->arena, &outputs, &error),
        MC_DATA_FAILED);
    assert_non_null(strstr(error.text, "process_data"));
    assert_null(outputs);
    /* The metadata of an agent may hold anything; an answer may not. */
    assert_int_equal(
        mc_data_query("agent", "x", &patient, world->arena, &outputs, NULL), 0);
    assert_string_equal(output(world, outputs, "license"), "free");
    assert_string_equal(output(world, outputs, "timeout"), "5");
    assert_string_equal(output(world, outputs, "version"), "true");
    assert_int_equal(mc_value_get_symbol(outputs, "author")->type, MC_NIL);
    assert_int_equal(mc_value_get_symbol(outputs, "url")->type, MC_NIL);
    assert_int_equal(mc_value_get_symbol(outputs, "description")->type, MC_NIL);
    /* Filters name outputs with Strings. */
    assert_ptr_equal(mc_value_get_name(outputs, "license"),
                     mc_value_get_symbol(outputs, "license"));
}

static void facts(struct world *world)
{
    static const struct
    {
        const char *path;
        const char *exists;
        const char *value;
        const char *encoding;
    } rows[] = {
        {"plain", "true", "uk", "text/plain"},
        {"os.family", "true", "Debian", "text/plain"},
        {"os.empty", "true", "", "text/plain"},
        {"os.releases.0", "true", "11", "text/plain"},
        {"os.releases.1.name", "true", "12", "text/plain"},
        {"os.releases.1", "true", "{\"name\":\"12\"}", "application/json"},
        {"os.releases", "true", "[\"11\",{\"name\":\"12\"}]", "application/json"},
        {"nosuch", "false", "false", "false"},
        {"os.nosuch", "false", "false", "false"},
        {"os.family.deeper", "false", "false", "false"},
        {"os.releases.2", "false", "false", "false"},
        {"os.releases.x", "false", "false", "false"},
        {"os.releases.-1", "false", "false", "false"},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *outputs = ask(world, "fact", rows[i].path);
        assert_int_equal(mc_value_count(outputs), 3);
        assert_string_equal(output(world, outputs, "exists"), rows[i].exists);
        assert_string_equal(output(world, outputs, "value"), rows[i].value);
        assert_string_equal(output(world, outputs, "value_encoding"), rows[i].encoding);
    }
}

static void make_socket(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_true(strlen(path) < sizeof(name.sun_path));
    memcpy(name.sun_path, path, strlen(path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(close(fd), 0);
}

static void stat_is(struct world *world, const char *path, const char *type,
                    const char *mode, const char *md5)
{
    const struct mc_value *outputs = ask(world, "fstat", path);
    bool present = strcmp(mode, "0000") != 0;

    assert_string_equal(output(world, outputs, "name"), path);
    assert_string_equal(output(world, outputs, "output"),
                        present ? "present" : "not present");
    assert_string_equal(output(world, outputs, "present"), present ? "1" : "0");
    assert_string_equal(output(world, outputs, "type"), type);
    assert_string_equal(output(world, outputs, "md5"), md5);
    if (strcmp(mode, "?") != 0) {
        assert_string_equal(output(world, outputs, "mode"), mode);
    }
    assert_int_equal(mc_value_is(mc_value_get_symbol(outputs, "mtime_age"), MC_NIL),
                     !present);
}

static void files(struct world *world)
{
    static const char *const names[] = {"file", "link", "dangling", "socket", "fifo"};
    char folder[] = "/tmp/marionette-stat-XXXXXX";
    const char *paths[MC_COUNT(names)];

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        paths[i] = mc_arena_printf(world->arena, "%s/%s", folder, names[i]);
    }
    FILE *file = fopen(paths[0], "w");
    assert_non_null(file);
    assert_true(fputs("hello", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(paths[0], 0640), 0);
    assert_int_equal(symlink("file", paths[1]), 0);
    assert_int_equal(symlink("nosuch", paths[2]), 0);
    make_socket(paths[3]);
    assert_int_equal(mkfifo(paths[4], 0600), 0);
    stat_is(world, paths[0], "file", "100640", "5d41402abc4b2a76b9719d911017c592");
    stat_is(world, folder, "directory", "40700", "0");
    stat_is(world, paths[1], "symlink", "120777", "0");
    stat_is(world, paths[2], "unknown", "0000", "0");
    stat_is(world, paths[3], "socket", "?", "0");
    stat_is(world, paths[4], "unknown", "10600", "0");
    stat_is(world, "/dev/null", "chardev", "?", "0");
    stat_is(world, "/no/such/file", "unknown", "0000", "0");
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_int_equal(unlink(paths[i]), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void corner_case_57_paths_of_facts_and_types_of_files(void **state)
{
    facts(*state);
    files(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(corner_case_54_names_end_in_data_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(corner_case_56_late_and_odd_answers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_57_paths_of_facts_and_types_of_files, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("filter-data-corner", tests, NULL, NULL);
}

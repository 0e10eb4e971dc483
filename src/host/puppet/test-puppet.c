/* Puppet's state: files that a real Puppet 7 has made (t/fixtures/puppet, by make.sh
 * there), and what else may lie in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "host/puppet/puppet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world
{
    struct mc_arena *arena;
    struct mc_config *config;
    char folder[64];
    struct mc_puppet_files files;
    struct mc_error error;
};

static void put(struct world *world, const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", world->folder, name);
    (void)unlink(path);
    assert_int_equal(mc_file_create(path, mc_bytes_text(text), NULL), 0);
}

static void configure(struct world *world, const char *text)
{
    world->config = mc_config_free(world->config);
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "t", MC_ROLE_NODE, NULL, NULL,
                                     &world->config, &world->error),
                     0);
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    char text[512];

    (void)snprintf(world->folder, sizeof(world->folder), "%s", "/tmp/mc-puppet.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->arena = mc_arena_new(1 << 24);
    (void)snprintf(text, sizeof(text),
                   "plugin.puppet.statedir = %s\nplugin.puppet.publicdir = %s\n"
                   "plugin.puppet.rundir = %s\n",
                   world->folder, world->folder, world->folder);
    configure(world, text);
    assert_int_equal(
        mc_puppet_files(world->config, world->arena, &world->files, &world->error), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {
        "agent_disabled.lock", "agent_catalog_run.lock", "agent.pid",
        "puppet.conf",         "last_run_summary.yaml",  "last_run_report.yaml",
        "resources.txt"};
    char path[128];

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(world->folder), 0);
    mc_config_free(world->config);
    mc_arena_free(world->arena);
    test_free(world);
    return 0;
}

static struct mc_puppet_state now(struct world *world)
{
    struct mc_puppet_state state;

    assert_int_equal(mc_puppet_state(&world->files, world->arena, &state), 0);
    return state;
}

static void nothing_there(void **state)
{
    struct mc_puppet_state each = now(*state);

    assert_true(each.enabled);
    assert_false(each.applying || each.daemon || each.idling);
    assert_int_equal(each.lastrun_s, 0);
    assert_string_equal(each.word, "stopped");
    assert_null(each.unknown);
}

static void disabled_with_a_reason(void **state)
{
    struct world *world = *state;

    assert_int_equal(mc_puppet_disable(&world->files, "it's \"quoted\"\n", world->arena,
                                       &world->error),
                     0);
    assert_int_equal(
        mc_puppet_disable(&world->files, "again", world->arena, &world->error),
        MC_PUPPET_ALREADY);
    assert_false(now(world).enabled);
    assert_string_equal(now(world).word, "disabled");
    assert_string_equal(now(world).disable_message, "it's \"quoted\"\n");
    assert_int_equal(mc_puppet_enable(&world->files, &world->error), 0);
    assert_int_equal(mc_puppet_enable(&world->files, &world->error), MC_PUPPET_ALREADY);
    /* Byte by byte as a real Puppet 7 writes it. */
    put(world, "agent_disabled.lock", "{\"disabled_message\":\"it's \\\"quoted\\\"\"}");
    assert_string_equal(now(world).disable_message, "it's \"quoted\"");
    put(world, "agent_disabled.lock", "");
    assert_string_equal(now(world).disable_message, "");
    assert_false(now(world).enabled);
    put(world, "agent_disabled.lock", "{{{");
    assert_string_equal(now(world).disable_message, "");
}

/* This test is called test-puppet or the like, so it passes for a Puppet. */
static void locks_of_the_living(void **state)
{
    struct world *world = *state;
    char pid[32];

    (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
    put(world, "agent.pid", pid);
    assert_true(now(world).idling);
    assert_int_equal(now(world).daemon_pid, getpid());
    assert_string_equal(now(world).word, "idling");
    put(world, "agent_catalog_run.lock", pid);
    assert_true(now(world).applying);
    assert_false(now(world).idling);
    assert_string_equal(now(world).word, "applying a catalog");
}

static void stale_locks_are_none(void **state)
{
    static const char *const stale[] = {
        "4194300", "", "0", "-1", "1", "abc", "12 words", "1e3", "99999999999999999999",
        "\x01\x02"};
    struct world *world = *state;

    for (size_t i = 0; i < MC_COUNT(stale); i++) {
        put(world, "agent_catalog_run.lock", stale[i]);
        put(world, "agent.pid", stale[i]);
        assert_false(now(world).applying);
        assert_false(now(world).daemon);
        assert_string_equal(now(world).word, "stopped");
    }
}

static void sentences(void **state)
{
    static const struct
    {
        int64_t seconds;
        const char *words;
    } rows[] = {
        {5, "Currently stopped; last completed run 05 seconds ago"},
        {551, "Currently stopped; last completed run 9 minutes 11 seconds ago"},
        {3600,
         "Currently stopped; last completed run 1 hours 0 minutes 00 seconds ago"},
        {90061, "Currently stopped; last completed run 1 day 1 hours 1 minutes 01 "
                "seconds ago"},
        {200000, "Currently stopped; last completed run 2 days 7 hours 33 minutes 20 "
                 "seconds ago"},
        {-7, "Currently stopped; last completed run 00 seconds ago"},
    };
    struct world *world = *state;
    struct mc_puppet_state each = now(world);

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_string_equal(mc_puppet_sentence(&each, rows[i].seconds, world->arena),
                            rows[i].words);
    }
}

static void fixture(struct world *world, const char *from, const char *to)
{
    char path[512];
    struct mc_bytes text;

    (void)snprintf(path, sizeof(path), "%s/t/fixtures/puppet/%s", MC_SOURCE_ROOT, from);
    assert_int_equal(mc_file_read(path, 1 << 22, world->arena, &text, &world->error),
                     0);
    put(world, to, mc_arena_text(world->arena, text));
}

static int64_t figure(const struct mc_value *summary, const char *section,
                      const char *name)
{
    return mc_value_integer(
        mc_value_get_text(mc_value_get_text(summary, section), name), -1);
}

static void a_summary_of_a_real_run(void **state)
{
    struct world *world = *state;
    const struct mc_value *summary = NULL;

    fixture(world, "failed/last_run_summary.yaml", "last_run_summary.yaml");
    assert_int_equal(
        mc_puppet_summary(&world->files, world->arena, &summary, &world->error), 0);
    assert_int_equal(figure(summary, "resources", "failed"), 2);
    assert_int_equal(figure(summary, "resources", "total"), 9);
    assert_true(now(world).lastrun_s > 1500000000);
    fixture(world, "changed/last_run_summary.yaml", "last_run_summary.yaml");
    assert_int_equal(
        mc_puppet_summary(&world->files, world->arena, &summary, &world->error), 0);
    assert_int_equal(figure(summary, "resources", "failed"), 0);
    assert_int_equal(figure(summary, "resources", "changed"), 2);
}

static void broken_summaries(void **state)
{
    static const char *const broken[] = {
        "time: [", "just words", "- 1\n", "time: 5\n", "!ruby/object:Kernel {}\n", ""};
    struct world *world = *state;
    const struct mc_value *summary = NULL;

    assert_int_equal(
        mc_puppet_summary(&world->files, world->arena, &summary, &world->error),
        MC_PUPPET_NONE);
    for (size_t i = 0; i < MC_COUNT(broken); i++) {
        put(world, "last_run_summary.yaml", broken[i]);
        assert_int_equal(
            mc_puppet_summary(&world->files, world->arena, &summary, &world->error),
            MC_PUPPET_BROKEN);
        assert_non_null(strstr(world->error.text, "last_run_summary.yaml: "));
        struct mc_puppet_state each = now(world);
        assert_non_null(each.unknown);
        assert_non_null(strstr(mc_puppet_sentence(&each, 1, world->arena),
                               "Currently stopped; the last run is not known: "));
    }
    assert_null(summary);
}

static void logs_of_a_real_run(void **state)
{
    struct world *world = *state;
    const struct mc_value *logs = NULL;

    fixture(world, "failed/last_run_report.yaml", "last_run_report.yaml");
    assert_int_equal(mc_puppet_logs(&world->files, world->arena, &logs, &world->error),
                     0);
    assert_true(mc_value_count(logs) >= 4);
    const struct mc_value *line = mc_value_item(logs, mc_value_count(logs) - 1);
    assert_string_equal(mc_value_cstr(mc_value_get_text(line, "level")), "notice");
    assert_non_null(
        strstr(mc_value_cstr(mc_value_get_text(line, "msg")), "Applied catalog in"));
    assert_non_null(mc_value_get_text(line, "time"));
    put(world, "last_run_report.yaml",
        "--- !ruby/object:Puppet::Transaction::Report\nlogs:\n"
        "- !ruby/object:Puppet::Util::Log\n  level: notice\n  message: old\nhost: x\n");
    assert_int_equal(mc_puppet_logs(&world->files, world->arena, &logs, &world->error),
                     0);
    assert_int_equal(mc_value_count(logs), 1);
    put(world, "last_run_report.yaml", "logs:\n- [\n");
    assert_int_equal(mc_puppet_logs(&world->files, world->arena, &logs, &world->error),
                     MC_PUPPET_BROKEN);
}

static void managed_resources(void **state)
{
    struct world *world = *state;
    const struct mc_value *types = NULL;

    assert_false(mc_puppet_manages(&world->files, "file[/x]", world->arena));
    put(world, "resources.txt",
        "file[/etc/motd]\nfile[/tmp/x]\nmysql::db[a]\n\nnonsense\n");
    assert_true(mc_puppet_manages(&world->files, "File[/etc/motd]", world->arena));
    assert_true(mc_puppet_manages(&world->files, "File[/etc/MOTD]", world->arena));
    assert_false(mc_puppet_manages(&world->files, "file[/etc/mot]", world->arena));
    assert_false(mc_puppet_manages(&world->files, "file[/etc/motd", world->arena));
    assert_int_equal(mc_puppet_types(&world->files, world->arena, &types), 0);
    assert_int_equal(mc_value_get_text(types, "File")->integer, 2);
    assert_int_equal(mc_value_get_text(types, "Mysql::Db")->integer, 1);
}

static void settings_of_puppet(void **state)
{
    struct world *world = *state;
    struct mc_puppet_files files;
    char text[256];

    put(world, "puppet.conf",
        "# a comment\n[main]\n vardir = /srv/puppet { owner = root }\n"
        "statedir = ${vardir}/st\npidfile=$rundir/x.pid\nloop = $loop\n[server]\n"
        "vardir = /other\n[agent]\nrundir = /srv/run\nlastrunfile = "
        "$statedir/last.yaml\n"
        "agent_disabled_lockfile = $loop/a\n");
    (void)snprintf(text, sizeof(text), "plugin.puppet.config = %s/puppet.conf\n",
                   world->folder);
    configure(world, text);
    assert_int_equal(
        mc_puppet_files(world->config, world->arena, &files, &world->error), 0);
    assert_string_equal(files.path[MC_PUPPET_RUN_LOCK],
                        "/srv/puppet/st/agent_catalog_run.lock");
    assert_string_equal(files.path[MC_PUPPET_PID_FILE], "/srv/run/x.pid");
    assert_string_equal(files.path[MC_PUPPET_SUMMARY], "/srv/puppet/st/last.yaml");
    assert_non_null(files.path[MC_PUPPET_DISABLED_LOCK]);
    configure(world, "plugin.puppet.config = /nonexistent/puppet.conf\n");
    assert_int_equal(
        mc_puppet_files(world->config, world->arena, &files, &world->error),
        MC_PUPPET_BROKEN);
    assert_non_null(strstr(world->error.text, "/nonexistent/puppet.conf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(disabled_with_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(locks_of_the_living, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stale_locks_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sentences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_summary_of_a_real_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_summaries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_of_a_real_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(managed_resources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(settings_of_puppet, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

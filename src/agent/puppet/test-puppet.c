/* The agents puppet and puppetd over the files of a Puppet, with a stand-in for the
 * program (t/lib/fake-puppet) that is linked to DIR/bin/puppet and keeps its state in
 * DIR/state. Real runs are in t/interop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_puppet;
extern const struct mc_agent_ops mc_agent_puppetd;

#define WAIT_US 20000000

struct world
{
    char folder[64];
    struct bench *puppet;
    struct bench *puppetd;
};

static const char *path_of(const struct world *world, const char *name)
{
    return mc_arena_printf(world->puppet->arena, "%s/%s", world->folder, name);
}

static void put(const struct world *world, const char *name, const char *text)
{
    (void)unlink(path_of(world, name));
    assert_int_equal(mc_file_create(path_of(world, name), mc_bytes_text(text), NULL),
                     0);
}

static bool there(const struct world *world, const char *name)
{
    return access(path_of(world, name), F_OK) == 0;
}

static const char *content(const struct world *world, const char *name)
{
    struct mc_bytes text;

    return mc_file_read(path_of(world, name), 1 << 20, world->puppet->arena, &text,
                        NULL) == 0
               ? (const char *)text.data
               : "";
}

/* Wait for what the stand-in does. */
static void until(const struct world *world, const char *name, bool wanted)
{
    int64_t end_us = mc_clock_monotonic_us() + WAIT_US;

    while (there(world, name) != wanted) {
        assert_true(mc_clock_monotonic_us() < end_us);
        (void)poll(NULL, 0, 5);
    }
}

static void start_benches(struct world *world, const char *more)
{
    char text[1024];

    (void)snprintf(
        text, sizeof(text),
        "plugin.puppet.statedir = %s/state\n"
        "plugin.puppet.publicdir = %s/state\nplugin.puppet.rundir = %s/state\n"
        "plugin.puppet.command = %s/bin/puppet agent\n"
        "plugin.puppet.resource_command = %s/bin/puppet resource\n"
        "plugin.puppetd.puppetd = %s/bin/puppet agent\n%s",
        world->folder, world->folder, world->folder, world->folder, world->folder,
        world->folder, more);
    world->puppet = bench_new(&mc_agent_puppet, text);
    world->puppetd = bench_new(&mc_agent_puppetd, text);
}

static void end_benches(struct world *world)
{
    bench_free(world->puppet);
    bench_free(world->puppetd);
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    char path[128];

    (void)snprintf(world->folder, sizeof(world->folder), "%s", "/tmp/mc-puppet.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(path, sizeof(path), "%s/state", world->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof(path), "%s/bin", world->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof(path), "%s/bin/puppet", world->folder);
    assert_int_equal(symlink(MC_SOURCE_ROOT "/t/lib/fake-puppet", path), 0);
    start_benches(world, "");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    end_benches(world);
    assert_int_equal(mc_folder_remove(world->folder), 0);
    test_free(world);
    return 0;
}

static void failed(const struct bench *bench, const char *words)
{
    assert_string_equal(bench->message, words);
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
}

static void disabled_and_enabled(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->puppet;

    bench_call(bench, "disable", "message", "for the move");
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "status"),
                        "Succesfully locked the Puppet agent: for the move");
    assert_false(mc_value_boolean(mc_value_get_name(bench->data, "enabled"), true));
    assert_string_equal(content(world, "state/agent_disabled.lock"),
                        "{\"disabled_message\":\"for the move\"}");
    bench_call(bench, "disable", NULL, NULL);
    failed(bench, "Could not disable Puppet: Already disabled");
    assert_string_equal(bench_output(bench, "status"), bench->message);
    bench_call(bench, "status", NULL, NULL);
    assert_string_equal(bench_output(bench, "status"), "disabled");
    assert_string_equal(bench_output(bench, "disable_message"), "for the move");
    bench_call(bench, "runonce", NULL, NULL);
    failed(bench, "Puppet is disabled: 'for the move'");
    bench_call(bench, "enable", NULL, NULL);
    assert_string_equal(bench_output(bench, "status"),
                        "Succesfully enabled the Puppet agent");
    bench_call(bench, "enable", NULL, NULL);
    failed(bench, "Could not enable Puppet: Already enabled");
    assert_false(there(world, "calls"));
}

static void a_run_outlives_the_call(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->puppet;

    put(world, "seconds", "0");
    put(world, "hold", "");
    bench_call(bench, "runonce", "tags", "web, mail::smtp");
    assert_int_equal(bench->status, 0);
    assert_non_null(
        strstr(bench_output(bench, "summary"), "Started a Puppet run using the '"));
    assert_non_null(strstr(bench_output(bench, "summary"),
                           "/bin/puppet agent --onetime --no-daemonize --color=false "
                           "--show_diff --verbose --tags web,mail::smtp --splay "
                           "--splaylimit 30' command"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* it is no child of ours */
    until(world, "state/agent_catalog_run.lock", true);
    bench_call(bench, "status", NULL, NULL);
    assert_string_equal(bench_output(bench, "status"), "applying a catalog");
    bench_call(bench, "runonce", NULL, NULL);
    failed(bench, "Puppet is currently applying a catalog, cannot run now");
    bench_call(world->puppetd, "runonce", NULL, NULL);
    failed(world->puppetd, "Lock file exists");
    bench_call(world->puppetd, "status", NULL, NULL);
    assert_non_null(
        strstr(bench_output(world->puppetd, "output"), "Enabled, running, last run "));
    assert_int_equal(unlink(path_of(world, "hold")), 0);
    until(world, "state/agent_catalog_run.lock", false);
    bench_call(bench, "status", NULL, NULL);
    assert_string_equal(bench_output(bench, "status"), "stopped");
    bench_call(bench, "last_run_summary", NULL, NULL);
    assert_int_equal(mc_value_get_name(bench->data, "total_resources")->integer, 8);
}

static void choices_become_words(void **state)
{
    static const struct
    {
        const char *name;
        const char *value;
        const char *words;
    } rows[] = {
        {"force", "true", "--verbose --no-splay\n"},
        {"noop", "true", "--verbose --noop --splay --splaylimit 30\n"},
        {"noop", "false", "--verbose --no-noop --splay --splaylimit 30\n"},
        {"splay", "false", "--verbose --no-splay\n"},
        {"environment", "test", "--verbose --environment test --splay"},
        {"use_cached_catalog", "true", "--verbose --use_cached_catalog --splay"},
        {"ignoreschedules", "true", "--verbose --ignoreschedules --splay"},
    };
    struct world *world = *state;
    struct bench *bench = world->puppet;

    put(world, "dies", "");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bool boolean = strcmp(rows[i].value, "true") == 0;
        bool text = !boolean && strcmp(rows[i].value, "false") != 0;
        struct mc_value *data = mc_value_hash(bench->arena);
        assert_int_equal(
            mc_value_set_symbol(bench->arena, data, rows[i].name,
                                text ? mc_value_text(bench->arena, rows[i].value)
                                     : mc_value_bool(bench->arena, boolean)),
            0);
        (void)unlink(path_of(world, "calls"));
        (void)bench_begin(bench, "runonce", data);
        assert_int_equal(bench->status, 0);
        until(world, "calls", true);
        while (!strchr(content(world, "calls"), '\n')) {
            (void)poll(NULL, 0, 5);
        }
        assert_non_null(strstr(content(world, "calls"), rows[i].words));
    }
}

static void what_is_no_choice(void **state)
{
    static const char *const rows[][2] = {
        {"tags", "--evil"},         {"tags", "a;b"},
        {"environment", "../x"},    {"tags", "-x"},
        {"environment", "--trace"}, {"environment", ""},
        {"tags", "$(touch)"},
    };
    struct world *world = *state;
    struct bench *bench = world->puppet;

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bench_call(bench, "runonce", rows[i][0], rows[i][1]);
        assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
        assert_non_null(strstr(bench->message, "cannot be used as"));
    }
    bench_call(bench, "runonce", "server", "other.my.net");
    failed(bench, "Passing 'server' option is not allowed in module configuration");
    assert_false(there(world, "calls"));
    struct world other = *world;
    start_benches(&other, "plugin.puppet.allow_server_override = 1\n");
    world = &other;
    bench_call(world->puppet, "runonce", "server", "-x");
    assert_int_equal(world->puppet->status, MC_STATUS_INVALID_DATA);
    put(world, "dies", "");
    bench_call(world->puppet, "runonce", "server", "other.my.net:8141");
    assert_non_null(strstr(bench_output(world->puppet, "summary"),
                           "--server other.my.net:8141 --splay"));
    until(world, "calls", true); /* it writes nothing after that */
    end_benches(&other);
}

static void a_daemon_is_signalled(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->puppet;
    sigset_t usr1;
    sigset_t before;
    int got = 0;

    put(world, "state/agent.pid", mc_arena_printf(bench->arena, "%d\n", (int)getpid()));
    (void)sigemptyset(&usr1);
    (void)sigaddset(&usr1, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_BLOCK, &usr1, &before), 0);
    bench_call(bench, "runonce", "environment", "test");
    failed(bench,
           "Cannot specify any custom puppet options when the daemon is running");
    bench_call(bench, "runonce", NULL, NULL);
    assert_string_equal(bench_output(bench, "summary"),
                        "Signalled the running Puppet Daemon");
    assert_int_equal(sigwait(&usr1, &got), 0);
    bench_call(world->puppetd, "runonce", NULL, NULL);
    assert_non_null(strstr(bench_output(world->puppetd, "output"),
                           "Signalled daemonized puppet agent to run"));
    assert_int_equal(sigwait(&usr1, &got), 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_false(there(world, "calls"));
}

static void no_puppet_here(void **state)
{
    struct world *world = *state;

    assert_int_equal(unlink(path_of(world, "bin/puppet")), 0);
    bench_call(world->puppet, "runonce", NULL, NULL);
    assert_int_equal(world->puppet->status, MC_STATUS_ABORTED);
    assert_non_null(strstr(world->puppet->message,
                           "/bin/puppet' was not found on this node; plugin.puppet."
                           "command can name another one"));
    bench_call(world->puppetd, "runonce", NULL, NULL);
    assert_int_equal(world->puppetd->status, MC_STATUS_ABORTED);
    assert_non_null(strstr(world->puppetd->message, "was not found on this node"));
    bench_call(world->puppet, "last_run_summary", NULL, NULL);
    assert_non_null(strstr(world->puppet->message, "Puppet has left no summary here"));
}

static void a_broken_summary(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->puppet;

    put(world, "state/last_run_summary.yaml", "time: [\n");
    bench_call(bench, "last_run_summary", NULL, NULL);
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_non_null(
        strstr(bench->message, "The summary of the last run cannot be read: "));
    bench_call(bench, "status", NULL, NULL);
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "status"), "stopped");
    assert_string_equal(bench_output(bench, "since_lastrun"), "Unknown");
    put(world, "state/last_run_summary.yaml",
        "time: {last_run: soon}\nresources: {total: [1], failed: x}\n");
    bench_call(bench, "last_run_summary", NULL, NULL);
    assert_int_equal(bench->status, 0);
    assert_int_equal(mc_value_get_name(bench->data, "failed_resources")->integer, 0);
}

static struct mc_value *resource(struct bench *bench, const char *type,
                                 const char *name)
{
    return bench_input(bench, bench_input(bench, NULL, "type", type), "name", name);
}

static void call_resource(struct bench *bench, struct mc_value *data)
{
    (void)bench_begin(bench, "resource", data);
    if (!bench->ended) {
        assert_int_equal(mc_loop_run(bench->loop), 0);
    }
}

static void resources_are_denied(void **state)
{
    struct world *world = *state;

    call_resource(world->puppet, resource(world->puppet, "file", "/etc/motd"));
    failed(world->puppet,
           "Managing resources of type 'file' is not allowed on this node");
    struct world other = *world;
    start_benches(&other,
                  "plugin.puppet.resource_type_blacklist = exec, user\n"
                  "plugin.puppet.resource_name_whitelist.file = /tmp/a, /tmp/b\n"
                  "plugin.puppet.resource_name_blacklist.cron = root\n");
    world = &other;
    put(world, "state/resources.txt", "host[web1]\n");
    static const char *const rows[][3] = {
        {"Exec", "x", "Managing resources of type 'exec' is not allowed on this node"},
        {"file", "/tmp/c", "Managing 'file[/tmp/c]' is not allowed on this node"},
        {"cron", "root", "Managing 'cron[root]' is not allowed on this node"},
        {"host", "web1",
         "Puppet is managing the resource 'host[web1]', refusing to "
         "create conflicting states"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        call_resource(world->puppet, resource(world->puppet, rows[i][0], rows[i][1]));
        failed(world->puppet, rows[i][2]);
    }
    call_resource(world->puppet, resource(world->puppet, "host", "--help"));
    assert_int_equal(world->puppet->status, MC_STATUS_INVALID_DATA);
    assert_false(there(world, "calls"));
    end_benches(&other);
}

static void a_resource(void **state)
{
    struct world other = **(struct world **)state;
    struct world *world = &other;
    struct bench *bench = NULL;

    start_benches(world, "plugin.puppet.resource_type_whitelist = host\n");
    bench = world->puppet;
    call_resource(bench, bench_input(bench, resource(bench, "Host", "db1"), "ip",
                                     "10.0.0.1; id"));
    assert_string_equal(bench->message, "OK");
    assert_true(mc_value_boolean(mc_value_get_name(bench->data, "changed"), false));
    assert_non_null(strstr(bench_output(bench, "result"), "ensure => 'present'"));
    assert_string_equal(content(world, "calls"),
                        "resource --color=false host db1 ip=10.0.0.1; id\n");
    call_resource(bench, resource(bench, "host", "same"));
    assert_false(mc_value_boolean(mc_value_get_name(bench->data, "changed"), true));
    call_resource(bench, resource(bench, "host", "bad"));
    failed(bench, "Puppet could not manage 'host[bad]': Could not set 'present' on "
                  "ensure: no such folder");
    call_resource(bench, bench_input(bench, resource(bench, "host", "x"), "--y", "1"));
    assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    bench->timeout_ms = 5300;
    call_resource(bench, resource(bench, "host", "hangs"));
    assert_int_equal(bench->status, MC_STATUS_UNKNOWN_ERROR);
    assert_string_equal(bench->message,
                        "Puppet did not finish with 'host[hangs]' in time");
    end_benches(world);
}

static void a_puppet_of_then(void **state)
{
    struct world other = **(struct world **)state;
    struct world *world = &other;
    struct bench *bench = NULL;

    char text[512];

    (void)snprintf(text, sizeof(text),
                   "plugin.puppetd.lockfile = %s/lock\n"
                   "plugin.puppetd.statefile = %s/seconds\n",
                   world->folder, world->folder);
    start_benches(world, text);
    bench = world->puppetd;
    bench_call(bench, "disable", NULL, NULL);
    assert_string_equal(bench_output(bench, "output"), "Lock created");
    assert_string_equal(content(world, "lock"), "");
    bench_call(bench, "disable", NULL, NULL);
    failed(bench, "Already disabled");
    bench_call(bench, "status", NULL, NULL);
    assert_non_null(
        strstr(bench_output(bench, "output"), "Disabled, not running, last"));
    bench_call(bench, "enable", NULL, NULL);
    assert_string_equal(bench_output(bench, "output"), "Lock removed");
    bench_call(bench, "enable", NULL, NULL);
    failed(bench, "Already unlocked");
    put(world, "lock", "4711");
    bench_call(bench, "enable", NULL, NULL);
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "output"), "Currently runing");
    bench_call(bench, "disable", NULL, NULL);
    failed(bench, "Currently running");
    put(world, "seconds", "0");
    bench_call(bench, "status", NULL, NULL);
    assert_non_null(
        strstr(bench_output(bench, "output"), "Enabled, running, last run "));
    assert_true(mc_value_get_name(bench->data, "lastrun")->integer > 1500000000);
    assert_int_equal(mc_value_get_name(bench->data, "running")->integer, 1);
    end_benches(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(disabled_and_enabled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_outlives_the_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(choices_become_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_daemon_is_signalled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_puppet_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_summary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resources_are_denied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_resource, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_puppet_of_then, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

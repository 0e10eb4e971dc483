/* The line of the audit, byte for byte, and that nobody can forge one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/record.h"
#include "policy/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const struct mc_policy_ops mc_policy_logfile;

struct bench
{
    char folder[64];
    struct mc_arena *arena;
    struct mc_policy *policy;
    struct mc_request request;
    struct mc_rpc rpc;
};

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    struct mc_error error = {""};
    char text[256];

    test_folder(bench->folder);
    bench->arena = mc_arena_new(1 << 26);
    (void)snprintf(text, sizeof(text),
                   "rpcaudit = 1\nrpcauditprovider = Logfile\n"
                   "plugin.rpcaudit.logfile = %s/audit.log\n",
                   bench->folder);
    assert_int_equal(test_policy_open(NULL, text, "a.cfg", &bench->policy, &error), 0);
    bench->request = (struct mc_request){
        .id = "1234",
        .time_s = 1389179593,
        .caller = "test_user",
        .sender = "test_host",
        .agent = "rspec_agent",
    };
    bench->rpc = (struct mc_rpc){
        .action = "testme",
        .data = mc_value_hash(bench->arena),
    };
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    mc_policy_free(bench->policy);
    mc_arena_free(bench->arena);
    test_folder_remove(bench->folder);
    test_free(bench);
    return 0;
}

static const char *content(struct bench *bench, const char *name)
{
    char path[128];
    struct mc_bytes bytes;

    (void)snprintf(path, sizeof(path), "%s/%s", bench->folder, name);
    assert_int_equal(mc_file_read(path, 1 << 22, bench->arena, &bytes, NULL), 0);
    return (const char *)bytes.data;
}

static void audit(struct bench *bench)
{
    struct mc_error error = {""};

    if (mc_policy_audit(bench->policy, &bench->request, &bench->rpc, &error) != 0) {
        fail_msg("%s", error.text);
    }
}

/* The text behind "[2014-01-08 11:24:15 UTC] " of the line that begins here. */
static const char *behind_time(const char *line)
{
    static const char shape[] = "[0000-00-00 00:00:00 UTC] ";

    for (size_t i = 0; shape[i]; i++) {
        bool digit = line[i] >= '0' && line[i] <= '9';
        assert_true(shape[i] == '0' ? digit : line[i] == shape[i]);
    }
    return line + strlen(shape);
}

/* Where it goes when the configuration does not say; nothing is written there. */
static void the_default_path_is_that_of_the_original(void)
{
    const struct mc_policy_audit_ops *ops = mc_policy_logfile.audit;
    struct mc_record **logfile = test_calloc(1, ops->state_size);
    struct mc_config *config = NULL;

    assert_int_equal(
        mc_config_parse(MC_BYTES("rpcaudit = 1\nrpcauditprovider = logfile\n"), "a.cfg",
                        MC_ROLE_NODE, NULL, NULL, &config, NULL),
        0);
    assert_int_equal(ops->init(logfile, config, NULL, NULL), 0);
    assert_string_equal(mc_record_path(*logfile),
                        "/var/log/puppetlabs/mcollective/mcollective-audit.log");
    ops->deinit(logfile);
    mc_config_free(config);
    test_free(logfile);
}

static void corner_case_99_the_line_is_that_of_the_original(void **state)
{
    struct bench *bench = *state;

    audit(bench);
    assert_string_equal(behind_time(content(bench, "audit.log")),
                        "reqid=1234: reqtime=1389179593 caller=test_user@test_host "
                        "agent=rspec_agent action=testme data={}\n");
    the_default_path_is_that_of_the_original();
}

static void data_is_written_as_ruby_inspects_it(void **state)
{
    struct bench *bench = *state;
    struct mc_arena *arena = bench->arena;
    struct mc_value *data = mc_value_hash(arena);

    assert_int_equal(mc_value_set_symbol(arena, data, "code", mc_value_int(arena, 1)),
                     0);
    assert_int_equal(
        mc_value_set_symbol(arena, data, "need", mc_value_text(arena, "dd")), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, data, "process_results", mc_value_bool(arena, true)),
        0);
    bench->rpc.data = data;
    audit(bench);
    assert_non_null(
        strstr(content(bench, "audit.log"),
               " data={:code=>1, :need=>\"dd\", :process_results=>true}\n"));
}

/* Nothing of what a caller chooses ends the line or stands for another field. */
static void a_line_cannot_be_forged(void **state)
{
    struct bench *bench = *state;
    struct mc_arena *arena = bench->arena;
    struct mc_value *data = mc_value_array(arena);

    assert_int_equal(
        mc_value_push(arena, data, mc_value_regexp(arena, MC_BYTES("a\n[2014"), 0)), 0);
    assert_int_equal(mc_value_push(arena, data, mc_value_text(arena, "b\r\n[2014\x1b")),
                     0);
    bench->rpc.data = data;
    bench->request.id = "1: reqtime=0 caller=root\\\n[2014";
    audit(bench);
    assert_string_equal(behind_time(content(bench, "audit.log")),
                        "reqid=1:\\x20reqtime=0\\x20caller=root\\x5c\\n[2014: "
                        "reqtime=1389179593 caller=test_user@test_host "
                        "agent=rspec_agent action=testme "
                        "data=[/a\\n[2014/, \"b\\r\\n[2014\\e\"]\n");
}

/* A record is made however much the caller sends. */
static void what_is_too_long_is_cut_and_recorded(void **state)
{
    struct bench *bench = *state;
    struct mc_value *data = mc_value_array(bench->arena);
    size_t long_id = 100 * 1000;
    char *id = mc_arena_alloc(bench->arena, long_id + 1);

    memset(id, 'x', long_id);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(
            mc_value_push(bench->arena, data, mc_value_text(bench->arena, "sss")), 0);
    }
    bench->rpc.data = data;
    bench->request.id = id;
    audit(bench);
    const char *line = content(bench, "audit.log");
    size_t len = strlen(line);
    assert_in_range(len, 200 * 1024, 300 * 1024);
    assert_ptr_equal(strchr(line, '\n'), line + len - 1);
    assert_non_null(strstr(line, "xxx...: reqtime=1389179593 caller=test_user@"));
    assert_string_equal(line + len - strlen("... (cut)\n"), "... (cut)\n");
}

static void a_file_that_was_moved_away_is_opened_again(void **state)
{
    struct bench *bench = *state;
    char from[128];
    char to[128];
    struct mc_error error = {""};

    audit(bench);
    (void)snprintf(from, sizeof(from), "%s/audit.log", bench->folder);
    (void)snprintf(to, sizeof(to), "%s/audit.log.1", bench->folder);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(mc_policy_reopen(bench->policy, &error), 0);
    bench->request.id = "second";
    audit(bench);
    assert_null(strstr(content(bench, "audit.log.1"), "second"));
    assert_non_null(strstr(content(bench, "audit.log"), "reqid=second: "));
}

static void what_cannot_be_written_is_said(void **state)
{
    struct bench *bench = *state;
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    assert_int_equal(test_policy_open(NULL,
                                      "rpcaudit = 1\nrpcauditprovider = logfile\n"
                                      "plugin.rpcaudit.logfile = /dev/full\n",
                                      "a.cfg", &policy, &error),
                     0);
    assert_int_equal(mc_policy_audit(policy, &bench->request, &bench->rpc, &error),
                     -ENOSPC);
    assert_non_null(strstr(error.text, "/dev/full: "));
    mc_policy_free(policy);
    assert_int_equal(test_policy_open(NULL,
                                      "rpcaudit = 1\nrpcauditprovider = logfile\n"
                                      "plugin.rpcaudit.logfile = audit.log\n",
                                      "a.cfg", &policy, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "a.cfg: plugin.rpcaudit.logfile"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(corner_case_99_the_line_is_that_of_the_original,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_is_written_as_ruby_inspects_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_line_cannot_be_forged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_cut_and_recorded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_moved_away_is_opened_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_said, set_up,
                                        tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

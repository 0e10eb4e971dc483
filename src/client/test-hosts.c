/* Lists of node names as they come from files, pipes and programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/hosts.h"
#include <stdio.h>
#include <string.h>

/* Read a text: the names, each followed by a blank, or the error has the expected. */
static void reads(const char *text, enum mc_hosts_format format, const char *expected)
{
    char out[512] = "";
    struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_names names = {0};
    struct mc_error error = {{0}};

    assert_non_null(arena);
    int r = mc_hosts_parse(mc_bytes_text(text), format, "in", arena, &names, &error);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        size_t len = strlen(out);
        (void)snprintf(out + len, sizeof(out) - len, "%s ", names.items[i]);
    }
    if (r) {
        assert_int_equal(r, MC_CLIENT_USAGE);
        (void)snprintf(out, sizeof(out), "%s", error.text);
    }
    mc_arena_free(arena);
    assert_non_null(strstr(out, expected));
    assert_true(expected[0] || !out[0]);
}

static void text_skips_blank_lines_and_comments(void **state)
{
    (void)state;
    reads("web1\n\n# web2\n  db1 \r\nweb1", MC_HOSTS_AUTO, "web1 db1 web1 ");
    reads("", MC_HOSTS_TEXT, "");
    reads("web1\nno name\n", MC_HOSTS_AUTO,
          "in:2: Identities can only match /^[\\w\\.\\-]+$/");
}

static void corner_case_85_json_of_replies_or_of_certnames(void **state)
{
    (void)state;
    reads("\n [{\"sender\":\"b\",\"data\":{\"sender\":\"x\"}},"
          "{\"certname\":\"a\"},{\"sender\":\"b\"}]\n",
          MC_HOSTS_AUTO, "b a ");
    /* What puppet query prints. */
    reads("[{\"certname\":\"web1\",\"catalog_environment\":\"production\","
          "\"deactivated\":null,\"facts_timestamp\":\"2014-01-08T11:24:15.000Z\"},"
          "{\"certname\":\"db1\",\"expired\":null}]",
          MC_HOSTS_JSON, "web1 db1 ");
    reads("[]", MC_HOSTS_AUTO, "");
    reads("[1]", MC_HOSTS_JSON, "in: JSON host list is not an array of Hashes");
    reads("[{}]", MC_HOSTS_JSON, "in: JSON host list does not have senders in it");
    reads("\"x\"", MC_HOSTS_JSON, "in: JSON hosts list is not an array");
    reads("[{\"sender\":\"a b\"}]", MC_HOSTS_JSON, "Identit");
    reads("[{\"sender\":1}]", MC_HOSTS_JSON, "no text");
    reads("[{", MC_HOSTS_JSON, "in: ");
}

static void json_lines_may_have_other_records(void **state)
{
    (void)state;
    reads("{\"sender\":\"b\"}\n\n{\"summary\":{}}\n{\"sender\":\"a\"}\n"
          "{\"sender\":\"b\"}\n",
          MC_HOSTS_AUTO, "b a ");
    reads("{\"sender\":\"b\"}\nx\n", MC_HOSTS_AUTO, "in:2: ");
}

static void answers_of_programs(void **state)
{
    static const struct
    {
        const char *text;
        const char *expected;
    } cases[] = {
        {"{\"nodes\":[\"b\",\"a\",\"b\"]}", "b a "},
        {"{\"nodes\":[]}", ""},
        {"{\"error\":\"no database\",\"nodes\":[\"a\"]}", "no database"},
        {"{\"nodes\":{}}", "the answer: there is no list of nodes in it"},
        {"[]", "the answer: there is no list of nodes in it"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_arena *arena = mc_arena_new(1 << 20);
        struct mc_names names = {0};
        struct mc_error error = {{0}};
        char out[64] = "";
        int r =
            mc_hosts_parse_answer(mc_bytes_text(cases[i].text), arena, &names, &error);
        for (size_t k = 0; r == 0 && k < names.count; k++) {
            size_t len = strlen(out);
            (void)snprintf(out + len, sizeof(out) - len, "%s ", names.items[k]);
        }
        assert_string_equal(r ? error.text : out, cases[i].expected);
        mc_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_skips_blank_lines_and_comments),
        cmocka_unit_test(corner_case_85_json_of_replies_or_of_certnames),
        cmocka_unit_test(json_lines_may_have_other_records),
        cmocka_unit_test(answers_of_programs),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

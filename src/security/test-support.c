/* Helpers of the tests of security providers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "security/test-support.h"

#include "base/buffer.h"
#include "base/file.h"
#include <stdio.h>
#include <string.h>

#define FIXTURES MC_SOURCE_ROOT "/t/fixtures"
#define FIXTURE_BYTES_MAX 65536

struct mc_config *mc_test_config(const char *text, enum mc_role role)
{
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};
    struct mc_buffer buffer;

    mc_buffer_init(&buffer, FIXTURE_BYTES_MAX);
    for (const char *at = text; *at; at++) {
        if (at[0] == '%' && at[1] == 'F') {
            mc_buffer_text(&buffer, FIXTURES);
            at++;
            continue;
        }
        mc_buffer_byte(&buffer, (uint8_t)*at);
    }
    int r = mc_config_parse(mc_buffer_bytes(&buffer), "test.cfg", role, NULL, NULL,
                            &config, &error);
    mc_buffer_deinit(&buffer);
    if (r) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(r, 0);
    return config;
}

struct mc_test_security mc_test_security_open(const char *text, enum mc_role role)
{
    struct mc_test_security pair = {.config = mc_test_config(text, role)};
    struct mc_error error = {{0}};
    int r = mc_security_open(pair.config, role, &pair.security, &error);

    if (r) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(r, 0);
    return pair;
}

void mc_test_security_close(struct mc_test_security *pair)
{
    pair->security = mc_security_free(pair->security);
    pair->config = mc_config_free(pair->config);
}

struct mc_bytes mc_test_fixture(struct mc_arena *arena, const char *name)
{
    struct mc_bytes content = {0};
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
    assert_int_equal(mc_file_read(path, FIXTURE_BYTES_MAX, arena, &content, NULL), 0);
    return content;
}

struct mc_bytes mc_test_alter(const struct mc_envelope_codec *codec, struct mc_bytes in,
                              const char *key, const struct mc_value *value,
                              struct mc_arena *arena)
{
    const struct mc_value *envelope = NULL;
    struct mc_value *altered = mc_value_hash(arena);
    struct mc_bytes bytes = {0};

    assert_int_equal(codec->decode(in, 0, arena, &envelope, NULL), 0);
    for (size_t i = 0; i < envelope->hash.count; i++) {
        const struct mc_pair *pair = &envelope->hash.pairs[i];
        if (!mc_bytes_is(pair->key->bytes, key)) {
            assert_int_equal(mc_value_add(arena, altered, pair->key, pair->value), 0);
        }
    }
    if (value) {
        assert_int_equal(mc_value_set_symbol(arena, altered, key, value), 0);
    }
    assert_int_equal(codec->encode(altered, arena, &bytes, NULL), 0);
    return bytes;
}

struct mc_request mc_test_request(struct mc_arena *arena, const char *caller)
{
    struct mc_request request = {.sender = "client1",
                                 .id = MC_TEST_ID,
                                 .collective = "mcollective",
                                 .agent = "rpcutil",
                                 .caller = caller,
                                 .ttl_s = 60,
                                 .time_s = MC_TEST_TIME_S};
    struct mc_value *data = mc_value_hash(arena);

    assert_int_equal(mc_filter_add_agent(&request.filter, arena, "rpcutil"), 0);
    assert_int_equal(mc_filter_add_with(&request.filter, arena, "country=/uk/ apache"),
                     0);
    assert_int_equal(mc_filter_add_identity(&request.filter, arena, "/^web/"), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, data, "fact", mc_value_text(arena, "country")), 0);
    assert_int_equal(mc_value_set_symbol(arena, data, "count", mc_value_int(arena, 7)),
                     0);
    assert_int_equal(mc_rpc_to_value(arena, "rpcutil", "get_fact", caller, data, true,
                                     &request.payload),
                     0);
    return request;
}

struct mc_reply mc_test_reply(struct mc_arena *arena)
{
    struct mc_reply reply = {.sender = "web1.my.net",
                             .id = MC_TEST_ID,
                             .agent = "rpcutil",
                             .time_s = MC_TEST_TIME_S};
    struct mc_value *data = mc_value_hash(arena);
    struct mc_result result = {.message = "OK", .data = data};

    assert_int_equal(
        mc_value_set_symbol(arena, data, "value", mc_value_text(arena, "uk")), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, data, "load", mc_value_float(arena, 1.5)), 0);
    assert_int_equal(mc_value_set_text(arena, data, "none", mc_value_nil(arena)), 0);
    assert_int_equal(mc_result_to_value(arena, &result, &reply.payload), 0);
    return reply;
}

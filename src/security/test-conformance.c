/* What every provider must do, run for each one that is built in.
 *
 * A provider is in the table below with settings of a node and a client that know each
 * other, and of a node and a client that hold other secrets under the same names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "security/test-support.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22)
#define KEYS "%F/security-ssl/"

#define SSL_NODE(own)                                        \
    "securityprovider = ssl\n"                               \
    "plugin.ssl_server_private = " KEYS own "-private.pem\n" \
    "plugin.ssl_server_public = " KEYS "server-public.pem\n" \
    "plugin.ssl_client_cert_dir = " KEYS "clients\n"
#define SSL_CLIENT(own)                                      \
    "securityprovider = ssl\n"                               \
    "plugin.ssl_server_public = " KEYS "server-public.pem\n" \
    "plugin.ssl_client_private = " KEYS own "-private.pem\n" \
    "plugin.ssl_client_public = " KEYS "clients/alice.pem\n"
#define YAML "plugin.ssl_serializer = yaml\n"
#define PSK(secret) "securityprovider = psk\nplugin.psk = " secret "\n"

#define AES "%F/security-aes/"
#define AES_NODE(people)                                      \
    "securityprovider = aes_security\n"                       \
    "plugin.aes.server_private = " AES "server-private.pem\n" \
    "plugin.aes.server_public = " AES "server-public.pem\n"   \
    "plugin.aes.client_cert_dir = " AES people "\n"
#define AES_CLIENT(own)                                     \
    "securityprovider = aes_security\n"                     \
    "plugin.aes.client_private = " AES own "-private.pem\n" \
    "plugin.aes.client_public = " AES "clients/alice.pem\n"
#define AES_YAML "plugin.aes.serializer = yaml\n"

static const struct settings
{
    const char *provider;
    const struct mc_envelope_codec *codec;
    const char *node;
    const char *client;
    const char *wrong_node;
    const char *wrong_client;
    const char *proof; /* key of the envelope */
    /* A reply of the wrong node. */
    int wrong_reply;
    /* The format hides and does not prove: an altered body is refused, or opens to
     * something else; every so many bytes are tried, as each one takes a while. */
    bool alterable;
    size_t step;
} table[] = {
    {"psk", &mc_envelope_marshal, PSK("unset"), PSK("unset"), PSK("other"),
     PSK("other"), "hash", MC_SECURITY_FORGED, false, 1},
    {"ssl", &mc_envelope_marshal, SSL_NODE("server"), SSL_CLIENT("alice"),
     SSL_NODE("alice"), SSL_CLIENT("small"), "hash", MC_SECURITY_FORGED, false, 1},
    {"ssl", &mc_envelope_yaml, SSL_NODE("server") YAML, SSL_CLIENT("alice") YAML,
     SSL_NODE("alice") YAML, SSL_CLIENT("small") YAML, "hash", MC_SECURITY_FORGED,
     false, 1},
    {"aes_security", &mc_envelope_marshal, AES_NODE("clients"), AES_CLIENT("alice"),
     AES_NODE("others"), AES_CLIENT("other"), "sslkey", MC_SECURITY_NOT_OURS, true, 7},
    {"aes_security", &mc_envelope_yaml, AES_NODE("clients") AES_YAML,
     AES_CLIENT("alice") AES_YAML, AES_NODE("others") AES_YAML,
     AES_CLIENT("other") AES_YAML, "sslkey", MC_SECURITY_NOT_OURS, true, 7},
};

/* One row of the table, opened, with a sealed request and reply. */
struct bench
{
    const struct settings *settings;
    struct mc_test_security node;
    struct mc_test_security client;
    struct mc_arena *arena;
    struct mc_request request;
    struct mc_reply reply;
    struct mc_bytes sealed_request;
    struct mc_bytes sealed_reply;
};

static void bench_open(struct bench *bench, const struct settings *settings)
{
    *bench = (struct bench){.settings = settings, .arena = mc_arena_new(1 << 24)};
    bench->node = mc_test_security_open(settings->node, MC_ROLE_NODE);
    bench->client = mc_test_security_open(settings->client, MC_ROLE_CLIENT);
    assert_string_equal(mc_security_name(bench->node.security), settings->provider);
    bench->request =
        mc_test_request(bench->arena, mc_security_caller(bench->client.security));
    bench->reply = mc_test_reply(bench->arena);
    assert_int_equal(mc_security_seal_request(bench->client.security, &bench->request,
                                              bench->arena, &bench->sealed_request,
                                              NULL),
                     0);
    assert_int_equal(mc_security_seal_reply(bench->node.security, &bench->reply,
                                            &bench->request, bench->arena,
                                            &bench->sealed_reply, NULL),
                     0);
}

static void bench_close(struct bench *bench)
{
    mc_test_security_close(&bench->node);
    mc_test_security_close(&bench->client);
    bench->arena = mc_arena_free(bench->arena);
}

#define FOR_EACH_BENCH(bench)                                             \
    for (size_t row = 0; row < MC_COUNT(table); row++)                    \
        for (bool once = (bench_open(&(bench), &table[row]), true); once; \
             once = (bench_close(&(bench)), false))

static void every_provider_is_in_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; mc_security_providers[i]; i++) {
        const char *name = mc_security_providers[i]->name;
        bool found = strcmp(name, "fail") == 0;
        for (size_t row = 0; row < MC_COUNT(table); row++) {
            found = found || strcmp(table[row].provider, name) == 0;
        }
        assert_int_equal(mc_security_providers[i]->abi, MC_SECURITY_ABI);
        assert_true(found);
    }
}

static void requests_go_round(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        const struct mc_request *sent = &bench.request;
        struct mc_request *got = NULL;
        assert_int_equal(mc_security_open_request(bench.node.security,
                                                  bench.sealed_request, bench.arena,
                                                  &got, NULL),
                         0);
        assert_string_equal(got->sender, sent->sender);
        assert_string_equal(got->id, sent->id);
        assert_string_equal(got->collective, sent->collective);
        assert_string_equal(got->agent, sent->agent);
        assert_string_equal(got->caller, sent->caller);
        assert_int_equal(got->ttl_s, sent->ttl_s);
        assert_int_equal(got->time_s, sent->time_s);
        assert_int_equal(got->filter.facts_count, 1);
        assert_string_equal(got->filter.facts[0].value, "/uk/");
        assert_string_equal(got->filter.classes.items[0].text, "apache");
        assert_string_equal(got->filter.identities.items[0].pattern, "^web");
        assert_true(mc_value_equal(got->payload, sent->payload));
    }
}

static void replies_go_round(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_reply *got = NULL;
        assert_int_equal(mc_security_open_reply(bench.client.security,
                                                bench.sealed_reply, MC_TEST_ID,
                                                bench.arena, &got, NULL),
                         0);
        assert_string_equal(got->sender, bench.reply.sender);
        assert_string_equal(got->id, bench.reply.id);
        assert_string_equal(got->agent, bench.reply.agent);
        assert_int_equal(got->time_s, bench.reply.time_s);
        assert_true(mc_value_equal(got->payload, bench.reply.payload));
        assert_int_equal(mc_security_open_reply(bench.client.security,
                                                bench.sealed_reply, NULL, bench.arena,
                                                &got, NULL),
                         0);
    }
}

static struct mc_bytes body_of(const struct bench *bench, struct mc_bytes sealed)
{
    const struct mc_value *envelope = NULL;
    struct mc_bytes body = {0};

    assert_int_equal(mc_envelope_open(bench->settings->codec, sealed, bench->arena,
                                      &envelope, &body, NULL),
                     0);
    return body;
}

/* The same message with one byte of its body altered. */
static struct mc_bytes tamper(const struct bench *bench, struct mc_bytes sealed,
                              struct mc_bytes body, size_t at, struct mc_arena *arena)
{
    char *copy = mc_arena_text(arena, body);

    assert_non_null(copy);
    copy[at] = (char)(copy[at] ^ 0x01);
    struct mc_value *altered = mc_value_string(arena, mc_bytes_make(copy, body.len));
    altered->encoding = MC_ENCODING_BINARY;
    return mc_test_alter(bench->settings->codec, sealed, "body", altered, arena);
}

/* Refused as forged, or a format that cannot tell. Bytes of the times in it may be hit. */
static bool refused(const struct bench *bench, int r)
{
    return r == MC_SECURITY_FORGED ||
           (bench->settings->alterable && (r == 0 || r == MC_SECURITY_MALFORMED));
}

static void every_byte_of_the_body_is_covered(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_bytes body = body_of(&bench, bench.sealed_request);
        for (size_t i = 0; i < body.len; i += bench.settings->step) {
            ARENA;
            struct mc_request *got = NULL;
            struct mc_bytes bad = tamper(&bench, bench.sealed_request, body, i, arena);
            int r =
                mc_security_open_request(bench.node.security, bad, arena, &got, NULL);
            assert_true(refused(&bench, r));
            assert_true(r == 0 || got == NULL);
        }
        body = body_of(&bench, bench.sealed_reply);
        for (size_t i = 0; i < body.len; i += bench.settings->step) {
            ARENA;
            struct mc_reply *got = NULL;
            struct mc_bytes bad = tamper(&bench, bench.sealed_reply, body, i, arena);
            int r = mc_security_open_reply(bench.client.security, bad, MC_TEST_ID,
                                           arena, &got, NULL);
            assert_true(refused(&bench, r));
            assert_true(r == 0 || got == NULL);
        }
    }
}

/* Whatever a byte of the whole message becomes, what opens is what was sealed. */
static void altered_messages_never_change_a_payload(void **state)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        for (size_t i = 0; i < bench.sealed_request.len * MC_COUNT(masks);
             i += bench.settings->step) {
            ARENA;
            struct mc_request *got = NULL;
            uint8_t *bad = (uint8_t *)mc_arena_text(arena, bench.sealed_request);
            bad[i / MC_COUNT(masks)] ^= masks[i % MC_COUNT(masks)];
            int r = mc_security_open_request(
                bench.node.security, mc_bytes_make(bad, bench.sealed_request.len),
                arena, &got, NULL);
            assert_true(r >= 0);
            assert_true(r > 0 || bench.settings->alterable ||
                        mc_value_equal(got->payload, bench.request.payload));
        }
        for (size_t i = 0; i < bench.sealed_reply.len; i += bench.settings->step) {
            ARENA;
            struct mc_reply *got = NULL;
            uint8_t *bad = (uint8_t *)mc_arena_text(arena, bench.sealed_reply);
            bad[i] ^= 0x01;
            int r = mc_security_open_reply(bench.client.security,
                                           mc_bytes_make(bad, bench.sealed_reply.len),
                                           NULL, arena, &got, NULL);
            assert_true(r >= 0);
            assert_true(r > 0 || bench.settings->alterable ||
                        mc_value_equal(got->payload, bench.reply.payload));
        }
    }
}

/* A shorter text may still hold all that counts (YAML without its last line end); what
 * opens is what was sealed. */
static void truncated_messages_are_refused(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        size_t opened = 0;
        for (size_t len = 0; len < bench.sealed_request.len;
             len += bench.settings->step) {
            ARENA;
            struct mc_request *got = NULL;
            int r = mc_security_open_request(
                bench.node.security, mc_bytes_slice(bench.sealed_request, 0, len),
                arena, &got, NULL);
            assert_true(r >= 0);
            assert_true(r > 0 || mc_value_equal(got->payload, bench.request.payload));
            opened += r == 0;
        }
        for (size_t len = 0; len < bench.sealed_reply.len;
             len += bench.settings->step) {
            ARENA;
            struct mc_reply *got = NULL;
            int r = mc_security_open_reply(bench.client.security,
                                           mc_bytes_slice(bench.sealed_reply, 0, len),
                                           NULL, arena, &got, NULL);
            assert_true(r >= 0);
            assert_true(r > 0 || mc_value_equal(got->payload, bench.reply.payload));
            opened += r == 0;
        }
        /* The line end and the padding of both messages. */
        assert_in_range(opened, 0, bench.settings->codec->binary ? 0 : 2 * 3);
    }
}

static void other_secrets_are_refused(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        ARENA;
        struct mc_request *request = NULL;
        struct mc_reply *reply = NULL;
        struct mc_bytes bytes = {0};
        struct mc_error error = {{0}};
        struct mc_test_security node =
            mc_test_security_open(bench.settings->wrong_node, MC_ROLE_NODE);
        struct mc_test_security client =
            mc_test_security_open(bench.settings->wrong_client, MC_ROLE_CLIENT);
        assert_int_equal(mc_security_seal_request(client.security, &bench.request,
                                                  arena, &bytes, NULL),
                         0);
        assert_int_equal(mc_security_open_request(bench.node.security, bytes, arena,
                                                  &request, &error),
                         MC_SECURITY_FORGED);
        assert_string_not_equal(error.text, "");
        assert_int_equal(mc_security_seal_reply(node.security, &bench.reply,
                                                &bench.request, arena, &bytes, NULL),
                         0);
        assert_int_equal(mc_security_open_reply(bench.client.security, bytes,
                                                MC_TEST_ID, arena, &reply, NULL),
                         bench.settings->wrong_reply);
        mc_test_security_close(&node);
        mc_test_security_close(&client);
    }
}

static void corner_case_27_replies_to_others_are_left_alone(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_reply *got = NULL;
        assert_int_equal(mc_security_open_reply(bench.client.security,
                                                bench.sealed_reply, "other",
                                                bench.arena, &got, NULL),
                         MC_SECURITY_NOT_OURS);
        /* Before any proof is looked at. */
        struct mc_bytes bad = mc_test_alter(bench.settings->codec, bench.sealed_reply,
                                            bench.settings->proof, NULL, bench.arena);
        assert_int_equal(mc_security_open_reply(bench.client.security, bad, "other",
                                                bench.arena, &got, NULL),
                         MC_SECURITY_NOT_OURS);
        assert_int_equal(mc_security_open_reply(bench.client.security, bad, MC_TEST_ID,
                                                bench.arena, &got, NULL),
                         MC_SECURITY_MALFORMED);
        assert_null(got);
        /* Whoever expects no id takes every one. */
        assert_int_equal(mc_security_open_reply(bench.client.security,
                                                bench.sealed_reply, NULL, bench.arena,
                                                &got, NULL),
                         0);
        assert_string_equal(got->id, MC_TEST_ID);
    }
}

static void odd_requests_are_malformed(void **state)
{
    /* NULL: the proof */
    static const char *const needed[] = {"callerid", "senderid", "requestid", "agent",
                                         "filter",   "body",     NULL};
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        ARENA;
        const struct
        {
            const char *key;
            const struct mc_value *value;
        } odd[] = {
            {"callerid", mc_value_text(arena, "foo-bar")},
            {"callerid", mc_value_text(arena, "uid=0\nx")},
            {"callerid", mc_value_text(arena, "cert=alice\n")},
            {"callerid", mc_value_text(arena, "cert=../clients/alice")},
            {"callerid", mc_value_int(arena, 1)},
            {"senderid", mc_value_text(arena, "")},
            {"senderid", mc_value_text(arena, "client\x1b[2J")},
            {"requestid", mc_value_text(arena, "")},
            {"requestid", mc_value_string(arena, mc_bytes_make("a\0b", 3))},
            {"agent", mc_value_symbol(arena, "rpcutil")},
            {"filter", mc_value_nil(arena)},
            {"filter", mc_value_text(arena, "x")},
            {"ttl", mc_value_text(arena, "60")},
            {"ttl", mc_value_nil(arena)},
            {"ttl", mc_value_int(arena, -1)},
            {"ttl", mc_value_int(arena, INT64_MAX)},
            {"msgtime", mc_value_text(arena, "now")},
            {"msgtime", mc_value_int(arena, INT64_MIN)},
            {"body", mc_value_hash(arena)},
            {bench.settings->proof, mc_value_int(arena, 0)},
        };
        for (size_t i = 0; i < MC_COUNT(needed) + MC_COUNT(odd); i++) {
            bool missing = i < MC_COUNT(needed);
            const char *key = missing ? needed[i] : odd[i - MC_COUNT(needed)].key;
            key = key ? key : bench.settings->proof;
            const struct mc_value *value =
                missing ? NULL : odd[i - MC_COUNT(needed)].value;
            struct mc_request *got = NULL;
            struct mc_error error = {{0}};
            struct mc_bytes bad = mc_test_alter(
                bench.settings->codec, bench.sealed_request, key, value, arena);
            assert_int_equal(
                mc_security_open_request(bench.node.security, bad, arena, &got, &error),
                MC_SECURITY_MALFORMED);
            assert_null(got);
            assert_string_not_equal(error.text, "");
        }
    }
}

static void unknown_keys_are_ignored(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_request *got = NULL;
        struct mc_bytes bytes = mc_test_alter(
            bench.settings->codec, bench.sealed_request, "msgtarget",
            mc_value_text(bench.arena, "/topic/mcollective.x"), bench.arena);
        assert_int_equal(mc_security_open_request(bench.node.security, bytes,
                                                  bench.arena, &got, NULL),
                         0);
        bytes = mc_test_alter(bench.settings->codec, bench.sealed_request, "collective",
                              NULL, bench.arena);
        assert_int_equal(mc_security_open_request(bench.node.security, bytes,
                                                  bench.arena, &got, NULL),
                         0);
        assert_null(got->collective);
    }
}

/* The same envelope with Strings for keys. */
static struct mc_bytes with_string_keys(const struct bench *bench)
{
    const struct mc_value *envelope = NULL;
    struct mc_value *altered = mc_value_hash(bench->arena);
    struct mc_bytes bytes = {0};

    assert_int_equal(bench->settings->codec->decode(bench->sealed_request, 0,
                                                    bench->arena, &envelope, NULL),
                     0);
    for (size_t i = 0; i < envelope->hash.count; i++) {
        const struct mc_pair *pair = &envelope->hash.pairs[i];
        assert_int_equal(mc_value_add(bench->arena, altered,
                                      mc_value_string(bench->arena, pair->key->bytes),
                                      pair->value),
                         0);
    }
    assert_int_equal(
        bench->settings->codec->encode(altered, bench->arena, &bytes, NULL), 0);
    return bytes;
}

static void other_shapes_are_malformed(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_request *got = NULL;
        struct mc_bytes bytes = {0};
        assert_int_equal(mc_security_open_request(bench.node.security,
                                                  with_string_keys(&bench), bench.arena,
                                                  &got, NULL),
                         MC_SECURITY_MALFORMED);
        assert_int_equal(
            bench.settings->codec->encode(mc_value_text(bench.arena, "ping"),
                                          bench.arena, &bytes, NULL),
            0);
        assert_int_equal(mc_security_open_request(bench.node.security, bytes,
                                                  bench.arena, &got, NULL),
                         MC_SECURITY_MALFORMED);
    }
}

/* Neither requests of such callers nor replies to them; nor are those opened. */
static void corner_case_19_nothing_malformed_is_sealed(void **state)
{
    static const char *const callers[] = {NULL, "", "foo-bar", "uid=0\n"};
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        struct mc_bytes bytes = {0};
        struct mc_error error = {{0}};
        for (size_t i = 0; i < MC_COUNT(callers); i++) {
            struct mc_request request = bench.request;
            request.caller = callers[i];
            assert_int_equal(mc_security_seal_request(bench.client.security, &request,
                                                      bench.arena, &bytes, &error),
                             -EINVAL);
            assert_non_null(strstr(error.text, "callerid"));
            error = (struct mc_error){{0}};
            assert_int_equal(mc_security_seal_reply(bench.node.security, &bench.reply,
                                                    &request, bench.arena, &bytes,
                                                    &error),
                             -EINVAL);
            assert_non_null(strstr(error.text, "callerid"));
            struct mc_request *got = NULL;
            struct mc_bytes bad = mc_test_alter(
                bench.settings->codec, bench.sealed_request, "callerid",
                callers[i] ? mc_value_text(bench.arena, callers[i]) : NULL,
                bench.arena);
            assert_int_equal(mc_security_open_request(bench.node.security, bad,
                                                      bench.arena, &got, &error),
                             MC_SECURITY_MALFORMED);
        }
        struct mc_reply reply = bench.reply;
        reply.sender = "web 1";
        assert_int_equal(mc_security_seal_reply(bench.node.security, &reply,
                                                &bench.request, bench.arena, &bytes,
                                                &error),
                         -EINVAL);
        assert_null(bytes.data);
    }
}

/* With too little room every step fails once; nothing is handed out then. */
static void small_arenas_are_survived(void **state)
{
    struct bench bench;

    (void)state;
    FOR_EACH_BENCH(bench)
    {
        int r = -ENOMEM;
        for (size_t room = 0; r != 0; room += 64) {
            MC_CLEANUP(mc_arena_cleanup)
            struct mc_arena *arena = mc_arena_new(room);
            struct mc_request *got = NULL;
            r = mc_security_open_request(bench.node.security, bench.sealed_request,
                                         arena, &got, NULL);
            assert_true(r == 0 ? got != NULL : got == NULL);
            assert_true(room < (1 << 20));
        }
        r = -ENOMEM;
        for (size_t room = 0; r != 0; room += 64) {
            MC_CLEANUP(mc_arena_cleanup)
            struct mc_arena *arena = mc_arena_new(room);
            struct mc_bytes bytes = {0};
            r = mc_security_seal_request(bench.client.security, &bench.request, arena,
                                         &bytes, NULL);
            assert_true(r == 0 ? bytes.data != NULL : bytes.data == NULL);
            assert_true(room < (1 << 20));
        }
    }
}

static void fail_refuses_everything(void **state)
{
    ARENA;
    struct mc_test_security fail =
        mc_test_security_open("securityprovider = fail\n", MC_ROLE_NODE);
    struct mc_request request = mc_test_request(arena, "uid=0");
    struct mc_reply reply = mc_test_reply(arena);
    struct mc_request *got_request = NULL;
    struct mc_reply *got_reply = NULL;
    struct mc_bytes bytes = {0};
    struct mc_error error = {{0}};

    (void)state;
    assert_true(mc_caller_valid(mc_security_caller(fail.security)));
    assert_int_equal(mc_security_open_request(fail.security, MC_BYTES("x"), arena,
                                              &got_request, &error),
                     MC_SECURITY_FORGED);
    assert_int_equal(mc_security_open_reply(fail.security, MC_BYTES("x"), NULL, arena,
                                            &got_reply, NULL),
                     MC_SECURITY_FORGED);
    assert_int_equal(
        mc_security_seal_request(fail.security, &request, arena, &bytes, NULL),
        -EINVAL);
    assert_int_equal(
        mc_security_seal_reply(fail.security, &reply, &request, arena, &bytes, NULL),
        -EINVAL);
    assert_non_null(strstr(error.text, "fail"));
    mc_test_security_close(&fail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provider_is_in_the_table),
        cmocka_unit_test(requests_go_round),
        cmocka_unit_test(replies_go_round),
        cmocka_unit_test(every_byte_of_the_body_is_covered),
        cmocka_unit_test(altered_messages_never_change_a_payload),
        cmocka_unit_test(truncated_messages_are_refused),
        cmocka_unit_test(other_secrets_are_refused),
        cmocka_unit_test(corner_case_27_replies_to_others_are_left_alone),
        cmocka_unit_test(odd_requests_are_malformed),
        cmocka_unit_test(unknown_keys_are_ignored),
        cmocka_unit_test(other_shapes_are_malformed),
        cmocka_unit_test(corner_case_19_nothing_malformed_is_sealed),
        cmocka_unit_test(small_arenas_are_survived),
        cmocka_unit_test(fail_refuses_everything),
    };

    (void)unsetenv("MCOLLECTIVE_PSK");
    (void)unsetenv("MCOLLECTIVE_SSL_PRIVATE");
    (void)unsetenv("MCOLLECTIVE_SSL_PUBLIC");
    (void)unsetenv("MCOLLECTIVE_AES_PRIVATE");
    (void)unsetenv("MCOLLECTIVE_AES_PUBLIC");
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

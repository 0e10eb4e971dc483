/* The ssl provider: messages of the Ruby original, times inside the signed body, and
 * the many ways in which a key file can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "security/keys.h"
#include "security/ssl/sign.h"
#include "security/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22)
#define KEYS "%F/security-ssl/"
#define KEYS_HERE MC_SOURCE_ROOT "/t/fixtures/security-ssl/"

#define NODE                                                   \
    "identity = web1.my.net\n"                                 \
    "securityprovider = ssl\n"                                 \
    "plugin.ssl_server_private = " KEYS "server-private.pem\n" \
    "plugin.ssl_server_public = " KEYS "server-public.pem\n"   \
    "plugin.ssl_client_cert_dir = " KEYS "clients\n"
#define CLIENT(own)                                          \
    "identity = client1\n"                                   \
    "securityprovider = ssl\n"                               \
    "plugin.ssl_server_public = " KEYS "server-public.pem\n" \
    "plugin.ssl_client_private = " KEYS own "-private.pem\n" \
    "plugin.ssl_client_public = " KEYS "clients/" own ".pem\n"
#define LAX "plugin.ssl.enforce_ttl = 0\n"
#define YAML "plugin.ssl_serializer = yaml\n"

static const struct serializer
{
    const char *name;
    const char *node;
    const char *alice;
} serializers[] = {
    {"marshal", NODE, CLIENT("alice")},
    {"yaml", NODE YAML, CLIENT("alice") YAML},
};

static struct mc_bytes golden(struct mc_arena *arena, const struct serializer *by,
                              const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "security-ssl/%s-%s.bin", by->name, name);
    return mc_test_fixture(arena, path);
}

static struct mc_request *open_request(const char *settings, struct mc_bytes in,
                                       struct mc_arena *arena, int expected)
{
    struct mc_test_security node = mc_test_security_open(settings, MC_ROLE_NODE);
    struct mc_request *request = NULL;
    struct mc_error error = {{0}};
    int r = mc_security_open_request(node.security, in, arena, &request, &error);

    mc_test_security_close(&node);
    if (r != expected) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(r, expected);
    return request;
}

static void requests_of_ruby_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(serializers); i++) {
        ARENA;
        const struct serializer *by = &serializers[i];
        struct mc_rpc rpc = {0};
        struct mc_request *request =
            open_request(by->node, golden(arena, by, "alice-request-ping"), arena, 0);
        assert_string_equal(request->caller, "cert=alice");
        assert_string_equal(request->sender, "client1");
        assert_string_equal(request->id, MC_TEST_ID);
        assert_int_equal(request->ttl_s, 60);
        assert_int_equal(request->time_s, MC_TEST_TIME_S);
        assert_string_equal(mc_value_cstr(request->payload), "ping");
        request =
            open_request(by->node, golden(arena, by, "alice-request-rpc"), arena, 0);
        assert_int_equal(mc_rpc_from_value(request->payload, &rpc), 0);
        assert_string_equal(rpc.action, "get_fact");
        assert_true(rpc.respond);
        assert_int_equal(request->filter.facts_count, 1);
        assert_string_equal(request->filter.classes.items[1].pattern, "web");
        assert_string_equal(request->filter.identities.items[0].pattern, "^(n1|n2)$");
        assert_int_equal(request->filter.identities.items[0].options, 1);
        assert_int_equal(request->filter.compound->array.items[0]->array.count, 4);
        /* A certificate in place of a public key, and only 1024 bits. */
        request =
            open_request(by->node, golden(arena, by, "small-request-ping"), arena, 0);
        assert_string_equal(request->caller, "cert=small");
    }
}

static void check_reply(const struct mc_reply *reply)
{
    struct mc_result result = {0};

    assert_string_equal(reply->sender, "web1.my.net");
    assert_string_equal(reply->agent, "rpcutil");
    assert_int_equal(mc_result_from_value(reply->payload, &result), 0);
    assert_int_equal(result.status, 0);
    assert_string_equal(result.message, "OK");
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(result.data, "value")),
                        "\xc3\x96sterreich");
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(result.data, "lines")),
                        "one\ntwo\n");
    assert_true(mc_value_is(mc_value_get_symbol(result.data, "load"), MC_FLOAT));
    assert_true(mc_value_is(mc_value_get_symbol(result.data, "none"), MC_NIL));
    assert_true(mc_value_is(mc_value_get_symbol(result.data, "symbol"), MC_SYMBOL));
    assert_true(mc_value_is(mc_value_get_symbol(result.data, "number"), MC_STRING));
}

static void replies_of_ruby_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(serializers); i++) {
        ARENA;
        const struct serializer *by = &serializers[i];
        struct mc_test_security client =
            mc_test_security_open(by->alice, MC_ROLE_CLIENT);
        struct mc_reply *reply = NULL;
        assert_int_equal(mc_security_open_reply(client.security,
                                                golden(arena, by, "alice-reply-pong"),
                                                MC_TEST_ID, arena, &reply, NULL),
                         0);
        assert_string_equal(mc_value_cstr(reply->payload), "pong");
        assert_int_equal(mc_security_open_reply(client.security,
                                                golden(arena, by, "alice-reply-rpc"),
                                                MC_TEST_ID, arena, &reply, NULL),
                         0);
        check_reply(reply);
        mc_test_security_close(&client);
    }
}

/* Signatures of this kind hold no chance, so that the whole messages are equal. In YAML
 * a text may be quoted in two ways; there the trees are equal, signed bodies included. */
static void assert_same(struct mc_arena *arena, const struct serializer *by,
                        struct mc_bytes ours, const char *name)
{
    struct mc_bytes ruby = golden(arena, by, name);
    const struct mc_value *our_tree = NULL;
    const struct mc_value *ruby_tree = NULL;

    assert_int_equal(ours.len, ruby.len);
    if (strcmp(by->name, "yaml") == 0) {
        assert_int_equal(mc_yaml_decode(ours, 0, arena, &our_tree, NULL), 0);
        assert_int_equal(mc_yaml_decode(ruby, 0, arena, &ruby_tree, NULL), 0);
        assert_true(mc_value_equal(our_tree, ruby_tree));
        return;
    }
    assert_memory_equal(ours.data, ruby.data, ruby.len);
}

static void what_we_seal_is_what_ruby_seals(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(serializers); i++) {
        ARENA;
        const struct serializer *by = &serializers[i];
        struct mc_test_security node = mc_test_security_open(by->node, MC_ROLE_NODE);
        struct mc_test_security client =
            mc_test_security_open(by->alice, MC_ROLE_CLIENT);
        struct mc_request request = {.sender = "client1",
                                     .id = MC_TEST_ID,
                                     .collective = "mcollective",
                                     .agent = "discovery",
                                     .caller = mc_security_caller(client.security),
                                     .ttl_s = 60,
                                     .time_s = MC_TEST_TIME_S,
                                     .payload = mc_value_text(arena, "ping")};
        struct mc_reply reply = {.sender = "web1.my.net",
                                 .id = MC_TEST_ID,
                                 .agent = "discovery",
                                 .time_s = MC_TEST_TIME_S,
                                 .payload = mc_value_text(arena, "pong")};
        struct mc_bytes ours = {0};
        assert_int_equal(mc_filter_add_agent(&request.filter, arena, "discovery"), 0);
        assert_int_equal(
            mc_security_seal_request(client.security, &request, arena, &ours, NULL), 0);
        assert_same(arena, by, ours, "alice-request-ping");
        assert_int_equal(
            mc_security_seal_reply(node.security, &reply, &request, arena, &ours, NULL),
            0);
        assert_same(arena, by, ours, "alice-reply-pong");
        mc_test_security_close(&node);
        mc_test_security_close(&client);
    }
}

/* A request around any body, signed by alice, whose envelope says 60 and the time of
 * the tests. */
static struct mc_bytes request_around(struct mc_arena *arena,
                                      const struct mc_value *body)
{
    struct mc_request request = mc_test_request(arena, "cert=alice");
    struct mc_bytes bytes = {0};
    struct mc_bytes signature = {0};
    struct mc_envelope_proof proof = {.key = "hash"};
    EVP_PKEY *key = NULL;

    assert_int_equal(mc_keys_private(KEYS_HERE "alice-private.pem", &key, NULL), 0);
    assert_int_equal(mc_envelope_body(&mc_envelope_marshal, body, arena, &bytes, NULL),
                     0);
    assert_int_equal(mc_ssl_sign(key, bytes, arena, &signature, NULL), 0);
    EVP_PKEY_free(key);
    assert_int_equal(mc_base64_encode(signature, 60, arena, &proof.bytes), 0);
    assert_int_equal(mc_envelope_seal_request(&mc_envelope_marshal, &request, bytes,
                                              &proof, arena, &bytes, NULL),
                     0);
    return bytes;
}

static struct mc_value *wrapped(struct mc_arena *arena, const struct mc_value *ttl,
                                const struct mc_value *time)
{
    struct mc_value *body = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_symbol(arena, body, "ssl_msg", mc_value_text(arena, "inside")), 0);
    if (ttl) {
        assert_int_equal(mc_value_set_symbol(arena, body, "ssl_ttl", ttl), 0);
    }
    if (time) {
        assert_int_equal(mc_value_set_symbol(arena, body, "ssl_msgtime", time), 0);
    }
    return body;
}

static void signed_times_must_fit(void **state)
{
    ARENA;
    struct mc_value *ttl = mc_value_int(arena, 60);
    struct mc_value *time = mc_value_int(arena, MC_TEST_TIME_S);
    const struct
    {
        const struct mc_value *ttl;
        const struct mc_value *time;
        int strict;
        int lax;
    } cases[] = {
        {ttl, time, 0, 0},
        {ttl, mc_value_int(arena, MC_TEST_TIME_S - 600), MC_SECURITY_FORGED, 0},
        {mc_value_int(arena, 61), time, MC_SECURITY_FORGED, 0},
        {NULL, time, MC_SECURITY_MALFORMED, 0},
        {ttl, NULL, MC_SECURITY_MALFORMED, 0},
        {mc_value_text(arena, "60"), time, MC_SECURITY_MALFORMED,
         MC_SECURITY_MALFORMED},
        {ttl, mc_value_nil(arena), MC_SECURITY_MALFORMED, MC_SECURITY_MALFORMED},
        {mc_value_int(arena, -1), time, MC_SECURITY_MALFORMED, MC_SECURITY_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_bytes in =
            request_around(arena, wrapped(arena, cases[i].ttl, cases[i].time));
        (void)open_request(NODE, in, arena, cases[i].strict);
        struct mc_request *request = open_request(NODE LAX, in, arena, cases[i].lax);
        if (cases[i].lax == 0) {
            /* The signed copy wins where there is one. */
            assert_int_equal(request->ttl_s, cases[i].ttl ? cases[i].ttl->integer : 60);
            assert_int_equal(request->time_s,
                             cases[i].time ? cases[i].time->integer : MC_TEST_TIME_S);
            assert_string_equal(mc_value_cstr(request->payload), "inside");
        }
    }
}

/* A captured request cannot be made young again by new times on its envelope. */
static void expired_copies_stay_expired(void **state)
{
    ARENA;
    struct mc_bytes old = golden(arena, &serializers[0], "alice-request-ping");
    struct mc_bytes young =
        mc_test_alter(&mc_envelope_marshal, old, "msgtime",
                      mc_value_int(arena, MC_TEST_TIME_S + 3600), arena);

    (void)state;
    (void)open_request(NODE, young, arena, MC_SECURITY_FORGED);
    assert_int_equal(open_request(NODE LAX, young, arena, 0)->time_s, MC_TEST_TIME_S);
    young = mc_test_alter(&mc_envelope_marshal, old, "ttl",
                          mc_value_int(arena, 1000000), arena);
    (void)open_request(NODE, young, arena, MC_SECURITY_FORGED);
    young = mc_test_alter(&mc_envelope_marshal, old, "ttl", NULL, arena);
    (void)open_request(NODE, young, arena, MC_SECURITY_FORGED);
}

static void bodies_without_times_need_lax_nodes(void **state)
{
    ARENA;
    struct mc_bytes text = request_around(arena, mc_value_text(arena, "ping"));
    struct mc_value *hash = mc_value_hash(arena);

    (void)state;
    (void)open_request(NODE, text, arena, MC_SECURITY_MALFORMED);
    (void)open_request(NODE "plugin.ssl.enforce_ttl = 1\n", text, arena,
                       MC_SECURITY_MALFORMED);
    struct mc_request *request = open_request(NODE LAX, text, arena, 0);
    assert_string_equal(mc_value_cstr(request->payload), "ping");
    /* A hash without :ssl_msg is the payload itself. */
    assert_int_equal(
        mc_value_set_symbol(arena, hash, "action", mc_value_text(arena, "x")), 0);
    request = open_request(NODE LAX, request_around(arena, hash), arena, 0);
    assert_true(mc_value_equal(request->payload, hash));
}

static void callers_without_a_key_are_told_apart(void **state)
{
    static const struct
    {
        const char *caller;
        int result;
    } cases[] = {
        {"cert=nobody", MC_SECURITY_NO_KEY},    {"cert=.", MC_SECURITY_MALFORMED},
        {"cert=..", MC_SECURITY_MALFORMED},     {"uid=0", MC_SECURITY_MALFORMED},
        {"xcert=alice", MC_SECURITY_MALFORMED}, {"cert=small", MC_SECURITY_FORGED},
    };
    ARENA;
    struct mc_bytes in = golden(arena, &serializers[0], "alice-request-ping");

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_bytes bad =
            mc_test_alter(&mc_envelope_marshal, in, "callerid",
                          mc_value_text(arena, cases[i].caller), arena);
        (void)open_request(NODE, bad, arena, cases[i].result);
    }
}

static void signatures_are_strict_base64(void **state)
{
    ARENA;
    struct mc_bytes in = golden(arena, &serializers[0], "alice-request-ping");
    const struct mc_value *bad[] = {mc_value_text(arena, "."),
                                    mc_value_text(arena, "")};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        (void)open_request(
            NODE, mc_test_alter(&mc_envelope_marshal, in, "hash", bad[i], arena), arena,
            MC_SECURITY_MALFORMED);
    }
    (void)open_request(NODE,
                       mc_test_alter(&mc_envelope_marshal, in, "hash",
                                     mc_value_text(arena, "Zm9v\n"), arena),
                       arena, MC_SECURITY_FORGED);
}

static void nodes_and_clients_keep_to_their_side(void **state)
{
    ARENA;
    struct mc_test_security node = mc_test_security_open(NODE, MC_ROLE_NODE);
    struct mc_test_security client =
        mc_test_security_open(CLIENT("alice"), MC_ROLE_CLIENT);
    struct mc_request *request = NULL;
    struct mc_reply *reply = NULL;

    (void)state;
    assert_string_equal(mc_security_caller(node.security), "cert=server-public");
    assert_string_equal(mc_security_caller(client.security), "cert=alice");
    assert_int_equal(
        mc_security_open_reply(node.security,
                               golden(arena, &serializers[0], "alice-reply-pong"), NULL,
                               arena, &reply, NULL),
        MC_SECURITY_NO_KEY);
    assert_int_equal(
        mc_security_open_request(client.security,
                                 golden(arena, &serializers[0], "alice-request-ping"),
                                 arena, &request, NULL),
        MC_SECURITY_NO_KEY);
    mc_test_security_close(&node);
    mc_test_security_close(&client);
}

/* Opening must fail, and the words must hold a text. */
static void refuse_settings(const char *text, enum mc_role role, const char *words)
{
    struct mc_config *config = mc_test_config(text, role);
    struct mc_security *security = NULL;
    struct mc_error error = {{0}};
    int r = mc_security_open(config, role, &security, &error);

    assert_true(r < 0);
    assert_null(security);
    if (!strstr(error.text, words)) {
        print_error("'%s' does not hold '%s'\n", error.text, words);
    }
    assert_non_null(strstr(error.text, words));
    mc_config_free(config);
}

#define SSL "securityprovider = ssl\n"
#define SERVER_PRIVATE "plugin.ssl_server_private = " KEYS "server-private.pem\n"
#define SERVER_PUBLIC "plugin.ssl_server_public = " KEYS "server-public.pem\n"
#define CERT_DIR "plugin.ssl_client_cert_dir = " KEYS "clients\n"
#define CLIENT_PRIVATE "plugin.ssl_client_private = " KEYS "alice-private.pem\n"
#define CLIENT_PUBLIC "plugin.ssl_client_public = " KEYS "clients/alice.pem\n"

static void missing_settings_are_named(void **state)
{
    (void)state;
    refuse_settings(SSL, MC_ROLE_NODE, "plugin.ssl_server_private");
    refuse_settings(SSL SERVER_PRIVATE, MC_ROLE_NODE, "plugin.ssl_server_public");
    refuse_settings(SSL SERVER_PRIVATE SERVER_PUBLIC, MC_ROLE_NODE,
                    "plugin.ssl_client_cert_dir");
    refuse_settings(SSL, MC_ROLE_CLIENT, "plugin.ssl_client_private");
    refuse_settings(SSL CLIENT_PRIVATE, MC_ROLE_CLIENT, "plugin.ssl_client_public");
    refuse_settings(SSL CLIENT_PRIVATE, MC_ROLE_CLIENT, "MCOLLECTIVE_SSL_PUBLIC");
    refuse_settings(SSL CLIENT_PRIVATE CLIENT_PUBLIC, MC_ROLE_CLIENT,
                    "plugin.ssl_server_public");
}

static void wrong_key_files_are_named(void **state)
{
    (void)state;
    refuse_settings(SSL CLIENT_PUBLIC SERVER_PUBLIC "plugin.ssl_client_private = " KEYS
                                                    "missing.pem\n",
                    MC_ROLE_CLIENT, "missing.pem");
    refuse_settings(SSL CLIENT_PUBLIC SERVER_PUBLIC "plugin.ssl_client_private = " KEYS
                                                    "clients\n",
                    MC_ROLE_CLIENT, "clients");
    refuse_settings(SSL CLIENT_PUBLIC SERVER_PUBLIC "plugin.ssl_client_private = " KEYS
                                                    "server-public.pem\n",
                    MC_ROLE_CLIENT, "private key");
    refuse_settings(SSL CLIENT_PUBLIC CLIENT_PRIVATE "plugin.ssl_server_public = " KEYS
                                                     "alice-private.pem\n",
                    MC_ROLE_CLIENT, "public key");
    refuse_settings(SSL CLIENT_PRIVATE SERVER_PUBLIC "plugin.ssl_client_public = " KEYS
                                                     "clients/a b.pem\n",
                    MC_ROLE_CLIENT, "callerid");
    refuse_settings(SSL CLIENT_PRIVATE SERVER_PUBLIC "plugin.ssl_client_public = " KEYS
                                                     "clients/\n",
                    MC_ROLE_CLIENT, "callerid");
}

static void foreign_key_files_are_refused(void **state)
{
    static const char *const names[] = {"elliptic-private.pem", "locked-private.pem",
                                        "empty.pem"};
    char path[512];
    EVP_PKEY *key = NULL;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        struct mc_error error = {{0}};
        (void)snprintf(path, sizeof(path), KEYS_HERE "odd/%s", names[i]);
        assert_int_equal(mc_keys_private(path, &key, &error), -EINVAL);
        assert_non_null(strstr(error.text, names[i]));
        assert_int_equal(mc_keys_public(path, &key, &error), -EINVAL);
        assert_null(key);
    }
}

static void pipes_in_the_folder_do_not_stop_a_node(void **state)
{
    ARENA;
    char folder[] = "/tmp/mc-test-XXXXXX";
    char text[1024];
    char path[64];
    struct mc_bytes in = golden(arena, &serializers[0], "alice-request-ping");

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/alice.pem", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)snprintf(text, sizeof(text), "%splugin.ssl_client_cert_dir = %s\n",
                   SSL SERVER_PRIVATE SERVER_PUBLIC, folder);
    (void)open_request(text, in, arena, MC_SECURITY_NO_KEY);
    assert_int_equal(unlink(path), 0);
    /* Keys may come and go while a node runs. */
    struct mc_test_security node = mc_test_security_open(text, MC_ROLE_NODE);
    struct mc_request *request = NULL;
    assert_int_equal(mc_security_open_request(node.security, in, arena, &request, NULL),
                     MC_SECURITY_NO_KEY);
    assert_int_equal(symlink(KEYS_HERE "clients/alice.pem", path), 0);
    assert_int_equal(mc_security_open_request(node.security, in, arena, &request, NULL),
                     0);
    mc_test_security_close(&node);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void the_environment_names_other_keys(void **state)
{
    (void)state;
    assert_int_equal(
        setenv("MCOLLECTIVE_SSL_PRIVATE", KEYS_HERE "small-private.pem", 1), 0);
    assert_int_equal(setenv("MCOLLECTIVE_SSL_PUBLIC", KEYS_HERE "clients/small.pem", 1),
                     0);
    struct mc_test_security client =
        mc_test_security_open(SSL SERVER_PUBLIC, MC_ROLE_CLIENT);
    assert_string_equal(mc_security_caller(client.security), "cert=small");
    mc_test_security_close(&client);
    struct mc_test_security node =
        mc_test_security_open(SSL SERVER_PUBLIC CERT_DIR, MC_ROLE_NODE);
    assert_string_equal(mc_security_caller(node.security), "cert=server-public");
    mc_test_security_close(&node);
    assert_int_equal(unsetenv("MCOLLECTIVE_SSL_PRIVATE"), 0);
    assert_int_equal(unsetenv("MCOLLECTIVE_SSL_PUBLIC"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_ruby_open),
        cmocka_unit_test(replies_of_ruby_open),
        cmocka_unit_test(what_we_seal_is_what_ruby_seals),
        cmocka_unit_test(signed_times_must_fit),
        cmocka_unit_test(expired_copies_stay_expired),
        cmocka_unit_test(bodies_without_times_need_lax_nodes),
        cmocka_unit_test(callers_without_a_key_are_told_apart),
        cmocka_unit_test(signatures_are_strict_base64),
        cmocka_unit_test(nodes_and_clients_keep_to_their_side),
        cmocka_unit_test(missing_settings_are_named),
        cmocka_unit_test(wrong_key_files_are_named),
        cmocka_unit_test(foreign_key_files_are_refused),
        cmocka_unit_test(pipes_in_the_folder_do_not_stop_a_node),
        cmocka_unit_test(the_environment_names_other_keys),
    };

    (void)unsetenv("MCOLLECTIVE_SSL_PRIVATE");
    (void)unsetenv("MCOLLECTIVE_SSL_PUBLIC");
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

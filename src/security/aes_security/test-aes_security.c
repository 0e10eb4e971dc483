/* The aes_security provider: messages of the Ruby original, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/file.h"
#include "security/aes_security/crypt.h"
#include "security/keys.h"
#include "security/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22)
#define KEYS "%F/security-aes/"
#define KEYS_HERE MC_SOURCE_ROOT "/t/fixtures/security-aes/"

#define PROVIDER "securityprovider = aes_security\n"
#define SERVER                                                          \
    PROVIDER "plugin.aes.server_private = " KEYS "server-private.pem\n" \
             "plugin.aes.server_public = " KEYS "server-public.pem\n"
#define NODE SERVER "plugin.aes.client_cert_dir = " KEYS "clients\n"
#define CLIENT(private, public)                                                      \
    PROVIDER "plugin.aes.client_private = " KEYS private "-private.pem\n"            \
                                                         "plugin.aes.client_public " \
                                                         "= " KEYS public ".pem\n"
#define ALICE CLIENT("alice", "clients/alice")
#define CAROL CLIENT("carol", "carol") "plugin.aes.send_pubkey = 1\n"
#define YAML "plugin.aes.serializer = yaml\n"
#define LAX "plugin.aes.enforce_ttl = 0\n"

static const struct serializer
{
    const char *name;
    const struct mc_envelope_codec *codec;
    const char *node;
    const char *alice;
} serializers[] = {
    {"marshal", &mc_envelope_marshal, NODE, ALICE},
    {"yaml", &mc_envelope_yaml, NODE YAML, ALICE YAML},
};

static struct mc_bytes golden(struct mc_arena *arena, const struct serializer *by,
                              const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "security-aes/%s-%s.bin", by->name, name);
    return mc_test_fixture(arena, path);
}

static struct mc_request *open_request(const char *settings, struct mc_bytes in,
                                       struct mc_arena *arena, int expected,
                                       const char *words)
{
    struct mc_test_security node = mc_test_security_open(settings, MC_ROLE_NODE);
    struct mc_request *request = NULL;
    struct mc_error error = {{0}};
    int r = mc_security_open_request(node.security, in, arena, &request, &error);

    mc_test_security_close(&node);
    if (r != expected || !strstr(error.text, words)) {
        print_error("%d: %s\n", r, error.text);
    }
    assert_int_equal(r, expected);
    assert_non_null(strstr(error.text, words));
    return request;
}

static void requests_of_ruby_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(serializers); i++) {
        ARENA;
        const struct serializer *by = &serializers[i];
        struct mc_rpc rpc = {0};
        struct mc_request *request = open_request(
            by->node, golden(arena, by, "alice-request-ping"), arena, 0, "");
        assert_string_equal(request->caller, "cert=alice");
        assert_int_equal(request->ttl_s, 60);
        assert_int_equal(request->time_s, MC_TEST_TIME_S);
        assert_string_equal(mc_value_cstr(request->payload), "ping");
        request = open_request(by->node, golden(arena, by, "alice-request-rpc"), arena,
                               0, "");
        assert_int_equal(mc_rpc_from_value(request->payload, &rpc), 0);
        assert_string_equal(rpc.action, "get_fact");
        assert_string_equal(request->filter.identities.items[0].pattern, "^(n1|n2)$");
        request = open_request(by->node, golden(arena, by, "server-registration"),
                               arena, 0, "");
        assert_string_equal(request->caller, "cert=server-public");
        assert_int_equal(mc_value_count(request->payload), 2);
    }
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
        struct mc_result result = {0};
        assert_int_equal(mc_security_open_reply(client.security,
                                                golden(arena, by, "alice-reply-pong"),
                                                MC_TEST_ID, arena, &reply, NULL),
                         0);
        assert_string_equal(mc_value_cstr(reply->payload), "pong");
        assert_int_equal(mc_security_open_reply(client.security,
                                                golden(arena, by, "alice-reply-rpc"),
                                                MC_TEST_ID, arena, &reply, NULL),
                         0);
        assert_int_equal(mc_result_from_value(reply->payload, &result), 0);
        assert_string_equal(mc_value_cstr(mc_value_get_symbol(result.data, "value")),
                            "\xc3\x96sterreich");
        mc_test_security_close(&client);
    }
}

/* Random keys make all messages differ; order, names and encodings of the envelope do
 * not: with the two random texts put in from theirs, ours are the same bytes. */
static void assert_same_shape(struct mc_arena *arena, struct mc_bytes ours,
                              struct mc_bytes ruby)
{
    const struct mc_value *tree = NULL;
    static const char *const keys[] = {"body", "sslkey"};

    assert_int_equal(ours.len, ruby.len);
    char *mixed = mc_arena_text(arena, ours);
    assert_int_equal(mc_marshal_decode(ruby, 0, arena, &tree, NULL), 0);
    for (size_t i = 0; i < MC_COUNT(keys); i++) {
        const struct mc_value *value = mc_value_get_symbol(tree, keys[i]);
        const char *at =
            memmem(ruby.data, ruby.len, value->bytes.data, value->bytes.len);
        memcpy(mixed + (at - (const char *)ruby.data), at, value->bytes.len);
    }
    assert_memory_equal(mixed, ruby.data, ruby.len);
}

static void what_we_seal_has_the_shape_of_ruby(void **state)
{
    ARENA;
    struct mc_test_security node = mc_test_security_open(NODE, MC_ROLE_NODE);
    struct mc_test_security client = mc_test_security_open(ALICE, MC_ROLE_CLIENT);
    struct mc_test_security carol = mc_test_security_open(CAROL, MC_ROLE_CLIENT);
    struct mc_request request = {.sender = "client1",
                                 .id = MC_TEST_ID,
                                 .collective = "mcollective",
                                 .agent = "discovery",
                                 .caller = "cert=alice",
                                 .ttl_s = 60,
                                 .time_s = MC_TEST_TIME_S,
                                 .payload = mc_value_text(arena, "ping")};
    struct mc_reply reply = {.sender = "web1.my.net",
                             .id = MC_TEST_ID,
                             .agent = "discovery",
                             .time_s = MC_TEST_TIME_S,
                             .payload = mc_value_text(arena, "pong")};
    struct mc_bytes ours = {0};

    (void)state;
    assert_int_equal(mc_filter_add_agent(&request.filter, arena, "discovery"), 0);
    assert_int_equal(
        mc_security_seal_request(client.security, &request, arena, &ours, NULL), 0);
    assert_same_shape(arena, ours,
                      golden(arena, &serializers[0], "alice-request-ping"));
    assert_int_equal(
        mc_security_seal_reply(node.security, &reply, &request, arena, &ours, NULL), 0);
    assert_same_shape(arena, ours, golden(arena, &serializers[0], "alice-reply-pong"));
    request.caller = mc_security_caller(carol.security);
    assert_string_equal(request.caller, "cert=carol.my.net");
    assert_int_equal(
        mc_security_seal_request(carol.security, &request, arena, &ours, NULL), 0);
    assert_same_shape(arena, ours,
                      golden(arena, &serializers[0], "carol-request-ping"));
    mc_test_security_close(&node);
    mc_test_security_close(&client);
    mc_test_security_close(&carol);
}

static void hex(struct mc_bytes bytes, char *text)
{
    for (size_t i = 0; i < bytes.len; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes.data[i]);
    }
}

/* collective.md 8.3 */
static void keys_are_derived_as_the_vector_says(void **state)
{
    unsigned char pass[32];
    unsigned char key[EVP_MAX_KEY_LENGTH];
    unsigned char iv[EVP_MAX_IV_LENGTH];
    char text[2 * EVP_MAX_KEY_LENGTH + 1];
    EVP_CIPHER *cipher = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(pass); i++) {
        pass[i] = (unsigned char)i;
    }
    assert_int_equal(mc_crypt_cipher("aes-256-cbc", &cipher, NULL), 0);
    assert_int_equal(
        mc_crypt_derive(cipher, mc_bytes_make(pass, sizeof(pass)), key, iv), 0);
    hex(mc_bytes_make(key, 32), text);
    assert_string_equal(
        text, "01a020b72b379dbcf7e0001df120c6c168ef71f57e2b854b0f2bd6fa5bcad702");
    hex(mc_bytes_make(iv, 16), text);
    assert_string_equal(text, "f7feb0707a16e5b72a9189d7bbc40e40");
    EVP_CIPHER_free(cipher);
}

/* Both directions of RSA. */
static void bytes_go_round_under_every_kind_of_key(void **state)
{
    static const char *const bad[] = {"aes-256-gcm", "aes-256-ecb", "none", "",
                                      "sha256"};
    static const char *const ciphers[] = {"aes-256-cbc", "AES-128-CBC", "aes-192-ctr",
                                          "des-ede3-cbc"};
    EVP_CIPHER *cipher = NULL;
    EVP_PKEY *private = NULL;
    EVP_PKEY *public = NULL;
    EVP_PKEY *other = NULL;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_int_equal(mc_crypt_cipher(bad[i], &cipher, NULL), -EINVAL);
    }
    assert_int_equal(mc_keys_private(KEYS_HERE "alice-private.pem", &private, NULL), 0);
    assert_int_equal(mc_keys_public(KEYS_HERE "clients/alice.pem", &public, NULL), 0);
    assert_int_equal(mc_keys_public(KEYS_HERE "others/alice.pem", &other, NULL), 0);
    for (size_t i = 0; i < MC_COUNT(ciphers); i++) {
        ARENA;
        struct mc_crypted crypted;
        struct mc_bytes plain = {0};
        assert_int_equal(mc_crypt_cipher(ciphers[i], &cipher, NULL), 0);
        assert_int_equal(mc_crypt_hide(cipher, private, MC_CRYPT_PRIVATE,
                                       MC_BYTES("foo"), arena, &crypted, NULL),
                         0);
        assert_int_equal(
            mc_crypt_find(cipher, public, MC_CRYPT_PUBLIC, &crypted, arena, &plain), 0);
        assert_true(mc_bytes_is(plain, "foo"));
        assert_int_equal(
            mc_crypt_find(cipher, other, MC_CRYPT_PUBLIC, &crypted, arena, &plain),
            MC_CRYPT_OTHER_KEY);
        assert_int_equal(mc_crypt_hide(cipher, public, MC_CRYPT_PUBLIC, MC_BYTES("x"),
                                       arena, &crypted, NULL),
                         0);
        assert_int_equal(
            mc_crypt_find(cipher, private, MC_CRYPT_PRIVATE, &crypted, arena, &plain),
            0);
        assert_true(mc_bytes_is(plain, "x"));
        EVP_CIPHER_free(cipher);
        cipher = NULL;
    }
    EVP_PKEY_free(private);
    EVP_PKEY_free(public);
    EVP_PKEY_free(other);
}

/* A request of alice's around any bytes. */
static struct mc_bytes around(struct mc_arena *arena, struct mc_bytes plain)
{
    struct mc_request request = mc_test_request(arena, "cert=alice");
    struct mc_crypted crypted;
    struct mc_bytes bytes = {0};
    EVP_CIPHER *cipher = NULL;
    EVP_PKEY *key = NULL;

    assert_int_equal(mc_crypt_cipher("aes-256-cbc", &cipher, NULL), 0);
    assert_int_equal(mc_keys_private(KEYS_HERE "alice-private.pem", &key, NULL), 0);
    assert_int_equal(
        mc_crypt_hide(cipher, key, MC_CRYPT_PRIVATE, plain, arena, &crypted, NULL), 0);
    const struct mc_envelope_proof proof = {"sslkey", crypted.key, true, {0}};
    assert_int_equal(mc_envelope_seal_request(&mc_envelope_marshal, &request,
                                              crypted.data, &proof, arena, &bytes,
                                              NULL),
                     0);
    EVP_PKEY_free(key);
    EVP_CIPHER_free(cipher);
    return bytes;
}

static void hidden_times_must_fit(void **state)
{
    ARENA;
    struct mc_bytes in = golden(arena, &serializers[0], "alice-request-ping");
    struct mc_bytes young =
        mc_test_alter(&mc_envelope_marshal, in, "msgtime",
                      mc_value_int(arena, MC_TEST_TIME_S + 3600), arena);
    struct mc_bytes plain = {0};

    (void)state;
    (void)open_request(NODE, young, arena, MC_SECURITY_FORGED, "aes_msgtime");
    assert_int_equal(open_request(NODE LAX, young, arena, 0, "")->time_s,
                     MC_TEST_TIME_S);
    (void)open_request(NODE,
                       mc_test_alter(&mc_envelope_marshal, in, "ttl",
                                     mc_value_int(arena, 9999), arena),
                       arena, MC_SECURITY_FORGED, "aes_ttl");
    /* A body that is no hash is taken only without enforcement. */
    assert_int_equal(
        mc_marshal_encode(mc_value_text(arena, "ping"), arena, &plain, NULL), 0);
    in = around(arena, plain);
    (void)open_request(NODE, in, arena, MC_SECURITY_MALFORMED, "neither");
    assert_string_equal(
        mc_value_cstr(open_request(NODE LAX, in, arena, 0, "")->payload), "ping");
}

/* Nobody can tell from the refusal what was wrong below the RSA key. */
static void refusals_of_a_body_are_all_alike(void **state)
{
    ARENA;
    const char *text = "it does not open";
    struct mc_bytes in = golden(arena, &serializers[0], "alice-request-ping");
    const struct mc_value *empty = mc_value_text(arena, "");
    const struct mc_value *dot = mc_value_text(arena, ".");
    const struct mc_value *foo = mc_value_text(arena, "Zm9v\n");

    (void)state;
    const struct
    {
        const char *key;
        const struct mc_value *value;
    } bad[] = {{"sslkey", empty}, {"sslkey", dot}, {"sslkey", foo},
               {"body", empty},   {"body", dot},   {"body", foo}};
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_bytes altered =
            mc_test_alter(&mc_envelope_marshal, in, bad[i].key, bad[i].value, arena);
        (void)open_request(NODE, altered, arena, MC_SECURITY_FORGED, text);
    }
    (void)open_request(NODE, around(arena, MC_BYTES("no marshal")), arena,
                       MC_SECURITY_FORGED, text);
    (void)open_request(NODE, around(arena, MC_BYTES("")), arena, MC_SECURITY_FORGED,
                       text);
}

static void nodes_and_clients_keep_to_their_side(void **state)
{
    ARENA;
    struct mc_test_security node = mc_test_security_open(NODE, MC_ROLE_NODE);
    struct mc_test_security client = mc_test_security_open(ALICE, MC_ROLE_CLIENT);
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

static void missing_settings_are_named(void **state)
{
    static const struct
    {
        const char *settings;
        enum mc_role role;
        const char *words;
    } rows[] = {
        {PROVIDER, MC_ROLE_NODE, "plugin.aes.server_private"},
        {PROVIDER, MC_ROLE_CLIENT, "MCOLLECTIVE_AES_PRIVATE"},
        {SERVER, MC_ROLE_NODE, "plugin.aes.client_cert_dir"},
        {NODE "plugin.aes.ca_cert = " KEYS "missing.pem\n", MC_ROLE_NODE,
         "missing.pem"},
        {NODE "plugin.aes.ca_cert = " KEYS "server-public.pem\n", MC_ROLE_NODE,
         "no certificate"},
        {NODE "ssl_cipher = rot13\n", MC_ROLE_NODE, "rot13"},
        {NODE "plugin.aes.learn_pubkeys = perhaps\n", MC_ROLE_NODE, "learn_pubkeys"},
        {CLIENT("alice", "missing"), MC_ROLE_CLIENT, "missing.pem"},
        {CLIENT("missing", "clients/alice"), MC_ROLE_CLIENT, "missing-private.pem"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_config *config = mc_test_config(rows[i].settings, rows[i].role);
        struct mc_security *security = NULL;
        struct mc_error error = {{0}};
        assert_true(mc_security_open(config, rows[i].role, &security, &error) < 0);
        assert_null(security);
        if (!strstr(error.text, rows[i].words)) {
            print_error("'%s' does not hold '%s'\n", error.text, rows[i].words);
        }
        assert_non_null(strstr(error.text, rows[i].words));
        mc_config_free(config);
    }
}

/* A certificate whose subject does not begin with the name: the file's name counts. */
static void callers_are_named_by_certificate_or_file(void **state)
{
    (void)state;
    struct mc_test_security client =
        mc_test_security_open(CLIENT("nameless", "nameless"), MC_ROLE_CLIENT);
    assert_string_equal(mc_security_caller(client.security), "cert=nameless");
    mc_test_security_close(&client);
    assert_int_equal(
        setenv("MCOLLECTIVE_AES_PRIVATE", KEYS_HERE "carol-private.pem", 1), 0);
    assert_int_equal(setenv("MCOLLECTIVE_AES_PUBLIC", KEYS_HERE "carol.pem", 1), 0);
    client = mc_test_security_open(ALICE, MC_ROLE_CLIENT);
    assert_string_equal(mc_security_caller(client.security), "cert=carol.my.net");
    mc_test_security_close(&client);
    assert_int_equal(unsetenv("MCOLLECTIVE_AES_PRIVATE"), 0);
    assert_int_equal(unsetenv("MCOLLECTIVE_AES_PUBLIC"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_ruby_open),
        cmocka_unit_test(replies_of_ruby_open),
        cmocka_unit_test(what_we_seal_has_the_shape_of_ruby),
        cmocka_unit_test(keys_are_derived_as_the_vector_says),
        cmocka_unit_test(bytes_go_round_under_every_kind_of_key),
        cmocka_unit_test(hidden_times_must_fit),
        cmocka_unit_test(refusals_of_a_body_are_all_alike),
        cmocka_unit_test(nodes_and_clients_keep_to_their_side),
        cmocka_unit_test(missing_settings_are_named),
        cmocka_unit_test(callers_are_named_by_certificate_or_file),
    };

    (void)unsetenv("MCOLLECTIVE_AES_PRIVATE");
    (void)unsetenv("MCOLLECTIVE_AES_PUBLIC");
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Corner cases 30 and 33 to 35 of the original's own tests (spec collective.md 6):
 * serializers, base64, key files, and its vectors for signatures and encryption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "security/aes_security/crypt.h"
#include "security/keys.h"
#include "security/ssl/sign.h"
#include "security/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22)
#define HERE MC_SOURCE_ROOT "/t/fixtures/"

#define SSL_NODE                                                       \
    "securityprovider = ssl\nplugin.ssl.enforce_ttl = 0\n"             \
    "plugin.ssl_server_private = %F/security-ssl/server-private.pem\n" \
    "plugin.ssl_server_public = %F/security-ssl/server-public.pem\n"   \
    "plugin.ssl_client_cert_dir = %F/security-ssl/clients\n"
#define SSL_CLIENT                                                    \
    "securityprovider = ssl\n"                                        \
    "plugin.ssl_server_public = %F/security-ssl/server-public.pem\n"  \
    "plugin.ssl_client_private = %F/security-ssl/alice-private.pem\n" \
    "plugin.ssl_client_public = %F/security-ssl/clients/alice.pem\n"
#define AES_NODE                                                       \
    "securityprovider = aes_security\nplugin.aes.enforce_ttl = 0\n"    \
    "plugin.aes.server_private = %F/security-aes/server-private.pem\n" \
    "plugin.aes.server_public = %F/security-aes/server-public.pem\n"   \
    "plugin.aes.client_cert_dir = %F/security-aes/clients\n"
#define AES_CLIENT                                                    \
    "securityprovider = aes_security\n"                               \
    "plugin.aes.client_private = %F/security-aes/alice-private.pem\n" \
    "plugin.aes.client_public = %F/security-aes/clients/alice.pem\n"

static EVP_PKEY *key_of(int (*read)(const char *, EVP_PKEY **, struct mc_error *),
                        const char *file)
{
    char path[512];
    EVP_PKEY *key = NULL;
    struct mc_error error = {{0}};

    (void)snprintf(path, sizeof(path), HERE "%s", file);
    if (read(path, &key, &error) != 0) {
        fail_msg("%s", error.text);
    }
    return key;
}

/* Prove any bytes as a body of alice's or, for a reply, of the node's. */
static struct mc_bytes prove_ssl(struct mc_arena *arena, struct mc_bytes body,
                                 bool reply, struct mc_envelope_proof *proof)
{
    EVP_PKEY *key = key_of(mc_keys_private, reply ? "security-ssl/server-private.pem"
                                                  : "security-ssl/alice-private.pem");
    struct mc_bytes signature = {0};

    proof->key = "hash";
    assert_int_equal(mc_ssl_sign(key, body, arena, &signature, NULL), 0);
    assert_int_equal(mc_base64_encode(signature, 60, arena, &proof->bytes), 0);
    EVP_PKEY_free(key);
    return body;
}

static struct mc_bytes prove_aes(struct mc_arena *arena, struct mc_bytes body,
                                 bool reply, struct mc_envelope_proof *proof)
{
    EVP_PKEY *key = reply ? key_of(mc_keys_public, "security-aes/clients/alice.pem")
                          : key_of(mc_keys_private, "security-aes/alice-private.pem");
    struct mc_crypted crypted;
    EVP_CIPHER *cipher = NULL;

    assert_int_equal(mc_crypt_cipher("aes-256-cbc", &cipher, NULL), 0);
    assert_int_equal(mc_crypt_hide(cipher, key,
                                   reply ? MC_CRYPT_PUBLIC : MC_CRYPT_PRIVATE, body,
                                   arena, &crypted, NULL),
                     0);
    *proof = (struct mc_envelope_proof){"sslkey", crypted.key, true, {0}};
    EVP_CIPHER_free(cipher);
    EVP_PKEY_free(key);
    return crypted.data;
}

static const struct provider
{
    const char *node;
    const char *client;
    const char *yaml; /* the setting */
    struct mc_bytes (*prove)(struct mc_arena *arena, struct mc_bytes body, bool reply,
                             struct mc_envelope_proof *proof);
    int refused; /* of a body that is read and not taken */
} providers[] = {
    {SSL_NODE, SSL_CLIENT, "plugin.ssl_serializer = yaml\n", prove_ssl,
     MC_SECURITY_MALFORMED},
    {AES_NODE, AES_CLIENT, "plugin.aes.serializer = yaml\n", prove_aes,
     MC_SECURITY_FORGED},
};

/* The payload that a node finds in a body, or NULL when it is refused. */
static const struct mc_value *read_request(const struct provider *by, bool yaml,
                                           struct mc_bytes body, struct mc_arena *arena)
{
    const char *text = mc_arena_printf(arena, "%s%s", by->node, yaml ? by->yaml : "");
    struct mc_test_security node = mc_test_security_open(text, MC_ROLE_NODE);
    struct mc_request request = mc_test_request(arena, "cert=alice");
    struct mc_envelope_proof proof = {0};
    struct mc_request *got = NULL;
    struct mc_bytes in = by->prove(arena, body, false, &proof);

    assert_int_equal(
        mc_envelope_seal_request(yaml ? &mc_envelope_yaml : &mc_envelope_marshal,
                                 &request, in, &proof, arena, &in, NULL),
        0);
    int r = mc_security_open_request(node.security, in, arena, &got, NULL);
    assert_int_equal(r, got ? 0 : by->refused);
    mc_test_security_close(&node);
    return got ? got->payload : NULL;
}

/* What a client finds in the body of a reply, likewise. */
static const struct mc_value *read_reply(const struct provider *by, bool yaml,
                                         struct mc_bytes body, struct mc_arena *arena)
{
    const char *text = mc_arena_printf(arena, "%s%s", by->client, yaml ? by->yaml : "");
    struct mc_test_security client = mc_test_security_open(text, MC_ROLE_CLIENT);
    struct mc_reply reply = mc_test_reply(arena);
    struct mc_envelope_proof proof = {0};
    struct mc_reply *got = NULL;
    struct mc_bytes in = by->prove(arena, body, true, &proof);

    assert_int_equal(
        mc_envelope_seal_reply(yaml ? &mc_envelope_yaml : &mc_envelope_marshal, &reply,
                               in, &proof, arena, &in, NULL),
        0);
    int r = mc_security_open_reply(client.security, in, MC_TEST_ID, arena, &got, NULL);
    assert_int_equal(r == 0, got != NULL);
    mc_test_security_close(&client);
    return got ? got->payload : NULL;
}

static bool is_symbol(const struct mc_value *value, const char *name)
{
    return mc_value_is(value, MC_SYMBOL) && mc_bytes_is(value->bytes, name);
}

/* Marshal makes an object of any class in the original. Here no class is ever looked
 * for: a node refuses such a body, a client shows that something was there. */
static void corner_case_30_serializers_make_symbols_and_no_objects(void **state)
{
    const struct mc_bytes symbol = MC_BYTES("\x04\x08:\x09ping");
    const struct mc_bytes object = MC_BYTES("\x04\x08o:\x0bObject\0");
    const struct mc_bytes yaml_symbol = MC_BYTES("--- :ping\n");
    static const char *const yaml_objects[] = {
        "--- !ruby/object:Object {}\n",
        "--- !ruby/struct:Struct::Tms {}\n",
        "---\n:a: !ruby/class String\n",
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(providers); i++) {
        const struct provider *by = &providers[i];
        ARENA;
        assert_true(is_symbol(read_request(by, false, symbol, arena), "ping"));
        assert_null(read_request(by, false, object, arena));
        assert_true(is_symbol(read_reply(by, false, symbol, arena), "ping"));
        assert_true(mc_value_is(read_reply(by, false, object, arena), MC_OBJECT));
        assert_true(is_symbol(read_request(by, true, yaml_symbol, arena), "ping"));
        assert_true(is_symbol(read_reply(by, true, yaml_symbol, arena), "ping"));
        for (size_t k = 0; k < MC_COUNT(yaml_objects); k++) {
            struct mc_bytes body = mc_bytes_text(yaml_objects[k]);
            assert_null(read_request(by, true, body, arena));
        }
    }
}

static void corner_case_33_base64_is_strict(void **state)
{
    static const char *const bad[] = {".", "Zm9v.", "Zm\x80v", "Zm9v-_", ""};
    ARENA;
    struct mc_bytes out = {0};

    (void)state;
    assert_int_equal(mc_base64_encode(MC_BYTES("foo"), 60, arena, &out), 0);
    assert_true(mc_bytes_is(out, "Zm9v\n"));
    assert_int_equal(mc_base64_decode(MC_BYTES("Zm9v"), arena, &out), 0);
    assert_true(mc_bytes_is(out, "foo"));
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_int_equal(mc_base64_decode(mc_bytes_text(bad[i]), arena, &out),
                         MC_BASE64_INVALID);
    }
}

/* Whether a request that is sealed by one cipher opens by another. */
static int by_ciphers(const char *sealing, const char *opening)
{
    ARENA;
    struct mc_test_security client = mc_test_security_open(
        mc_arena_printf(arena, "%s%s", AES_CLIENT, sealing), MC_ROLE_CLIENT);
    struct mc_test_security node = mc_test_security_open(
        mc_arena_printf(arena, "%s%s", AES_NODE, opening), MC_ROLE_NODE);
    struct mc_request request = mc_test_request(arena, "cert=alice");
    struct mc_request *got = NULL;
    struct mc_bytes in = {0};

    assert_int_equal(
        mc_security_seal_request(client.security, &request, arena, &in, NULL), 0);
    int r = mc_security_open_request(node.security, in, arena, &got, NULL);
    mc_test_security_close(&client);
    mc_test_security_close(&node);
    return r;
}

/* A cipher is chosen by the configuration alone here: there is no argument that could
 * win over it. */
static void corner_case_34_keys_and_ciphers_are_checked(void **state)
{
    static const struct
    {
        const char *file;
        int result;
    } files[] = {
        {"/nonexisting", -ENOENT},
        {HERE "security-ssl/odd/empty.pem", -EINVAL},
        {HERE "make-codec.rb", -EINVAL},
    };
    EVP_PKEY *key = NULL;
    EVP_CIPHER *cipher = NULL;

    (void)state;
    EVP_PKEY_free(key_of(mc_keys_public, "security-ssl/suite-public.pem"));
    EVP_PKEY_free(key_of(mc_keys_public, "security-aes/carol.pem"));
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        struct mc_error error = {{0}};
        assert_int_equal(mc_keys_public(files[i].file, &key, &error), files[i].result);
        assert_non_null(strstr(error.text, files[i].file));
        assert_int_equal(mc_keys_private(files[i].file, &key, &error), files[i].result);
        assert_null(key);
    }
    struct mc_error error = {{0}};
    assert_int_equal(mc_crypt_cipher("foo-foo-foo", &cipher, &error), -EINVAL);
    assert_non_null(strstr(error.text, "foo-foo-foo"));
    assert_int_equal(by_ciphers("", "ssl_cipher = aes-256-cbc\n"), 0);
    assert_int_equal(
        by_ciphers("ssl_cipher = aes-128-cbc\n", "ssl_cipher = aes-128-cbc\n"), 0);
    assert_int_equal(by_ciphers("ssl_cipher = aes-128-cbc\n", ""), MC_SECURITY_FORGED);
}

static void check_md5(struct mc_bytes bytes, const char *wanted)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len = 0;

    assert_true(EVP_Digest(bytes.data, bytes.len, digest, &len, EVP_md5(), NULL));
    for (unsigned i = 0; i < len; i++) {
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(hex, wanted);
}

static void check_crypted(EVP_PKEY *key, enum mc_crypt_by by, const char *key_text,
                          const char *data_text)
{
    ARENA;
    const struct mc_crypted crypted = {.key = mc_bytes_text(key_text),
                                       .data = mc_bytes_text(data_text)};
    struct mc_bytes plain = {0};
    EVP_CIPHER *cipher = NULL;

    assert_int_equal(mc_crypt_cipher("aes-256-cbc", &cipher, NULL), 0);
    assert_int_equal(mc_crypt_find(cipher, key, by, &crypted, arena, &plain), 0);
    assert_true(mc_bytes_is(plain, "foo"));
    EVP_CIPHER_free(cipher);
}

/* The key pair is that of the original's tests. */
static void corner_case_35_signatures_and_secrets_are_the_vectors(void **state)
{
    ARENA;
    EVP_PKEY *private = key_of(mc_keys_private, "security-ssl/suite-private.pem");
    EVP_PKEY *public = key_of(mc_keys_public, "security-ssl/suite-public.pem");
    const struct mc_bytes hello = MC_BYTES("hello world");
    struct mc_bytes signature = {0};
    struct mc_bytes text = {0};

    (void)state;
    assert_int_equal(mc_ssl_sign(private, hello, arena, &signature, NULL), 0);
    check_md5(signature, "8269b23f55945aaa82efbff857c845a6");
    assert_int_equal(mc_base64_encode(signature, 60, arena, &text), 0);
    check_md5(text, "8a4eb3c3d44d22c46dc36a7e441d8db0");
    assert_memory_equal(text.data, "hJkXhDEDXiiT17eaXGOA6jBZxGBb4nyHxyAgZIprvoRx", 44);
    assert_int_equal(mc_ssl_verify(public, hello, signature, NULL), 0);
    assert_int_equal(
        mc_ssl_verify(public, hello, MC_BYTES("evil fake signature"), NULL),
        MC_SECURITY_FORGED);
    check_crypted(public, MC_CRYPT_PUBLIC,
                  "YaRcSDdcKgnRZ4Eu2eirl/+lzDgVkPZ41kXAQQNOi+6AfjdbbOW7Zblibx9r\n"
                  "3TzZAi0ulA94gqNAXPvPC8LaO8W9TtJwlto/RHwDM7ZdfqEImSYoVACFNq28\n"
                  "+0MLr3K3hIBsB1pyxgFTQul+MrCq+3Fik7Nj7ZKkJUT2veyqbg8=",
                  "TLVw1EYeOaGDmEC/R2I/cA==");
    check_crypted(private, MC_CRYPT_PRIVATE,
                  "kO1kUgJBiEBdoajN4OHp9BOie6dCznf1YKbBnp3LOyBxcDDQtjxEBlPmjQve\n"
                  "pXrQJ5xpLX6oNBxzU18Pf2SKYUZSbzIkDUb97GQY0WoBQsdM2OwPXH+HtF2A\n"
                  "o5N8iIx9srPAEAFa6hZAdqvcmRT/SzhP1kH+Gyy8fyvW8HGBjNY=",
                  "gDTaHCmes/Yua4jtjmgukQ==");
    EVP_PKEY_free(private);
    EVP_PKEY_free(public);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_30_serializers_make_symbols_and_no_objects),
        cmocka_unit_test(corner_case_33_base64_is_strict),
        cmocka_unit_test(corner_case_34_keys_and_ciphers_are_checked),
        cmocka_unit_test(corner_case_35_signatures_and_secrets_are_the_vectors),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

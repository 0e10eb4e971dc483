/* What peers can reach of aes_security: the input as a message, as the hidden body of a
 * good request, as a public key that came along, and as a reply. */
#include "security/aes_security/crypt.h"
#include "security/envelope.h"
#include "security/keys.h"

#include <stdlib.h>

#define FILES MC_SOURCE_ROOT "/t/fixtures/security-aes/"
#define INPUT_BYTES_MAX ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A node that may learn, but only from its authority, so that no input becomes a file. */
static const char settings[] =
    "identity = fuzz\nsecurityprovider = aes_security\n"
    "plugin.aes.server_private = " FILES "server-private.pem\n"
    "plugin.aes.server_public = " FILES "server-public.pem\n"
    "plugin.aes.client_private = " FILES "alice-private.pem\n"
    "plugin.aes.client_public = " FILES "clients/alice.pem\n"
    "plugin.aes.client_cert_dir = " FILES "clients\n";
static const char learning[] = "plugin.aes.learn_pubkeys = 1\n"
                               "plugin.aes.ca_cert = " FILES "ca.pem\n";

struct mc_bench
{
    struct mc_config *config;
    struct mc_security *security;
};

static struct mc_bench open_bench(const char *more, enum mc_role role)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 16);
    struct mc_bench bench = {0};
    const char *text = mc_arena_printf(arena, "%s%s", settings, more);

    if (mc_config_parse(mc_bytes_text(text), "fuzz.cfg", role, NULL, NULL,
                        &bench.config, NULL) ||
        mc_security_open(bench.config, role, &bench.security, NULL)) {
        abort();
    }
    return bench;
}

static void close_bench(struct mc_bench *bench)
{
    mc_security_free(bench->security);
    mc_config_free(bench->config);
}

/* A request of alice, or of someone whose key would have to be learned. */
static struct mc_bytes around(struct mc_bytes plain, const char *caller,
                              struct mc_bytes sent, struct mc_arena *arena)
{
    const struct mc_request request = {
        .sender = "client", .id = "1", .agent = "rpcutil", .caller = caller};
    struct mc_crypted crypted = {{0}, {0}};
    EVP_CIPHER *cipher = NULL;
    EVP_PKEY *key = NULL;
    struct mc_bytes bytes = {0};

    if (mc_crypt_cipher("aes-256-cbc", &cipher, NULL) ||
        mc_keys_private(FILES "alice-private.pem", &key, NULL)) {
        abort();
    }
    if (mc_crypt_hide(cipher, key, MC_CRYPT_PRIVATE, plain, arena, &crypted, NULL) ==
        0) {
        const struct mc_envelope_proof proof = {"sslkey", crypted.key, true, sent};
        (void)!mc_envelope_seal_request(&mc_envelope_marshal, &request, crypted.data,
                                        &proof, arena, &bytes, NULL);
    }
    EVP_PKEY_free(key);
    EVP_CIPHER_free(cipher);
    return bytes;
}

static void open_request(struct mc_bench *node, struct mc_bytes in,
                         struct mc_arena *arena)
{
    struct mc_request *request = NULL;

    (void)!mc_security_open_request(node->security, in, arena, &request, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 23);
    struct mc_bytes in = mc_bytes_make(data, size);
    struct mc_bytes none = {0};
    struct mc_reply *reply = NULL;

    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    struct mc_bench node = open_bench("", MC_ROLE_NODE);
    struct mc_bench learner = open_bench(learning, MC_ROLE_NODE);
    struct mc_bench client = open_bench("", MC_ROLE_CLIENT);
    open_request(&node, in, arena);
    open_request(&node, around(in, "cert=alice", none, arena), arena);
    open_request(&learner, around(none, "cert=bob", in, arena), arena);
    (void)!mc_security_open_reply(client.security, in, NULL, arena, &reply, NULL);
    close_bench(&node);
    close_bench(&learner);
    close_bench(&client);
    return 0;
}

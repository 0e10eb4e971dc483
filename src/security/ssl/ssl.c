/* The ssl provider: RSA signatures with SHA-1 (spec collective.md 2.8).
 *
 * A client signs with its own key and a node looks the public half up by the callerid,
 * in a folder; nodes share one key pair, with which replies are signed. The signature
 * covers the body bytes as they came, ttl and time inside of it replace those of the
 * envelope. Filter, agent and ids are not covered, that is the format.
 *
 * The keys of our own are read when the provider is opened. The public key of a caller
 * is read for each request, so that a key can be added or taken away while a node
 * runs: a small regular file of the local disk, never more than MC_KEYS_FILE_BYTES_MAX. */
#include "base/base64.h"
#include "security/envelope.h"
#include "security/keys.h"
#include "security/ssl/sign.h"
#include "security/wrapped.h"

#include <errno.h>
#include <string.h>

#define SIGNATURE_LINE 60

extern const struct mc_security_ops mc_security_ssl;

struct ssl
{
    const struct mc_envelope_codec *codec;
    EVP_PKEY *own_private;
    EVP_PKEY *server_public; /* of all nodes; on a client */
    const char *client_dir;  /* on a node; owned by the configuration */
    bool enforce_ttl;
    char caller[MC_KEYS_CALLER_BYTES];
};

static const struct mc_wrapped_names names = {"ssl_msg", "ssl_ttl", "ssl_msgtime"};

static int init_node(struct ssl *ssl, const struct mc_config *config,
                     struct mc_error *error)
{
    const char *private = NULL;
    const char *public = NULL;
    int r = mc_keys_path(config, "MCOLLECTIVE_SSL_PRIVATE", "ssl_server_private", "ssl",
                         &private, error);

    if (r == 0) {
        r = mc_keys_path(config, NULL, "ssl_server_public", "ssl", &public, error);
    }
    if (r == 0) {
        r = mc_keys_path(config, NULL, "ssl_client_cert_dir", "ssl", &ssl->client_dir,
                         error);
    }
    if (r == 0) {
        r = mc_keys_caller(public, &ssl->caller, error);
    }
    return r ? r : mc_keys_private(private, &ssl->own_private, error);
}

static int init_client(struct ssl *ssl, const struct mc_config *config,
                       struct mc_error *error)
{
    const char *private = NULL;
    const char *public = NULL;
    const char *server = NULL;
    int r = mc_keys_path(config, "MCOLLECTIVE_SSL_PRIVATE", "ssl_client_private", "ssl",
                         &private, error);

    if (r == 0) {
        r = mc_keys_path(config, "MCOLLECTIVE_SSL_PUBLIC", "ssl_client_public", "ssl",
                         &public, error);
    }
    if (r == 0) {
        r = mc_keys_path(config, NULL, "ssl_server_public", "ssl", &server, error);
    }
    if (r == 0) {
        r = mc_keys_caller(public, &ssl->caller, error);
    }
    if (r == 0) {
        r = mc_keys_private(private, &ssl->own_private, error);
    }
    return r ? r : mc_keys_public(server, &ssl->server_public, error);
}

static int ssl_init(void *state, const struct mc_config *config, enum mc_role role,
                    struct mc_error *error)
{
    struct ssl *ssl = state;
    const char *serializer = mc_config_plugin(config, "ssl_serializer", "marshal");
    const char *enforce = mc_config_plugin(config, "ssl.enforce_ttl", "1");

    ssl->codec =
        strcmp(serializer, "yaml") == 0 ? &mc_envelope_yaml : &mc_envelope_marshal;
    ssl->enforce_ttl = strcmp(enforce, "0") != 0;
    return role == MC_ROLE_NODE ? init_node(ssl, config, error)
                                : init_client(ssl, config, error);
}

static void ssl_deinit(void *state)
{
    struct ssl *ssl = state;

    EVP_PKEY_free(ssl->own_private);
    EVP_PKEY_free(ssl->server_public);
}

static const char *ssl_caller(const void *state)
{
    const struct ssl *ssl = state;

    return ssl->caller;
}

/* The signature of an envelope over its body. */
static int check(EVP_PKEY *key, const struct mc_value *envelope, struct mc_bytes body,
                 struct mc_arena *arena, struct mc_error *error)
{
    struct mc_bytes text = {0};
    struct mc_bytes signature = {0};
    int r = mc_envelope_bytes(envelope, "hash", &text, error);

    if (r) {
        return r;
    }
    r = mc_base64_decode(text, arena, &signature);
    if (r > 0) {
        mc_error_set(error, "the signature is no base64");
        return MC_SECURITY_MALFORMED;
    }
    return r ? r : mc_ssl_verify(key, body, signature, error);
}

static int find_key(const struct ssl *ssl, const char *caller, struct mc_arena *arena,
                    EVP_PKEY **ret_key, struct mc_error *error)
{
    const char *path = NULL;
    int r = mc_keys_caller_path(ssl->client_dir, caller, arena, &path, error);

    if (r) {
        return r;
    }
    r = mc_keys_public(path, ret_key, error);
    if (r && r != -ENOMEM) {
        mc_error_prefix(error, "no public key for %s: ", caller);
        return MC_SECURITY_NO_KEY;
    }
    return r;
}

/* Signature first, body afterwards: nothing is decoded that nobody signed. */
static int open_body(struct ssl *ssl, const struct mc_value *envelope,
                     struct mc_bytes bytes, struct mc_arena *arena,
                     struct mc_request *request, struct mc_error *error)
{
    const struct mc_value *body = NULL;
    EVP_PKEY *key = NULL;
    int r = find_key(ssl, request->caller, arena, &key, error);

    if (r) {
        return r;
    }
    r = check(key, envelope, bytes, arena, error);
    EVP_PKEY_free(key);
    if (r == 0) {
        r = mc_envelope_payload(ssl->codec, bytes, 0, arena, &body, error);
    }
    return r ? r : mc_wrapped_open(&names, ssl->enforce_ttl, body, request, error);
}

static int ssl_open_request(void *state, struct mc_bytes in, struct mc_arena *arena,
                            struct mc_request **ret_request, struct mc_error *error)
{
    struct ssl *ssl = state;
    const struct mc_value *envelope = NULL;
    struct mc_request *request = NULL;
    struct mc_bytes bytes = {0};
    int r = mc_envelope_open(ssl->codec, in, arena, &envelope, &bytes, error);

    if (r == 0) {
        r = mc_envelope_to_request(envelope, arena, &request, error);
    }
    if (r == 0) {
        r = open_body(ssl, envelope, bytes, arena, request, error);
    }
    if (r == 0) {
        *ret_request = request;
    }
    return r;
}

static int ssl_open_reply(void *state, struct mc_bytes in, const char *expected_id,
                          struct mc_arena *arena, struct mc_reply **ret_reply,
                          struct mc_error *error)
{
    struct ssl *ssl = state;
    const struct mc_value *envelope = NULL;
    struct mc_reply *reply = NULL;
    struct mc_bytes bytes = {0};
    int r = mc_envelope_open(ssl->codec, in, arena, &envelope, &bytes, error);

    if (r == 0) {
        r = mc_envelope_to_reply(envelope, expected_id, arena, &reply, error);
    }
    if (r == 0 && !ssl->server_public) {
        mc_error_set(error, "nodes do not open replies");
        r = MC_SECURITY_NO_KEY;
    }
    if (r == 0) {
        r = check(ssl->server_public, envelope, bytes, arena, error);
    }
    if (r == 0) {
        r = mc_envelope_payload(ssl->codec, bytes, MC_DECODE_OPAQUE_OBJECTS, arena,
                                &reply->payload, error);
    }
    if (r == 0) {
        *ret_reply = reply;
    }
    return r;
}

/* The body of a message and its signature, in Ruby's base64. */
static int prove(const struct ssl *ssl, const struct mc_value *payload,
                 struct mc_arena *arena, struct mc_bytes *ret_body,
                 struct mc_bytes *ret_hash, struct mc_error *error)
{
    struct mc_bytes signature = {0};
    int r = mc_envelope_body(ssl->codec, payload, arena, ret_body, error);

    if (r == 0) {
        r = mc_ssl_sign(ssl->own_private, *ret_body, arena, &signature, error);
    }
    return r ? r : mc_base64_encode(signature, SIGNATURE_LINE, arena, ret_hash);
}

static int ssl_seal_request(void *state, const struct mc_request *request,
                            struct mc_arena *arena, struct mc_bytes *ret_bytes,
                            struct mc_error *error)
{
    struct ssl *ssl = state;
    const struct mc_value *wrapped = NULL;
    struct mc_bytes body = {0};
    struct mc_envelope_proof proof = {.key = "hash"};
    int r = mc_wrapped_make(&names, request, arena, &wrapped);

    if (r == 0) {
        r = prove(ssl, wrapped, arena, &body, &proof.bytes, error);
    }
    return r ? r
             : mc_envelope_seal_request(ssl->codec, request, body, &proof, arena,
                                        ret_bytes, error);
}

static int ssl_seal_reply(void *state, const struct mc_reply *reply,
                          const struct mc_request *request, struct mc_arena *arena,
                          struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct ssl *ssl = state;
    struct mc_bytes body = {0};
    struct mc_envelope_proof proof = {.key = "hash"};

    (void)request;
    int r = prove(ssl, reply->payload, arena, &body, &proof.bytes, error);
    return r ? r
             : mc_envelope_seal_reply(ssl->codec, reply, body, &proof, arena, ret_bytes,
                                      error);
}

const struct mc_security_ops mc_security_ssl = {
    .abi = MC_SECURITY_ABI,
    .name = "ssl",
    .state_size = sizeof(struct ssl),
    .init = ssl_init,
    .deinit = ssl_deinit,
    .caller = ssl_caller,
    .open_request = ssl_open_request,
    .seal_request = ssl_seal_request,
    .open_reply = ssl_open_reply,
    .seal_reply = ssl_seal_reply,
};

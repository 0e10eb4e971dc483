/* The ssl provider: RSA signatures with SHA-1 (spec collective.md 2.8).
 *
 * A client signs with its own key and a node looks the public half up by the callerid,
 * in a folder; nodes share one key pair, with which replies are signed. The signature
 * covers the body bytes as they came, ttl and time inside of it replace those of the
 * envelope. Filter, agent and ids are not covered, that is the format.
 *
 * The keys of our own are read when the provider is opened. The public key of a caller
 * is read for each request, so that a key can be added or taken away while a node
 * runs: a small regular file of the local disk, never more than MC_SSL_KEY_BYTES_MAX. */
#include "base/base64.h"
#include "security/envelope.h"
#include "security/ssl/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CALLER_BYTES 256
#define SIGNATURE_LINE 60

extern const struct mc_security_ops mc_security_ssl;

struct ssl
{
    const struct mc_envelope_codec *codec;
    EVP_PKEY *own_private;
    EVP_PKEY *server_public; /* of all nodes; on a client */
    const char *client_dir;  /* on a node; owned by the configuration */
    bool enforce_ttl;
    char caller[CALLER_BYTES];
};

static const struct mc_envelope_codec yaml_codec = {
    .decode = mc_yaml_decode,
    .encode = mc_yaml_encode,
    .binary = false,
};

/* A file name from the environment, when the variable is named and set, else from the
 * configuration, where it must be. */
static int get_path(const struct mc_config *config, const char *variable,
                    const char *key, const char **ret_path, struct mc_error *error)
{
    const char *path = variable ? getenv(variable) : NULL;

    if (!path) {
        path = mc_config_plugin(config, key, NULL);
    }
    if (!path || !*path) {
        mc_error_set(error, "%s: no plugin.%s: securityprovider = ssl needs it%s%s",
                     mc_config_path(config), key,
                     variable ? ", or the environment variable " : "",
                     variable ? variable : "");
        return -EINVAL;
    }
    *ret_path = path;
    return 0;
}

/* cert=NAME, where NAME.pem is the file of our public key. */
static int make_caller(struct ssl *ssl, const char *path, struct mc_error *error)
{
    const char *slash = strrchr(path, '/');
    struct mc_bytes name = mc_bytes_text(slash ? slash + 1 : path);

    if (name.len >= 4 && mc_bytes_is(mc_bytes_slice(name, name.len - 4, 4), ".pem")) {
        name.len -= 4;
    }
    const char prefix[] = "cert=";
    if (name.len + sizeof(prefix) > sizeof(ssl->caller)) {
        mc_error_set(error, "%s: the file name is too long for a callerid", path);
        return -EINVAL;
    }
    memcpy(ssl->caller, prefix, sizeof(prefix));
    if (name.len) {
        memcpy(ssl->caller + sizeof(prefix) - 1, name.data, name.len);
    }
    ssl->caller[sizeof(prefix) - 1 + name.len] = '\0';
    if (!mc_caller_valid(ssl->caller)) {
        mc_error_set(error,
                     "%s: '%s' is no well-formed callerid: use letters, digits, '_', "
                     "'.' and '-' in the file name of a public key",
                     path, ssl->caller);
        return -EINVAL;
    }
    return 0;
}

static int init_node(struct ssl *ssl, const struct mc_config *config,
                     struct mc_error *error)
{
    const char *private = NULL;
    const char *public = NULL;
    int r = get_path(config, "MCOLLECTIVE_SSL_PRIVATE", "ssl_server_private", &private,
                     error);

    if (r == 0) {
        r = get_path(config, NULL, "ssl_server_public", &public, error);
    }
    if (r == 0) {
        r = get_path(config, NULL, "ssl_client_cert_dir", &ssl->client_dir, error);
    }
    if (r == 0) {
        r = make_caller(ssl, public, error);
    }
    return r ? r : mc_ssl_private_key(private, &ssl->own_private, error);
}

static int init_client(struct ssl *ssl, const struct mc_config *config,
                       struct mc_error *error)
{
    const char *private = NULL;
    const char *public = NULL;
    const char *server = NULL;
    int r = get_path(config, "MCOLLECTIVE_SSL_PRIVATE", "ssl_client_private", &private,
                     error);

    if (r == 0) {
        r = get_path(config, "MCOLLECTIVE_SSL_PUBLIC", "ssl_client_public", &public,
                     error);
    }
    if (r == 0) {
        r = get_path(config, NULL, "ssl_server_public", &server, error);
    }
    if (r == 0) {
        r = make_caller(ssl, public, error);
    }
    if (r == 0) {
        r = mc_ssl_private_key(private, &ssl->own_private, error);
    }
    return r ? r : mc_ssl_public_key(server, &ssl->server_public, error);
}

static int ssl_init(void *state, const struct mc_config *config, enum mc_role role,
                    struct mc_error *error)
{
    struct ssl *ssl = state;
    const char *serializer = mc_config_plugin(config, "ssl_serializer", "marshal");
    const char *enforce = mc_config_plugin(config, "ssl.enforce_ttl", "1");

    ssl->codec = strcmp(serializer, "yaml") == 0 ? &yaml_codec : &mc_envelope_marshal;
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

/* The public key of a caller: <folder>/<name>.pem for cert=<name>. A well-formed
 * callerid holds no slash; the two names that are folders are refused. */
static int find_key(const struct ssl *ssl, const char *caller, struct mc_arena *arena,
                    EVP_PKEY **ret_key, struct mc_error *error)
{
    const char prefix[] = "cert=";
    const char *name = caller + sizeof(prefix) - 1;

    if (!ssl->client_dir) {
        mc_error_set(error, "clients do not open requests");
        return MC_SECURITY_NO_KEY;
    }
    if (!mc_bytes_starts(mc_bytes_text(caller), prefix) || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        mc_error_set(error, "the callerid '%s' names no certificate", caller);
        return MC_SECURITY_MALFORMED;
    }
    const char *path = mc_arena_printf(arena, "%s/%s.pem", ssl->client_dir, name);
    if (!path) {
        return -ENOMEM;
    }
    int r = mc_ssl_public_key(path, ret_key, error);
    if (r && r != -ENOMEM) {
        mc_error_prefix(error, "no public key for %s: ", caller);
        return MC_SECURITY_NO_KEY;
    }
    return r;
}

/* One of the secure copies inside the body (2.8). Without enforcement a missing copy
 * is fine and one that differs still wins: it is the one that was signed. */
static int secure_copy(const struct ssl *ssl, const struct mc_value *body,
                       const char *name, int64_t *seconds, struct mc_error *error)
{
    const struct mc_value *copy = mc_value_get_symbol(body, name);

    if (!copy && !ssl->enforce_ttl) {
        return 0;
    }
    if (!copy || copy->type != MC_INT || copy->integer < 0 ||
        copy->integer > MC_ENVELOPE_SECONDS_MAX) {
        mc_error_set(error, "the signed body holds no well-formed :%s", name);
        return MC_SECURITY_MALFORMED;
    }
    if (ssl->enforce_ttl && copy->integer != *seconds) {
        mc_error_set(error, "the envelope differs from the signed :%s", name);
        return MC_SECURITY_FORGED;
    }
    *seconds = copy->integer;
    return 0;
}

/* What is inside the signed body, and the times of it. */
static int unwrap(const struct ssl *ssl, const struct mc_value *body,
                  struct mc_request *request, struct mc_error *error)
{
    if (!mc_value_is(body, MC_HASH)) {
        if (ssl->enforce_ttl) {
            mc_error_set(error, "the signed body holds neither ttl nor time");
            return MC_SECURITY_MALFORMED;
        }
        request->payload = body;
        return 0;
    }
    int r = secure_copy(ssl, body, "ssl_ttl", &request->ttl_s, error);
    if (r == 0) {
        r = secure_copy(ssl, body, "ssl_msgtime", &request->time_s, error);
    }
    if (r == 0) {
        const struct mc_value *inside = mc_value_get_symbol(body, "ssl_msg");
        request->payload = inside ? inside : body;
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
    return r ? r : unwrap(ssl, body, request, error);
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

static int wrap(const struct mc_request *request, struct mc_arena *arena,
                const struct mc_value **ret_body)
{
    struct mc_value *body = mc_value_hash(arena);
    const struct mc_value *payload =
        request->payload ? request->payload : mc_value_nil(arena);
    int r = mc_value_set_symbol(arena, body, "ssl_msg", payload);

    if (r == 0 && request->ttl_s >= 0) {
        r = mc_value_set_symbol(arena, body, "ssl_ttl",
                                mc_value_int(arena, request->ttl_s));
    }
    if (r == 0) {
        r = mc_value_set_symbol(arena, body, "ssl_msgtime",
                                mc_value_int(arena, request->time_s));
    }
    if (r == 0) {
        *ret_body = body;
    }
    return r;
}

static int ssl_seal_request(void *state, const struct mc_request *request,
                            struct mc_arena *arena, struct mc_bytes *ret_bytes,
                            struct mc_error *error)
{
    struct ssl *ssl = state;
    const struct mc_value *wrapped = NULL;
    struct mc_bytes body = {0};
    struct mc_bytes hash = {0};
    int r = wrap(request, arena, &wrapped);

    if (r == 0) {
        r = prove(ssl, wrapped, arena, &body, &hash, error);
    }
    return r ? r
             : mc_envelope_seal_request(ssl->codec, request, body, hash, arena,
                                        ret_bytes, error);
}

static int ssl_seal_reply(void *state, const struct mc_reply *reply,
                          const struct mc_request *request, struct mc_arena *arena,
                          struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct ssl *ssl = state;
    struct mc_bytes body = {0};
    struct mc_bytes hash = {0};

    (void)request;
    int r = prove(ssl, reply->payload, arena, &body, &hash, error);
    return r ? r
             : mc_envelope_seal_reply(ssl->codec, reply, body, hash, arena, ret_bytes,
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

/* The aes_security provider: bodies hidden under AES, its key under RSA (spec
 * collective.md 2.9).
 *
 * A client hides requests with its own private key, so that whoever has the public half
 * can read them and knows whose they are; a node looks that half up by the callerid. A
 * reply is hidden with the caller's public key: only the caller can read it, and nothing
 * proves who wrote it. Times inside of the body replace those of the envelope. A cipher
 * without a digest does not show every alteration; that is the format.
 *
 * All that is wrong with a hidden body gives one outcome with one text, so that nobody
 * can ask the padding anything. A client whose key does not open a reply says that it is
 * not ours. */
#include "base/file.h"
#include "security/aes_security/crypt.h"
#include "security/aes_security/people.h"
#include "security/envelope.h"
#include "security/wrapped.h"

#include <errno.h>
#include <string.h>

extern const struct mc_security_ops mc_security_aes_security;

struct aes
{
    const struct mc_envelope_codec *codec;
    EVP_CIPHER *cipher;
    EVP_PKEY *own_private;
    struct mc_people people;
    struct mc_arena *arena;
    struct mc_bytes own_public; /* its text, sent along; NULL when it is not */
    bool enforce_ttl;
    bool node;
    char caller[MC_KEYS_CALLER_BYTES];
};

static const struct mc_wrapped_names names = {"aes_msg", "aes_ttl", "aes_msgtime"};

/* Key files by role: setting, and variable of the environment that wins. */
static const struct files
{
    const char *private;
    const char *private_variable;
    const char *public;
    const char *public_variable;
} files[] = {
    [MC_ROLE_NODE] = {"aes.server_private", NULL, "aes.server_public", NULL},
    [MC_ROLE_CLIENT] = {"aes.client_private", "MCOLLECTIVE_AES_PRIVATE",
                        "aes.client_public", "MCOLLECTIVE_AES_PUBLIC"},
};

/* Our callerid: the name in the certificate, else that of the file. */
static int read_public(struct aes *aes, const struct mc_config *config,
                       const char *path, struct mc_error *error)
{
    struct mc_bytes pem = {0};
    EVP_PKEY *key = NULL;
    int r = mc_file_read(path, MC_KEYS_FILE_BYTES_MAX, aes->arena, &pem, error);

    if (r == 0) {
        r = mc_keys_public_text(pem, path, &key, error);
        EVP_PKEY_free(key);
    }
    if (r == 0 && mc_people_name(pem, &aes->caller) != 0) {
        r = mc_keys_caller(path, &aes->caller, error);
    }
    if (r == 0 && strcmp(mc_config_plugin(config, "aes.send_pubkey", ""), "1") == 0) {
        aes->own_public = pem;
    }
    return r;
}

static int read_keys(struct aes *aes, const struct mc_config *config,
                     const struct files *own, struct mc_error *error)
{
    const char *private = NULL;
    const char *public = NULL;
    int r = mc_keys_path(config, own->private_variable, own->private, "aes_security",
                         &private, error);

    if (r == 0) {
        r = mc_keys_path(config, own->public_variable, own->public, "aes_security",
                         &public, error);
    }
    if (r == 0) {
        r = read_public(aes, config, public, error);
    }
    return r ? r : mc_keys_private(private, &aes->own_private, error);
}

static int aes_init(void *state, const struct mc_config *config, enum mc_role role,
                    struct mc_error *error)
{
    struct aes *aes = state;
    const char *serializer = mc_config_plugin(config, "aes.serializer", "marshal");
    const char *enforce = mc_config_plugin(config, "aes.enforce_ttl", "1");

    aes->codec =
        strcmp(serializer, "yaml") == 0 ? &mc_envelope_yaml : &mc_envelope_marshal;
    aes->enforce_ttl = strcmp(enforce, "0") != 0;
    aes->node = role == MC_ROLE_NODE;
    aes->arena = mc_arena_new(MC_KEYS_FILE_BYTES_MAX + 4096);
    int r = aes->arena ? mc_crypt_cipher(mc_config_text(config, "ssl_cipher"),
                                         &aes->cipher, error)
                       : -ENOMEM;
    if (r == 0) {
        r = read_keys(aes, config, &files[role], error);
    }
    return r || !aes->node ? r : mc_people_init(&aes->people, config, error);
}

static void aes_deinit(void *state)
{
    struct aes *aes = state;

    mc_people_deinit(&aes->people);
    EVP_PKEY_free(aes->own_private);
    EVP_CIPHER_free(aes->cipher);
    aes->arena = mc_arena_free(aes->arena);
}

static const char *aes_caller(const void *state)
{
    const struct aes *aes = state;

    return aes->caller;
}

static int forged(struct mc_error *error)
{
    mc_error_set(error, "it does not open: the sender has another key, or the message "
                        "was altered");
    return MC_SECURITY_FORGED;
}

/* What is hidden in an envelope, decoded.
 * Returns 0; MC_SECURITY_FORGED; MC_SECURITY_NOT_OURS (the key is another one);
 * MC_SECURITY_MALFORMED (no :sslkey); -ENOMEM. */
static int find_body(const struct aes *aes, EVP_PKEY *key, enum mc_crypt_by by,
                     const struct mc_value *envelope, struct mc_bytes data,
                     struct mc_arena *arena, const struct mc_value **ret_body,
                     struct mc_error *error)
{
    struct mc_crypted crypted = {.data = data};
    struct mc_bytes plain = {0};
    /* Agents answer with anything, a Time for example; it is shown by its name. */
    unsigned options = by == MC_CRYPT_PRIVATE ? MC_DECODE_OPAQUE_OBJECTS : 0;
    int r = mc_envelope_bytes(envelope, "sslkey", &crypted.key, error);

    if (r) {
        return r;
    }
    r = mc_crypt_find(aes->cipher, key, by, &crypted, arena, &plain);
    if (r == MC_CRYPT_OTHER_KEY) {
        (void)forged(error);
        return MC_SECURITY_NOT_OURS;
    }
    if (r == 0) {
        r = mc_envelope_payload(aes->codec, plain, options, arena, ret_body, NULL);
    }
    return r > 0 ? forged(error) : r;
}

/* The public key that came along, if any. */
static struct mc_bytes sent_key(const struct mc_value *envelope)
{
    const struct mc_value *value = mc_value_get_symbol(envelope, "sslpubkey");
    struct mc_bytes none = {0};

    return mc_value_is(value, MC_STRING) ? value->bytes : none;
}

/* A new file, which others see whole or not at all; one that is there stays. */
static void learn(const char *path, struct mc_bytes pem)
{
    if (path) {
        (void)!mc_file_create(path, pem, NULL);
    }
}

static int open_body(const struct aes *aes, const struct mc_value *envelope,
                     struct mc_bytes data, struct mc_arena *arena,
                     struct mc_request *request, struct mc_error *error)
{
    struct mc_bytes sent = sent_key(envelope);
    const struct mc_value *body = NULL;
    const char *path = NULL;
    EVP_PKEY *key = NULL;
    int r =
        mc_people_key(&aes->people, request->caller, sent, arena, &key, &path, error);

    if (r) {
        return r;
    }
    r = find_body(aes, key, MC_CRYPT_PUBLIC, envelope, data, arena, &body, error);
    EVP_PKEY_free(key);
    if (r) {
        return r == MC_SECURITY_NOT_OURS ? MC_SECURITY_FORGED : r;
    }
    r = mc_wrapped_open(&names, aes->enforce_ttl, body, request, error);
    if (r == 0) {
        learn(path, sent);
    }
    return r;
}

static int aes_open_request(void *state, struct mc_bytes in, struct mc_arena *arena,
                            struct mc_request **ret_request, struct mc_error *error)
{
    const struct aes *aes = state;
    const struct mc_value *envelope = NULL;
    struct mc_request *request = NULL;
    struct mc_bytes data = {0};
    int r = mc_envelope_open(aes->codec, in, arena, &envelope, &data, error);

    if (r == 0) {
        r = mc_envelope_to_request(envelope, arena, &request, error);
    }
    if (r == 0) {
        r = open_body(aes, envelope, data, arena, request, error);
    }
    if (r == 0) {
        *ret_request = request;
    }
    return r;
}

static int aes_open_reply(void *state, struct mc_bytes in, const char *expected_id,
                          struct mc_arena *arena, struct mc_reply **ret_reply,
                          struct mc_error *error)
{
    const struct aes *aes = state;
    const struct mc_value *envelope = NULL;
    struct mc_reply *reply = NULL;
    struct mc_bytes data = {0};
    int r = mc_envelope_open(aes->codec, in, arena, &envelope, &data, error);

    if (r == 0) {
        r = mc_envelope_to_reply(envelope, expected_id, arena, &reply, error);
    }
    if (r == 0 && aes->node) {
        mc_error_set(error, "nodes do not open replies");
        r = MC_SECURITY_NO_KEY;
    }
    if (r == 0) {
        r = find_body(aes, aes->own_private, MC_CRYPT_PRIVATE, envelope, data, arena,
                      &reply->payload, error);
    }
    if (r == 0) {
        *ret_reply = reply;
    }
    return r;
}

/* A payload, hidden. */
static int hide(const struct aes *aes, EVP_PKEY *key, enum mc_crypt_by by,
                const struct mc_value *payload, struct mc_arena *arena,
                struct mc_bytes *ret_body, struct mc_envelope_proof *ret_proof,
                struct mc_error *error)
{
    struct mc_crypted crypted = {{0}, {0}};
    struct mc_bytes plain = {0};
    int r = mc_envelope_body(aes->codec, payload, arena, &plain, error);

    if (r == 0) {
        r = mc_crypt_hide(aes->cipher, key, by, plain, arena, &crypted, error);
    }
    if (r == 0) {
        *ret_body = crypted.data;
        *ret_proof = (struct mc_envelope_proof){
            .key = "sslkey", .bytes = crypted.key, .ascii_body = true};
    }
    return r;
}

static int aes_seal_request(void *state, const struct mc_request *request,
                            struct mc_arena *arena, struct mc_bytes *ret_bytes,
                            struct mc_error *error)
{
    const struct aes *aes = state;
    const struct mc_value *wrapped = NULL;
    struct mc_envelope_proof proof = {0};
    struct mc_bytes body = {0};
    int r = mc_wrapped_make(&names, request, arena, &wrapped);

    if (r == 0) {
        r = hide(aes, aes->own_private, MC_CRYPT_PRIVATE, wrapped, arena, &body, &proof,
                 error);
    }
    proof.sslpubkey = aes->own_public;
    return r ? r
             : mc_envelope_seal_request(aes->codec, request, body, &proof, arena,
                                        ret_bytes, error);
}

static int aes_seal_reply(void *state, const struct mc_reply *reply,
                          const struct mc_request *request, struct mc_arena *arena,
                          struct mc_bytes *ret_bytes, struct mc_error *error)
{
    const struct aes *aes = state;
    struct mc_bytes none = {0};
    struct mc_envelope_proof proof = {0};
    struct mc_bytes body = {0};
    const char *path = NULL;
    EVP_PKEY *key = NULL;
    int r =
        mc_people_key(&aes->people, request->caller, none, arena, &key, &path, error);

    if (r) {
        return r < 0 ? r : -EINVAL;
    }
    r = hide(aes, key, MC_CRYPT_PUBLIC, reply->payload, arena, &body, &proof, error);
    EVP_PKEY_free(key);
    return r ? r
             : mc_envelope_seal_reply(aes->codec, reply, body, &proof, arena, ret_bytes,
                                      error);
}

const struct mc_security_ops mc_security_aes_security = {
    .abi = MC_SECURITY_ABI,
    .name = "aes_security",
    .state_size = sizeof(struct aes),
    .init = aes_init,
    .deinit = aes_deinit,
    .caller = aes_caller,
    .open_request = aes_open_request,
    .seal_request = aes_seal_request,
    .open_reply = aes_open_reply,
    .seal_reply = aes_seal_reply,
};

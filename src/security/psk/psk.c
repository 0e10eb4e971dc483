/* The psk provider: MD5 over body and shared secret (spec collective.md 2.7).
 *
 * Only the body is proved; filter, caller and times can be altered by whoever can
 * publish, that is the format. The secret is read once, when the provider is opened,
 * and digests are compared in constant time. */
#include "base/memory.h"
#include "security/envelope.h"

#include <errno.h>
#include <grp.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MD5_BYTES 16
#define HEX_BYTES ((size_t)2 * MD5_BYTES)
#define CALLER_BYTES 256

extern const struct mc_security_ops mc_security_psk;

struct psk
{
    char *secret;
    size_t secret_len;
    EVP_MD *md5;
    EVP_MD_CTX *context;
    char caller[CALLER_BYTES];
};

static int read_secret(struct psk *psk, const struct mc_config *config,
                       struct mc_error *error)
{
    const char *secret = getenv("MCOLLECTIVE_PSK");
    const char *where = "the environment variable MCOLLECTIVE_PSK";

    if (!secret) {
        secret = mc_config_plugin(config, "psk", NULL);
        where = "plugin.psk";
    }
    if (!secret) {
        mc_error_set(error,
                     "%s: no plugin.psk: set it to the secret that all machines of the "
                     "collective share, or set the environment variable "
                     "MCOLLECTIVE_PSK",
                     mc_config_path(config));
        return -EINVAL;
    }
    if (!*secret) {
        mc_error_set(error, "%s is empty: it must hold the shared secret", where);
        return -EINVAL;
    }
    psk->secret = mc_memory_strdup(secret);
    psk->secret_len = strlen(secret);
    return psk->secret ? 0 : -ENOMEM;
}

/* The name of the primary group; its number when it has none. */
static int group_caller(char *text, size_t size)
{
    const struct group *group = getgrgid(getgid());

    return group ? snprintf(text, size, "group=%s", group->gr_name)
                 : snprintf(text, size, "group=%u", (unsigned)getgid());
}

/* The login name; without a terminal the name of the user we run as. */
static int user_caller(char *text, size_t size)
{
    char login[CALLER_BYTES];

    if (getlogin_r(login, sizeof(login)) == 0) {
        return snprintf(text, size, "user=%s", login);
    }
    const struct passwd *user = getpwuid(getuid());
    return user ? snprintf(text, size, "user=%s", user->pw_name)
                : snprintf(text, size, "user=%u", (unsigned)getuid());
}

static int make_caller(struct psk *psk, const struct mc_config *config,
                       struct mc_error *error)
{
    const char *type = mc_config_plugin(config, "psk.callertype", "uid");
    char *text = psk->caller;
    size_t size = sizeof(psk->caller);
    int len = 0;

    if (strcmp(type, "gid") == 0) {
        len = snprintf(text, size, "gid=%u", (unsigned)getgid());
    } else if (strcmp(type, "group") == 0) {
        len = group_caller(text, size);
    } else if (strcmp(type, "user") == 0) {
        len = user_caller(text, size);
    } else if (strcmp(type, "identity") == 0) {
        len = snprintf(text, size, "identity=%s", mc_config_identity(config));
    } else {
        len = snprintf(text, size, "uid=%u", (unsigned)getuid());
    }
    if (len < 0 || (size_t)len >= size || !mc_caller_valid(text)) {
        mc_error_set(error,
                     "plugin.psk.callertype = %s: '%s' is no well-formed callerid, "
                     "choose another one of uid, gid, group, user, identity",
                     type, text);
        return -EINVAL;
    }
    return 0;
}

static int psk_init(void *state, const struct mc_config *config, enum mc_role role,
                    struct mc_error *error)
{
    struct psk *psk = state;

    (void)role;
    psk->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    psk->context = EVP_MD_CTX_new();
    if (!psk->md5 || !psk->context) {
        mc_error_set(error, "psk: OpenSSL on this machine offers no MD5");
        return -EINVAL;
    }
    int r = read_secret(psk, config, error);
    return r ? r : make_caller(psk, config, error);
}

static void psk_deinit(void *state)
{
    struct psk *psk = state;

    EVP_MD_CTX_free(psk->context);
    EVP_MD_free(psk->md5);
    mc_memory_wipe(psk->secret, psk->secret_len);
    psk->secret = mc_memory_free(psk->secret);
}

static const char *psk_caller(const void *state)
{
    const struct psk *psk = state;

    return psk->caller;
}

/* Lower-case hex of MD5(body, secret). */
static int digest(struct psk *psk, struct mc_bytes body, char hex[HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char md5[EVP_MAX_MD_SIZE];

    if (EVP_DigestInit_ex(psk->context, psk->md5, NULL) != 1 ||
        EVP_DigestUpdate(psk->context, body.data, body.len) != 1 ||
        EVP_DigestUpdate(psk->context, psk->secret, psk->secret_len) != 1 ||
        EVP_DigestFinal_ex(psk->context, md5, NULL) != 1) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < MD5_BYTES; i++) {
        hex[2 * i] = digits[md5[i] >> 4];
        hex[2 * i + 1] = digits[md5[i] & 15];
    }
    return 0;
}

static int check(struct psk *psk, const struct mc_value *envelope, struct mc_bytes body,
                 struct mc_error *error)
{
    struct mc_bytes theirs = {0};
    char ours[HEX_BYTES];
    int r = mc_envelope_bytes(envelope, "hash", &theirs, error);

    if (r == 0) {
        r = digest(psk, body, ours);
    }
    if (r) {
        return r;
    }
    if (!mc_bytes_equal_secret(theirs, mc_bytes_make(ours, sizeof(ours)))) {
        mc_error_set(error, "the digest does not fit: the sender has another psk, or "
                            "the message was altered");
        return MC_SECURITY_FORGED;
    }
    return 0;
}

static int psk_open_request(void *state, struct mc_bytes in, struct mc_arena *arena,
                            struct mc_request **ret_request, struct mc_error *error)
{
    const struct mc_value *envelope = NULL;
    struct mc_request *request = NULL;
    struct mc_bytes body = {0};
    int r = mc_envelope_open(&mc_envelope_marshal, in, arena, &envelope, &body, error);

    if (r == 0) {
        r = check(state, envelope, body, error);
    }
    if (r == 0) {
        r = mc_envelope_to_request(envelope, arena, &request, error);
    }
    if (r == 0) {
        r = mc_envelope_payload(&mc_envelope_marshal, body, 0, arena, &request->payload,
                                error);
    }
    if (r == 0) {
        *ret_request = request;
    }
    return r;
}

static int psk_open_reply(void *state, struct mc_bytes in, const char *expected_id,
                          struct mc_arena *arena, struct mc_reply **ret_reply,
                          struct mc_error *error)
{
    const struct mc_value *envelope = NULL;
    struct mc_reply *reply = NULL;
    struct mc_bytes body = {0};
    int r = mc_envelope_open(&mc_envelope_marshal, in, arena, &envelope, &body, error);

    if (r == 0) {
        r = mc_envelope_to_reply(envelope, expected_id, arena, &reply, error);
    }
    if (r == 0) {
        r = check(state, envelope, body, error);
    }
    if (r == 0) {
        /* Agents answer with anything, a Time for example; it is shown by its name. */
        r = mc_envelope_payload(&mc_envelope_marshal, body, MC_DECODE_OPAQUE_OBJECTS,
                                arena, &reply->payload, error);
    }
    if (r == 0) {
        *ret_reply = reply;
    }
    return r;
}

/* The body of a message and its digest. */
static int prove(struct psk *psk, const struct mc_value *payload,
                 struct mc_arena *arena, struct mc_bytes *ret_body, char hex[HEX_BYTES],
                 struct mc_error *error)
{
    int r = mc_envelope_body(&mc_envelope_marshal, payload, arena, ret_body, error);

    return r ? r : digest(psk, *ret_body, hex);
}

static int psk_seal_request(void *state, const struct mc_request *request,
                            struct mc_arena *arena, struct mc_bytes *ret_bytes,
                            struct mc_error *error)
{
    struct mc_bytes body = {0};
    char hex[HEX_BYTES] = {0};
    const struct mc_envelope_proof proof = {
        "hash", mc_bytes_make(hex, sizeof(hex)), false, {0}};
    int r = prove(state, request->payload, arena, &body, hex, error);

    return r ? r
             : mc_envelope_seal_request(&mc_envelope_marshal, request, body, &proof,
                                        arena, ret_bytes, error);
}

static int psk_seal_reply(void *state, const struct mc_reply *reply,
                          const struct mc_request *request, struct mc_arena *arena,
                          struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct mc_bytes body = {0};
    char hex[HEX_BYTES] = {0};

    const struct mc_envelope_proof proof = {
        "hash", mc_bytes_make(hex, sizeof(hex)), false, {0}};

    (void)request;
    int r = prove(state, reply->payload, arena, &body, hex, error);
    return r ? r
             : mc_envelope_seal_reply(&mc_envelope_marshal, reply, body, &proof, arena,
                                      ret_bytes, error);
}

const struct mc_security_ops mc_security_psk = {
    .abi = MC_SECURITY_ABI,
    .name = "psk",
    .state_size = sizeof(struct psk),
    .init = psk_init,
    .deinit = psk_deinit,
    .caller = psk_caller,
    .open_request = psk_open_request,
    .seal_request = psk_seal_request,
    .open_reply = psk_open_reply,
    .seal_reply = psk_seal_reply,
};

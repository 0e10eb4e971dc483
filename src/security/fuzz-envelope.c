/* Envelopes and bodies through the psk provider.
 *
 * The input is opened as it is, and once more with the digest made right, so that the
 * fuzzer reaches what lies behind the check without finding MD5 sums. */
#include "security/envelope.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define SECRET "unset"
#define INPUT_BYTES_MAX ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_both(struct mc_security *security, struct mc_bytes in)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new((size_t)8 * 1024 * 1024);
    struct mc_request *request = NULL;
    struct mc_reply *reply = NULL;
    struct mc_bytes bytes = {0};

    if (mc_security_open_request(security, in, arena, &request, NULL) == 0 &&
        mc_security_seal_request(security, request, arena, &bytes, NULL) == 0 &&
        mc_security_open_request(security, bytes, arena, &request, NULL) > 0 &&
        mc_arena_used(arena) < (size_t)4 * 1024 * 1024) {
        abort(); /* what we seal we open, as long as there is room */
    }
    (void)!mc_security_open_reply(security, in, NULL, arena, &reply, NULL);
}

/* The hash of psk over a body, as a String. */
static struct mc_value *make_hash(struct mc_arena *arena, struct mc_bytes body)
{
    unsigned char md5[EVP_MAX_MD_SIZE] = {0};
    char hex[33] = "";
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (!context || !EVP_DigestInit_ex(context, EVP_md5(), NULL) ||
        !EVP_DigestUpdate(context, body.data, body.len) ||
        !EVP_DigestUpdate(context, SECRET, sizeof(SECRET) - 1) ||
        !EVP_DigestFinal_ex(context, md5, NULL)) {
        abort();
    }
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < 16; i++) {
        hex[2 * i] = "0123456789abcdef"[md5[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
    }
    return mc_value_text(arena, hex);
}

/* The same envelope with the right :hash; nothing when it is none. */
static struct mc_bytes prove(struct mc_bytes in, struct mc_arena *arena)
{
    const struct mc_value *envelope = NULL;
    struct mc_value *proved = mc_value_hash(arena);
    struct mc_bytes body = {0};
    struct mc_bytes bytes = {0};

    if (mc_envelope_open(&mc_envelope_marshal, in, arena, &envelope, &body, NULL)) {
        return bytes;
    }
    for (size_t i = 0; i < envelope->hash.count; i++) {
        const struct mc_pair *pair = &envelope->hash.pairs[i];
        if (mc_value_add(arena, proved, pair->key, pair->value)) {
            return bytes;
        }
    }
    if (mc_value_set_symbol(arena, proved, "hash", make_hash(arena, body))) {
        return bytes;
    }
    (void)!mc_marshal_encode(proved, arena, &bytes, NULL);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new((size_t)8 * 1024 * 1024);
    struct mc_bytes in = mc_bytes_make(data, size);
    struct mc_config *config = NULL;
    struct mc_security *security = NULL;

    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    if (mc_config_parse(
            MC_BYTES("identity = fuzz\nsecurityprovider = psk\nplugin.psk = " SECRET
                     "\n"),
            "fuzz.cfg", MC_ROLE_NODE, NULL, NULL, &config, NULL) ||
        mc_security_open(config, MC_ROLE_NODE, &security, NULL)) {
        abort();
    }
    open_both(security, in);
    struct mc_bytes proved = prove(in, arena);
    if (proved.data) {
        open_both(security, proved);
    }
    mc_security_free(security);
    mc_config_free(config);
    return 0;
}

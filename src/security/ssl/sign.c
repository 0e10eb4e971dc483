/* Signatures through OpenSSL. The errors that it piles up are thrown away each time, so
 * that they do not grow with what peers send. */
#include "security/ssl/sign.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define SHA1_BYTES 20

/* A context for PKCS #1 v1.5 over a SHA-1 digest. begin is EVP_PKEY_sign_init or
 * EVP_PKEY_verify_init. */
static EVP_PKEY_CTX *new_context(EVP_PKEY *key, int (*begin)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

    if (context && (begin(context) <= 0 ||
                    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0 ||
                    EVP_PKEY_CTX_set_signature_md(context, EVP_sha1()) <= 0)) {
        EVP_PKEY_CTX_free(context);
        context = NULL;
    }
    return context;
}

static bool digest(struct mc_bytes bytes, unsigned char sha1[EVP_MAX_MD_SIZE])
{
    return EVP_Digest(bytes.data, bytes.len, sha1, NULL, EVP_sha1(), NULL) == 1;
}

int mc_ssl_sign(EVP_PKEY *key, struct mc_bytes bytes, struct mc_arena *arena,
                struct mc_bytes *ret_signature, struct mc_error *error)
{
    unsigned char sha1[EVP_MAX_MD_SIZE];
    size_t len = (size_t)EVP_PKEY_get_size(key);
    unsigned char *signature = mc_arena_alloc(arena, len);

    if (!signature) {
        return -ENOMEM;
    }
    EVP_PKEY_CTX *context = new_context(key, EVP_PKEY_sign_init);
    bool good = context && digest(bytes, sha1) &&
                EVP_PKEY_sign(context, signature, &len, sha1, SHA1_BYTES) > 0;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    if (!good) {
        mc_error_set(error,
                     "OpenSSL on this machine refuses RSA signatures with SHA-1");
        return -EINVAL;
    }
    *ret_signature = mc_bytes_make(signature, len);
    return 0;
}

int mc_ssl_verify(EVP_PKEY *key, struct mc_bytes bytes, struct mc_bytes signature,
                  struct mc_error *error)
{
    unsigned char sha1[EVP_MAX_MD_SIZE];
    EVP_PKEY_CTX *context = new_context(key, EVP_PKEY_verify_init);
    bool good =
        context && digest(bytes, sha1) &&
        EVP_PKEY_verify(context, signature.data, signature.len, sha1, SHA1_BYTES) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    if (!good) {
        mc_error_set(error, "the signature does not fit: the sender has another key, "
                            "or the message was altered");
        return MC_SECURITY_FORGED;
    }
    return 0;
}

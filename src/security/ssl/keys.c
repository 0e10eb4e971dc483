/* Key files and signatures through OpenSSL. Files are read by ours and parsed from
 * memory; nothing ever asks for a passphrase. The errors that OpenSSL piles up are
 * thrown away each time, so that they do not grow with what peers send. */
#include "security/ssl/keys.h"

#include "base/file.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define SHA1_BYTES 20
/* Given to OpenSSL so that it never asks on the terminal. */
#define NO_PASSPHRASE ""
/* The file, its NUL, and the block around. */
#define KEY_ARENA_BYTES (MC_SSL_KEY_BYTES_MAX + 4096)

typedef EVP_PKEY *parse_fn(struct mc_bytes pem);

static EVP_PKEY *parse_private(struct mc_bytes pem)
{
    char passphrase[] = NO_PASSPHRASE;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, passphrase) : NULL;

    BIO_free(bio);
    return key;
}

static EVP_PKEY *parse_certificate(struct mc_bytes pem)
{
    char passphrase[] = NO_PASSPHRASE;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, passphrase) : NULL;
    EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    BIO_free(bio);
    return key;
}

static EVP_PKEY *parse_public(struct mc_bytes pem)
{
    char passphrase[] = NO_PASSPHRASE;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, passphrase) : NULL;

    BIO_free(bio);
    return key ? key : parse_certificate(pem);
}

static int read_key(const char *path, const char *kind, parse_fn *parse,
                    EVP_PKEY **ret_key, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new_secret(KEY_ARENA_BYTES);
    struct mc_bytes pem = {0};
    int r =
        arena ? mc_file_read(path, MC_SSL_KEY_BYTES_MAX, arena, &pem, error) : -ENOMEM;

    if (r) {
        return r;
    }
    EVP_PKEY *key = parse(pem);
    ERR_clear_error();
    if (!key || !EVP_PKEY_is_a(key, "RSA")) {
        EVP_PKEY_free(key);
        mc_error_set(error, "%s: it holds no %s", path, kind);
        return -EINVAL;
    }
    *ret_key = key;
    return 0;
}

int mc_ssl_private_key(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
{
    return read_key(path, "RSA private key in PEM form without a passphrase",
                    parse_private, ret_key, error);
}

int mc_ssl_public_key(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
{
    return read_key(path, "RSA public key or certificate in PEM form", parse_public,
                    ret_key, error);
}

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

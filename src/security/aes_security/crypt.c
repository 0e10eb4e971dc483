/* The two layers through OpenSSL. Its errors are thrown away each time, so that they do
 * not grow with what peers send. */
#include "security/aes_security/crypt.h"

#include "base/base64.h"
#include "base/memory.h"
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#define ROUNDS 2048
#define BASE64_LINE 60
/* Room for what an RSA key of 16384 bits, the longest of OpenSSL, gives. */
#define SECRET_ARENA_BYTES ((size_t)16 * 1024)

int mc_crypt_cipher(const char *name, EVP_CIPHER **ret_cipher, struct mc_error *error)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    int mode = cipher ? EVP_CIPHER_get_mode(cipher) : 0;

    ERR_clear_error();
    if (!cipher || (mode != EVP_CIPH_CBC_MODE && mode != EVP_CIPH_CFB_MODE &&
                    mode != EVP_CIPH_OFB_MODE && mode != EVP_CIPH_CTR_MODE)) {
        EVP_CIPHER_free(cipher);
        mc_error_set(error,
                     "ssl_cipher = %s: OpenSSL on this machine has no such cipher, or "
                     "it is of a kind that cannot be used here; the default is "
                     "aes-256-cbc",
                     name);
        return -EINVAL;
    }
    *ret_cipher = cipher;
    return 0;
}

int mc_crypt_derive(const EVP_CIPHER *cipher, struct mc_bytes pass,
                    unsigned char key[EVP_MAX_KEY_LENGTH],
                    unsigned char iv[EVP_MAX_IV_LENGTH])
{
    int len = pass.len > INT_MAX ? 0
                                 : EVP_BytesToKey(cipher, EVP_md5(), NULL, pass.data,
                                                  (int)pass.len, ROUNDS, key, iv);

    ERR_clear_error();
    return len > 0 ? 0 : -ENOMEM;
}

/* One direction of the cipher.
 * Returns 0; MC_CRYPT_ALTERED (the padding is wrong); -ENOMEM. */
static int run_cipher(const EVP_CIPHER *cipher, struct mc_bytes pass, int encrypt,
                      struct mc_bytes in, struct mc_arena *arena,
                      struct mc_bytes *ret_out)
{
    unsigned char key[EVP_MAX_KEY_LENGTH];
    unsigned char iv[EVP_MAX_IV_LENGTH];
    unsigned char *out = NULL;
    int len = 0;
    int tail = 0;

    if (in.len > INT_MAX - EVP_MAX_BLOCK_LENGTH) {
        return MC_CRYPT_ALTERED;
    }
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int r = context ? mc_crypt_derive(cipher, pass, key, iv) : -ENOMEM;
    if (r == 0) {
        out = mc_arena_alloc(arena, in.len + EVP_MAX_BLOCK_LENGTH);
        r = out && EVP_CipherInit_ex2(context, cipher, key, iv, encrypt, NULL) == 1
                ? 0
                : -ENOMEM;
    }
    if (r == 0 && (EVP_CipherUpdate(context, out, &len, in.data, (int)in.len) != 1 ||
                   EVP_CipherFinal_ex(context, out + len, &tail) != 1)) {
        r = MC_CRYPT_ALTERED;
    }
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    mc_memory_wipe(key, sizeof(key));
    mc_memory_wipe(iv, sizeof(iv));
    if (r == 0) {
        *ret_out = mc_bytes_make(out, (size_t)len + (size_t)tail);
    }
    return r;
}

/* The four ways of RSA: begin, then work, which share one shape. */
typedef int begin_fn(EVP_PKEY_CTX *context);
typedef int work_fn(EVP_PKEY_CTX *context, unsigned char *out, size_t *out_len,
                    const unsigned char *in, size_t in_len);

static const struct way
{
    begin_fn *begin;
    work_fn *work;
} hiding[] =
    {
        [MC_CRYPT_PRIVATE] = {EVP_PKEY_sign_init, EVP_PKEY_sign},
        [MC_CRYPT_PUBLIC] = {EVP_PKEY_encrypt_init, EVP_PKEY_encrypt},
},
  finding[] = {
      [MC_CRYPT_PRIVATE] = {EVP_PKEY_decrypt_init, EVP_PKEY_decrypt},
      [MC_CRYPT_PUBLIC] = {EVP_PKEY_verify_recover_init, EVP_PKEY_verify_recover},
};

/* Without a digest set, signing pads and encrypts the bytes as they are.
 * Returns 0; MC_CRYPT_OTHER_KEY; -ENOMEM. */
static int run_rsa(EVP_PKEY *key, const struct way *way, struct mc_bytes in,
                   struct mc_arena *arena, struct mc_bytes *ret_out)
{
    size_t len = (size_t)EVP_PKEY_get_size(key);
    unsigned char *out = mc_arena_alloc(arena, len);
    EVP_PKEY_CTX *context = out ? EVP_PKEY_CTX_new(key, NULL) : NULL;

    if (!context) {
        return -ENOMEM;
    }
    bool good = way->begin(context) > 0 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
                way->work(context, out, &len, in.data, in.len) > 0;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    if (!good) {
        return MC_CRYPT_OTHER_KEY;
    }
    *ret_out = mc_bytes_make(out, len);
    return 0;
}

/* K and what RSA makes of it, in base64. */
static int make_pass(const EVP_CIPHER *cipher, EVP_PKEY *key, enum mc_crypt_by by,
                     struct mc_arena *secrets, struct mc_arena *arena,
                     struct mc_bytes *ret_pass, struct mc_bytes *ret_text,
                     struct mc_error *error)
{
    size_t len = (size_t)EVP_CIPHER_get_key_length(cipher);
    unsigned char *pass = mc_arena_alloc(secrets, len);
    struct mc_bytes crypted = {0};

    if (!pass) {
        return -ENOMEM;
    }
    if (RAND_priv_bytes(pass, (int)len) != 1) {
        ERR_clear_error();
        return -EIO;
    }
    *ret_pass = mc_bytes_make(pass, len);
    int r = run_rsa(key, &hiding[by], *ret_pass, arena, &crypted);
    if (r > 0) {
        mc_error_set(error, "the RSA key is too short for the key of the cipher");
        return -EINVAL;
    }
    return r ? r : mc_base64_encode(crypted, BASE64_LINE, arena, ret_text);
}

int mc_crypt_hide(const EVP_CIPHER *cipher, EVP_PKEY *key, enum mc_crypt_by by,
                  struct mc_bytes plain, struct mc_arena *arena,
                  struct mc_crypted *ret_crypted, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *secrets = mc_arena_new_secret(SECRET_ARENA_BYTES);
    struct mc_crypted crypted = {{0}, {0}};
    struct mc_bytes pass = {0};
    struct mc_bytes data = {0};
    int r = secrets
                ? make_pass(cipher, key, by, secrets, arena, &pass, &crypted.key, error)
                : -ENOMEM;

    if (r == 0) {
        r = run_cipher(cipher, pass, 1, plain, arena, &data);
    }
    if (r > 0) {
        mc_error_set(error, "the message is too long for the cipher");
        return -EINVAL;
    }
    if (r == 0) {
        r = mc_base64_encode(data, BASE64_LINE, arena, &crypted.data);
    }
    if (r == 0) {
        *ret_crypted = crypted;
    }
    return r;
}

int mc_crypt_find(const EVP_CIPHER *cipher, EVP_PKEY *key, enum mc_crypt_by by,
                  const struct mc_crypted *crypted, struct mc_arena *arena,
                  struct mc_bytes *ret_plain)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *secrets = mc_arena_new_secret(SECRET_ARENA_BYTES);
    struct mc_bytes hidden = {0};
    struct mc_bytes data = {0};
    struct mc_bytes pass = {0};
    int r = secrets ? mc_base64_decode(crypted->key, arena, &hidden) : -ENOMEM;

    if (r > 0) {
        return MC_CRYPT_OTHER_KEY;
    }
    if (r == 0) {
        r = run_rsa(key, &finding[by], hidden, secrets, &pass);
    }
    if (r == 0 && pass.len != (size_t)EVP_CIPHER_get_key_length(cipher)) {
        r = MC_CRYPT_OTHER_KEY;
    }
    if (r) {
        return r;
    }
    r = mc_base64_decode(crypted->data, arena, &data);
    if (r > 0) {
        return MC_CRYPT_ALTERED;
    }
    return r ? r : run_cipher(cipher, pass, 0, data, arena, ret_plain);
}

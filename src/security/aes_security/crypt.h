/* Bytes under a key of one use, and that key under RSA (spec collective.md 2.9).
 *
 * The key of one use K is random; the cipher's real key and IV are OpenSSL's
 * EVP_BytesToKey over K with MD5, no salt, 2048 rounds. K goes under RSA with PKCS #1
 * v1.5 padding (RFC 8017, 7.2 and 8.2), by a private key for all who have the public one
 * or the other way round. Nothing proves that the bytes were not altered: that is the
 * format. K and all that is made of it are wiped. */
#ifndef MC_SECURITY_AES_SECURITY_CRYPT_H
#define MC_SECURITY_AES_SECURITY_CRYPT_H

#include "security/security.h"

#include <openssl/evp.h>

enum
{
    MC_CRYPT_OTHER_KEY = 1, /* K does not open with this RSA key */
    MC_CRYPT_ALTERED = 2,   /* K does, the bytes do not */
};

/* Which half of the pair is ours. */
enum mc_crypt_by
{
    MC_CRYPT_PRIVATE,
    MC_CRYPT_PUBLIC,
};

/* The two texts of a message, in Ruby's base64. */
struct mc_crypted
{
    struct mc_bytes key;
    struct mc_bytes data;
};

/* Find a cipher.
 * name: as OpenSSL knows it ("aes-256-cbc"), any case.   error: the name.
 * Returns 0 and a cipher owned by the caller (EVP_CIPHER_free); -EINVAL for one that is
 * unknown or cannot be used with nothing but key and IV. Never blocks. */
int mc_crypt_cipher(const char *name, EVP_CIPHER **ret_cipher, struct mc_error *error)
    MC_MUST_USE;

/* Key and IV of a pass phrase; each place has room for the longest.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_crypt_derive(const EVP_CIPHER *cipher, struct mc_bytes pass,
                    unsigned char key[EVP_MAX_KEY_LENGTH],
                    unsigned char iv[EVP_MAX_IV_LENGTH]) MC_MUST_USE;

/* Hide bytes.
 * key: of the kind that by says.   plain: borrowed.   arena: owns the texts.
 * Returns 0; -EINVAL with error (the RSA key is too short); -EIO without random bytes;
 * -ENOMEM. Never blocks. */
int mc_crypt_hide(const EVP_CIPHER *cipher, EVP_PKEY *key, enum mc_crypt_by by,
                  struct mc_bytes plain, struct mc_arena *arena,
                  struct mc_crypted *ret_crypted, struct mc_error *error) MC_MUST_USE;

/* Find hidden bytes.
 * key: the other half of the one that hid them, of the kind that by says.
 * crypted: borrowed.   arena: owns *ret_plain.
 * Returns 0; MC_CRYPT_OTHER_KEY; MC_CRYPT_ALTERED; -ENOMEM. Never blocks. */
int mc_crypt_find(const EVP_CIPHER *cipher, EVP_PKEY *key, enum mc_crypt_by by,
                  const struct mc_crypted *crypted, struct mc_arena *arena,
                  struct mc_bytes *ret_plain) MC_MUST_USE;

#endif

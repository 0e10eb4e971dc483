/* RSA key files and signatures with SHA-1, PKCS #1 v1.5 (RFC 8017, 8.2). */
#ifndef MC_SECURITY_SSL_KEYS_H
#define MC_SECURITY_SSL_KEYS_H

#include "security/security.h"

#include <openssl/evp.h>

/* A key file at the most, in bytes. */
#define MC_SSL_KEY_BYTES_MAX ((size_t)64 * 1024)

/* Read a private key: PEM, RSA, not encrypted.
 * path: the file.   error: file and reason.
 * Returns 0 and a key owned by the caller (EVP_PKEY_free); -errno of the file; -EINVAL
 * for its content; -ENOMEM. Blocks on the disk. */
int mc_ssl_private_key(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
    MC_MUST_USE;

/* Read a public key: a PEM public key, else the key of an X.509 certificate.
 * path: the file.   error: file and reason.
 * Returns as mc_ssl_private_key(). Blocks on the disk. */
int mc_ssl_public_key(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
    MC_MUST_USE;

/* Sign bytes.
 * key: a private one.   bytes: borrowed.   arena: owns *ret_signature.
 * Returns 0; -EINVAL with error when OpenSSL refuses; -ENOMEM. Never blocks. */
int mc_ssl_sign(EVP_PKEY *key, struct mc_bytes bytes, struct mc_arena *arena,
                struct mc_bytes *ret_signature, struct mc_error *error) MC_MUST_USE;

/* Check a signature.
 * key: a public one.   bytes, signature: borrowed.
 * Returns 0; MC_SECURITY_FORGED; -ENOMEM. Never blocks. */
int mc_ssl_verify(EVP_PKEY *key, struct mc_bytes bytes, struct mc_bytes signature,
                  struct mc_error *error) MC_MUST_USE;

#endif

/* RSA signatures with SHA-1, PKCS #1 v1.5 (RFC 8017, 8.2). */
#ifndef MC_SECURITY_SSL_SIGN_H
#define MC_SECURITY_SSL_SIGN_H

#include "security/security.h"

#include <openssl/evp.h>

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

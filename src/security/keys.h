/* RSA key files, and callers that are named after them (spec collective.md 2.8, 2.9):
 * shared by the providers that know each caller by a key pair. */
#ifndef MC_SECURITY_KEYS_H
#define MC_SECURITY_KEYS_H

#include "security/security.h"

#include <openssl/evp.h>

/* A key file at the most, in bytes. */
#define MC_KEYS_FILE_BYTES_MAX ((size_t)64 * 1024)

/* Read a private key: PEM, RSA, not encrypted.
 * path: the file.   error: file and reason.
 * Returns 0 and a key owned by the caller (EVP_PKEY_free); -errno of the file; -EINVAL
 * for its content; -ENOMEM. Blocks on the disk. */
int mc_keys_private(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
    MC_MUST_USE;

/* Read a public key: a PEM public key, else the key of an X.509 certificate.
 * path: the file.   error: file and reason.
 * Returns as mc_keys_private(). Blocks on the disk. */
int mc_keys_public(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
    MC_MUST_USE;

/* The public key in a text: as of a file of mc_keys_public().
 * pem: borrowed.   name: of the text, for error.
 * Returns 0 and a key owned by the caller; -EINVAL with error. Never blocks. */
int mc_keys_public_text(struct mc_bytes pem, const char *name, EVP_PKEY **ret_key,
                        struct mc_error *error) MC_MUST_USE;

/* A file name from the environment, when the variable is named and set, else from the
 * configuration, where it must be.
 * variable: or NULL.   key: without "plugin.".   provider: that needs it, for error.
 * Returns 0 and a path that the configuration or the environment owns; -EINVAL.
 * Never blocks. */
int mc_keys_path(const struct mc_config *config, const char *variable, const char *key,
                 const char *provider, const char **ret_path, struct mc_error *error)
    MC_MUST_USE;

/* A callerid at the most, in bytes with its NUL. */
#define MC_KEYS_CALLER_BYTES 256

/* The callerid of the owner of a public key file: cert=NAME for FOLDER/NAME.pem.
 * path: the file, not opened.
 * Returns 0; -EINVAL with error when that is no callerid. Never blocks. */
int mc_keys_caller(const char *path, char (*ret_caller)[MC_KEYS_CALLER_BYTES],
                   struct mc_error *error) MC_MUST_USE;

/* The file of a caller's public key: FOLDER/NAME.pem for cert=NAME. A well-formed
 * callerid holds no slash; the two names that are folders are refused.
 * folder: NULL on a client, which has none.   caller: well-formed.
 * arena: owns *ret_path.
 * Returns 0; MC_SECURITY_MALFORMED; MC_SECURITY_NO_KEY on a client; -ENOMEM.
 * Never blocks. */
int mc_keys_caller_path(const char *folder, const char *caller, struct mc_arena *arena,
                        const char **ret_path, struct mc_error *error) MC_MUST_USE;

#endif

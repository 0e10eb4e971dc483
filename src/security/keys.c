/* Key files through OpenSSL. Files are read by ours and parsed from
 * memory; nothing ever asks for a passphrase. The errors that OpenSSL piles up are
 * thrown away each time, so that they do not grow with what peers send. */
#include "security/keys.h"

#include "base/file.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* Given to OpenSSL so that it never asks on the terminal. */
#define NO_PASSPHRASE ""
#define PUBLIC_KIND "RSA public key or certificate in PEM form"
/* The file, its NUL, and the block around. */
#define KEY_ARENA_BYTES (MC_KEYS_FILE_BYTES_MAX + 4096)

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

/* Takes the key, which may be NULL. */
static int check_key(EVP_PKEY *key, const char *name, const char *kind,
                     EVP_PKEY **ret_key, struct mc_error *error)
{
    ERR_clear_error();
    if (!key || !EVP_PKEY_is_a(key, "RSA")) {
        EVP_PKEY_free(key);
        mc_error_set(error, "%s: it holds no %s", name, kind);
        return -EINVAL;
    }
    *ret_key = key;
    return 0;
}

static int read_key(const char *path, const char *kind, parse_fn *parse,
                    EVP_PKEY **ret_key, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new_secret(KEY_ARENA_BYTES);
    struct mc_bytes pem = {0};
    int r = arena ? mc_file_read(path, MC_KEYS_FILE_BYTES_MAX, arena, &pem, error)
                  : -ENOMEM;

    if (r) {
        return r;
    }
    return check_key(parse(pem), path, kind, ret_key, error);
}

int mc_keys_private(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
{
    return read_key(path, "RSA private key in PEM form without a passphrase",
                    parse_private, ret_key, error);
}

int mc_keys_public(const char *path, EVP_PKEY **ret_key, struct mc_error *error)
{
    return read_key(path, PUBLIC_KIND, parse_public, ret_key, error);
}

int mc_keys_public_text(struct mc_bytes pem, const char *name, EVP_PKEY **ret_key,
                        struct mc_error *error)
{
    return check_key(parse_public(pem), name, PUBLIC_KIND, ret_key, error);
}

int mc_keys_path(const struct mc_config *config, const char *variable, const char *key,
                 const char *provider, const char **ret_path, struct mc_error *error)
{
    const char *path = variable ? getenv(variable) : NULL;

    if (!path) {
        path = mc_config_plugin(config, key, NULL);
    }
    if (!path || !*path) {
        mc_error_set(error, "%s: no plugin.%s: securityprovider = %s needs it%s%s",
                     mc_config_path(config), key, provider,
                     variable ? ", or the environment variable " : "",
                     variable ? variable : "");
        return -EINVAL;
    }
    *ret_path = path;
    return 0;
}

int mc_keys_caller(const char *path, char (*ret_caller)[MC_KEYS_CALLER_BYTES],
                   struct mc_error *error)
{
    const char *slash = strrchr(path, '/');
    struct mc_bytes name = mc_bytes_text(slash ? slash + 1 : path);

    if (name.len >= 4 && mc_bytes_is(mc_bytes_slice(name, name.len - 4, 4), ".pem")) {
        name.len -= 4;
    }
    char caller[MC_KEYS_CALLER_BYTES];
    const char prefix[] = "cert=";
    if (name.len + sizeof(prefix) > sizeof(*ret_caller)) {
        mc_error_set(error, "%s: the file name is too long for a callerid", path);
        return -EINVAL;
    }
    memcpy(caller, prefix, sizeof(prefix));
    if (name.len) {
        memcpy(caller + sizeof(prefix) - 1, name.data, name.len);
    }
    caller[sizeof(prefix) - 1 + name.len] = '\0';
    if (!mc_caller_valid(caller)) {
        mc_error_set(error,
                     "%s: '%s' is no well-formed callerid: use letters, digits, '_', "
                     "'.' and '-' in the file name of a public key",
                     path, caller);
        return -EINVAL;
    }
    memcpy(*ret_caller, caller, sizeof(caller));
    return 0;
}

int mc_keys_caller_path(const char *folder, const char *caller, struct mc_arena *arena,
                        const char **ret_path, struct mc_error *error)
{
    const char prefix[] = "cert=";
    const char *name = caller + sizeof(prefix) - 1;

    if (!folder) {
        mc_error_set(error, "clients do not open requests");
        return MC_SECURITY_NO_KEY;
    }
    if (!mc_bytes_starts(mc_bytes_text(caller), prefix) || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        mc_error_set(error, "the callerid '%s' names no certificate", caller);
        return MC_SECURITY_MALFORMED;
    }
    const char *path = mc_arena_printf(arena, "%s/%s.pem", folder, name);
    if (!path) {
        return -ENOMEM;
    }
    *ret_path = path;
    return 0;
}

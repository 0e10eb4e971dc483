/* Keys of callers. Certificates are parsed from memory; the errors that OpenSSL piles up
 * are thrown away. */
#include "security/aes_security/people.h"

#include "base/file.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* Certificates in the file of the authority at the most. */
#define AUTHORITIES_MAX 256

static X509 *next_certificate(BIO *bio)
{
    char no_passphrase[] = "";

    return bio ? PEM_read_bio_X509(bio, NULL, NULL, no_passphrase) : NULL;
}

static X509 *parse(struct mc_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    X509 *certificate = next_certificate(bio);

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

static int load_authority(struct mc_people *people, const char *path,
                          struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_KEYS_FILE_BYTES_MAX + 4096);
    struct mc_bytes pem = {0};
    X509 *certificate = NULL;
    size_t count = 0;
    int r = arena ? mc_file_read(path, MC_KEYS_FILE_BYTES_MAX, arena, &pem, error)
                  : -ENOMEM;

    if (r) {
        return r;
    }
    X509_STORE *store = X509_STORE_new();
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    people->authority = store;
    while (store && count < AUTHORITIES_MAX && (certificate = next_certificate(bio))) {
        count += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (count == 0) {
        mc_error_set(error, "%s: it holds no certificate in PEM form", path);
        return store ? -EINVAL : -ENOMEM;
    }
    return 0;
}

int mc_people_init(struct mc_people *people, const struct mc_config *config,
                   struct mc_error *error)
{
    const char *authority = mc_config_plugin(config, "aes.ca_cert", NULL);
    int r = mc_keys_path(config, NULL, "aes.client_cert_dir", "aes_security",
                         &people->folder, error);

    if (r == 0) {
        r = mc_config_plugin_bool(config, "aes.learn_pubkeys", false, &people->learn,
                                  error);
    }
    if (r == 0) {
        r = mc_config_plugin_bool(config, "aes.insecure_learning", false,
                                  &people->learn_anything, error);
    }
    return r || !authority ? r : load_authority(people, authority, error);
}

void mc_people_deinit(struct mc_people *people)
{
    X509_STORE_free(people->authority);
    people->authority = NULL;
}

static int name_of(X509 *certificate, char (*ret_caller)[MC_KEYS_CALLER_BYTES])
{
    X509_NAME_ENTRY *first = X509_NAME_get_entry(X509_get_subject_name(certificate), 0);
    char caller[MC_KEYS_CALLER_BYTES];
    unsigned char *name = NULL;
    int len = -1;

    if (first && OBJ_obj2nid(X509_NAME_ENTRY_get_object(first)) == NID_commonName) {
        len = ASN1_STRING_to_UTF8(&name, X509_NAME_ENTRY_get_data(first));
    }
    ERR_clear_error();
    if (len < 0) {
        return -EINVAL;
    }
    /* A NUL inside would hide the rest of the name. */
    bool whole = strlen((const char *)name) == (size_t)len;
    int used = snprintf(caller, sizeof(caller), "cert=%s", (const char *)name);
    OPENSSL_free(name);
    if (!whole || used < 0 || (size_t)used >= sizeof(caller) ||
        !mc_caller_valid(caller)) {
        return -EINVAL;
    }
    memcpy(*ret_caller, caller, sizeof(caller));
    return 0;
}

int mc_people_name(struct mc_bytes pem, char (*ret_caller)[MC_KEYS_CALLER_BYTES])
{
    X509 *certificate = parse(pem);
    int r = certificate ? name_of(certificate, ret_caller) : -EINVAL;

    X509_free(certificate);
    return r;
}

static bool from_authority(const struct mc_people *people, X509 *certificate)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool good =
        context &&
        X509_STORE_CTX_init(context, people->authority, certificate, NULL) == 1 &&
        X509_verify_cert(context) == 1;

    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return good;
}

/* With an authority: a certificate, of this caller, from there. */
static int check(const struct mc_people *people, const char *caller,
                 struct mc_bytes pem, struct mc_error *error)
{
    char name[MC_KEYS_CALLER_BYTES];

    if (!people->authority) {
        return 0;
    }
    X509 *certificate = parse(pem);
    const char *wrong = NULL;
    if (!certificate) {
        wrong = "its public key is no certificate";
    } else if (name_of(certificate, &name) != 0 || strcmp(name, caller) != 0) {
        wrong = "the certificate is of another name";
    } else if (!from_authority(people, certificate)) {
        wrong = "the certificate is not valid or not from the authority";
    }
    X509_free(certificate);
    if (wrong) {
        mc_error_set(error, "%s: %s", caller, wrong);
        return MC_SECURITY_NO_KEY;
    }
    return 0;
}

/* Whether a key that came along may be used at all. */
static int may_learn(const struct mc_people *people, const char *caller,
                     struct mc_bytes sent, struct mc_error *error)
{
    const char *why = NULL;

    if (!people->learn) {
        return MC_SECURITY_NO_KEY; /* error says already that there is no file */
    }
    if (!sent.data) {
        why = "and none came with the request";
    } else if (sent.len > MC_KEYS_FILE_BYTES_MAX) {
        why = "and the one that came with the request is too long";
    } else if (!people->authority && !people->learn_anything) {
        why = "and none is learned without plugin.aes.ca_cert";
    }
    if (why) {
        mc_error_set(error, "no public key for %s, %s", caller, why);
        return MC_SECURITY_NO_KEY;
    }
    return 0;
}

int mc_people_key(const struct mc_people *people, const char *caller,
                  struct mc_bytes sent, struct mc_arena *arena, EVP_PKEY **ret_key,
                  const char **ret_path, struct mc_error *error)
{
    const char *path = NULL;
    struct mc_bytes pem = {0};
    EVP_PKEY *key = NULL;
    int r = mc_keys_caller_path(people->folder, caller, arena, &path, error);

    if (r) {
        return r;
    }
    r = mc_file_read(path, MC_KEYS_FILE_BYTES_MAX, arena, &pem, error);
    bool missing = r == -ENOENT;
    if (missing) {
        mc_error_prefix(error, "no public key for %s: ", caller);
        r = may_learn(people, caller, sent, error);
        pem = sent;
    }
    if (r == 0) {
        r = check(people, caller, pem, error);
    }
    if (r == 0) {
        r = mc_keys_public_text(pem, missing ? "the key in the request" : path, &key,
                                error);
    }
    if (r) {
        return r == -ENOMEM ? r : MC_SECURITY_NO_KEY;
    }
    *ret_key = key;
    *ret_path = missing ? path : NULL;
    return 0;
}

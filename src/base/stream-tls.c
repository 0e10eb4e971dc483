/* TLS for streams, with OpenSSL's own checks.
 *
 * Nothing is verified unless the caller says so, and then both the chain and the name
 * are. A key file with a pass phrase is an error: nobody is there to type it. Buffers
 * are given back while a session is idle, and the certificates of the authorities are
 * only needed until the handshake is over, so an idle link stays small. */
#include "base/stream-private.h"

#include "base/bytes.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096

static int no_pass_phrase(char *out, int size, int writing, void *user)
{
    (void)writing;
    (void)user;
    if (size > 0) {
        *out = 0;
    }
    return -1;
}

/* The newest reason that OpenSSL has queued; the queue is empty afterwards. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());

    ERR_clear_error();
    return text ? text : "no reason given";
}

static int unreadable(const char *what, const char *path, struct mc_error *error)
{
    const char *why = access(path, R_OK) != 0 ? strerror(errno) : reason();

    mc_error_set(error, "cannot use the %s file %s: %s", what, path, why);
    ERR_clear_error();
    return -EINVAL;
}

static int load_authorities(SSL_CTX *context, const char *list, struct mc_error *error)
{
    struct mc_bytes left = mc_bytes_text(list);
    size_t count = 0;

    while (left.len) {
        size_t comma = mc_bytes_find(left, ',');
        struct mc_bytes one = mc_bytes_trim(mc_bytes_slice(left, 0, comma));
        char path[PATH_BYTES_MAX];
        left = mc_bytes_slice(left, comma + 1, left.len);
        if (one.len == 0) {
            continue;
        }
        if (one.len >= sizeof(path)) {
            mc_error_set(error, "the name of a certificate authority file is too long");
            return -EINVAL;
        }
        memcpy(path, one.data, one.len);
        path[one.len] = 0;
        if (SSL_CTX_load_verify_file(context, path) != 1) {
            return unreadable("certificate authority", path, error);
        }
        count++;
    }
    if (count == 0) {
        mc_error_set(error, "the list of certificate authority files is empty");
        return -EINVAL;
    }
    return 0;
}

static int load_own(SSL_CTX *context, const struct mc_stream_tls *tls,
                    struct mc_error *error)
{
    if (!tls->cert && !tls->key) {
        return 0;
    }
    if (!tls->cert || !tls->key) {
        mc_error_set(error, "a certificate and its key are needed together");
        return -EINVAL;
    }
    if (SSL_CTX_use_certificate_chain_file(context, tls->cert) != 1) {
        return unreadable("certificate", tls->cert, error);
    }
    if (SSL_CTX_use_PrivateKey_file(context, tls->key, SSL_FILETYPE_PEM) != 1) {
        return unreadable("key", tls->key, error);
    }
    return 0;
}

static int fill_context(SSL_CTX *context, const struct mc_stream_tls *tls,
                        struct mc_error *error)
{
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    SSL_CTX_set_verify(context, tls->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (tls->ciphers && SSL_CTX_set_cipher_list(context, tls->ciphers) != 1) {
        mc_error_set(error, "OpenSSL knows no cipher of \"%s\"", tls->ciphers);
        ERR_clear_error();
        return -EINVAL;
    }
    int r = load_own(context, tls, error);
    if (r == 0 && tls->verify) {
        r = tls->ca ? load_authorities(context, tls->ca, error)
            : SSL_CTX_set_default_verify_paths(context) == 1 ? 0
                                                             : -EINVAL;
    }
    return r;
}

int mc_stream__tls_context(const struct mc_stream_tls *tls, SSL_CTX **ret_context,
                           struct mc_error *error)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    ERR_clear_error();
    if (!context) {
        mc_error_set(error, "no memory for TLS");
        return -ENOMEM;
    }
    int r = fill_context(context, tls, error);
    if (r < 0) {
        SSL_CTX_free(context);
        return r;
    }
    *ret_context = context;
    return 0;
}

int mc_stream_check_tls(const struct mc_stream_tls *tls, struct mc_error *error)
{
    SSL_CTX *context = NULL;
    int r = tls->enabled ? mc_stream__tls_context(tls, &context, error) : 0;

    SSL_CTX_free(context);
    return r;
}

SSL *mc_stream__tls_session(SSL_CTX *context, const struct mc_stream_tls *tls,
                            const char *host)
{
    SSL *session = SSL_new(context);
    uint8_t address[sizeof(struct in6_addr)];
    bool numeric = inet_pton(AF_INET, host, address) == 1 ||
                   inet_pton(AF_INET6, host, address) == 1;
    int good = 1;

    if (!session) {
        return NULL;
    }
    if (!numeric) {
        /* The macro of OpenSSL casts const away; it only reads the name. */
        union
        {
            const char *text;
            void *name;
        } sent = {.text = host};
        good = (int)SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                             TLSEXT_NAMETYPE_host_name, sent.name);
    }
    if (tls->verify && good == 1) {
        X509_VERIFY_PARAM *param = SSL_get0_param(session);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        good = numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, host)
                       : X509_VERIFY_PARAM_set1_host(param, host, 0);
    }
    if (good != 1) {
        SSL_free(session);
        return NULL;
    }
    return session;
}

void mc_stream__tls_problem(const SSL *session, unsigned long code,
                            struct mc_error *error)
{
    long verdict = SSL_get_verify_result(session);
    const char *text = ERR_reason_error_string(code);

    if (verdict != X509_V_OK && SSL_get_verify_mode(session) != SSL_VERIFY_NONE) {
        mc_error_set(error, "its certificate was refused: %s",
                     X509_verify_cert_error_string(verdict));
    } else if (text) {
        mc_error_set(error, "TLS: %s", text);
    } else {
        mc_error_set(error, "the TLS handshake was cut");
    }
    ERR_clear_error();
}

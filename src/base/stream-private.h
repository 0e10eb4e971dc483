/* The TLS half of a stream: what a context and a session are made of. */
#ifndef MC_BASE_STREAM_PRIVATE_H
#define MC_BASE_STREAM_PRIVATE_H

#include "base/stream.h"
#include <openssl/ssl.h>

/* Make a client context: files, ciphers, verification.
 * tls: borrowed.
 * Returns 0 and a context owned by the caller (SSL_CTX_free); -EINVAL with the file and
 * OpenSSL's reason in error; -ENOMEM. Reads the files. */
int mc_stream__tls_context(const struct mc_stream_tls *tls, SSL_CTX **ret_context,
                           struct mc_error *error) MC_MUST_USE;

/* Make a session for one host: server name indication and the check of the name, or of
 * the address when host is one.
 * Returns the session, owned by the caller (SSL_free), or NULL. Never blocks. */
SSL *mc_stream__tls_session(SSL_CTX *context, const struct mc_stream_tls *tls,
                            const char *host);

/* Words for a failed handshake or a failed session.
 * code: of bufferevent_get_openssl_error().   error: is written.
 * Returns nothing. Never blocks. */
void mc_stream__tls_problem(const SSL *session, unsigned long code,
                            struct mc_error *error);

#endif

/* Streams on loopback: plain and TLS, with certificates made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/stream.h"
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_US ((int64_t)10000000)
#define PATH_BYTES 4096

/* ------------------------------------------------------------------ certificates */

struct authority
{
    EVP_PKEY *key;
    X509 *cert;
};

/* Files of the whole group: <folder>/<name>.pem and .key. */
struct files
{
    char folder[PATH_BYTES / 2];
    struct authority ca;
    struct authority other;
};

static void path_of(const struct files *files, const char *name, char *path)
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", files->folder, name);
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* A certificate for names ("DNS:x,IP:y", or NULL for an authority). */
static X509 *make_cert(EVP_PKEY *key, const char *title, const char *names,
                       const struct authority *by, long ends_s)
{
    static const unsigned char org[] = "Test";
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    assert_int_equal(X509_set_version(cert, 2), 1);
    assert_int_equal(
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), (uint64_t)rand() + 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -86400));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), ends_s));
    assert_int_equal(
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, org, -1, -1, 0), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)title, -1, -1,
                                                0),
                     1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_int_equal(
        X509_set_issuer_name(cert, by ? X509_get_subject_name(by->cert) : subject), 1);
    X509 *issuer = by ? by->cert : cert;
    add_extension(cert, issuer, NID_basic_constraints, by ? "CA:FALSE" : "CA:TRUE");
    if (names) {
        add_extension(cert, issuer, NID_subject_alt_name, names);
    }
    assert_true(X509_sign(cert, by ? by->key : key, EVP_sha256()) > 0);
    return cert;
}

static void save(const struct files *files, const char *name, X509 *cert, EVP_PKEY *key,
                 const char *pass)
{
    char path[PATH_BYTES];
    char file_name[128];

    (void)snprintf(file_name, sizeof(file_name), "%s.pem", name);
    path_of(files, file_name, path);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, cert), 1);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(file_name, sizeof(file_name), "%s.key", name);
    path_of(files, file_name, path);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(
        PEM_write_PKCS8PrivateKey(out, key, pass ? EVP_aes_128_cbc() : NULL, pass,
                                  pass ? (int)strlen(pass) : 0, NULL, NULL),
        1);
    assert_int_equal(fclose(out), 0);
}

static void leaf(const struct files *files, const char *name, const char *names,
                 const struct authority *by, long ends_s, const char *pass)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make_cert(key, name, names, by, ends_s);

    save(files, name, cert, key, pass);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void authority(const struct files *files, const char *name,
                      struct authority *ret_authority)
{
    ret_authority->key = EVP_EC_gen("P-256");
    ret_authority->cert = make_cert(ret_authority->key, name, NULL, NULL, 86400);
    save(files, name, ret_authority->cert, ret_authority->key, NULL);
}

static int make_files(void **state)
{
    struct files *files = mc_memory_new(sizeof(*files));
    const char *base = getenv("TMPDIR");

    (void)snprintf(files->folder, sizeof(files->folder), "%s/mc-stream.XXXXXX",
                   base && *base ? base : "/tmp");
    if (!mkdtemp(files->folder)) {
        return -1;
    }
    authority(files, "ca", &files->ca);
    authority(files, "other-ca", &files->other);
    leaf(files, "server", "DNS:localhost,IP:127.0.0.1", &files->ca, 86400, NULL);
    leaf(files, "stranger", "DNS:broker.example.net,IP:192.0.2.1", &files->ca, 86400,
         NULL);
    leaf(files, "expired", "DNS:localhost,IP:127.0.0.1", &files->ca, -60, NULL);
    leaf(files, "client", NULL, &files->ca, 86400, NULL);
    leaf(files, "locked", NULL, &files->ca, 86400, "word");
    *state = files;
    return 0;
}

static int remove_files(void **state)
{
    static const char *const names[] = {"ca",      "other-ca", "server", "stranger",
                                        "expired", "client",   "locked"};
    struct files *files = *state;
    char path[PATH_BYTES];
    char name[128];

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(name, sizeof(name), "%s.pem", names[i]);
        path_of(files, name, path);
        (void)unlink(path);
        (void)snprintf(name, sizeof(name), "%s.key", names[i]);
        path_of(files, name, path);
        (void)unlink(path);
    }
    (void)rmdir(files->folder);
    X509_free(files->ca.cert);
    EVP_PKEY_free(files->ca.key);
    X509_free(files->other.cert);
    EVP_PKEY_free(files->other.key);
    mc_memory_free(files);
    return 0;
}

/* -------------------------------------------------------------------------- bed */

/* A server that echoes (unless told to be deaf) and the stream under test. */
struct bed
{
    const struct files *files;
    struct mc_loop *loop;
    struct evconnlistener *listener;
    unsigned port;
    SSL_CTX *context; /* NULL: plain */
    struct bufferevent *peer;
    int silent_fd; /* accepted, and nothing said */
    bool silent;
    bool deaf;
    bool saw_client_cert;

    struct mc_stream *stream;
    struct mc_error error;
    int opened;
    enum mc_stream_state state;
    unsigned states;
    char text[256];
    struct mc_buffer in;
    size_t take; /* use at most this many bytes of each input; 0: all */
    unsigned drained;
    bool free_in_state;
    bool free_in_input;
};

static void peer_input(struct bufferevent *peer, void *user)
{
    struct bed *bed = user;

    if (!bed->deaf) {
        (void)bufferevent_write_buffer(peer, bufferevent_get_input(peer));
    }
}

static void peer_event(struct bufferevent *peer, short what, void *user)
{
    struct bed *bed = user;
    SSL *session = bed->context ? bufferevent_openssl_get_ssl(peer) : NULL;

    if (session && what & BEV_EVENT_CONNECTED) {
        X509 *cert = SSL_get1_peer_certificate(session);
        bed->saw_client_cert = cert != NULL;
        X509_free(cert);
    }
}

static void peer_accept(struct evconnlistener *listener, evutil_socket_t fd,
                        struct sockaddr *address, int len, void *user)
{
    struct bed *bed = user;
    struct event_base *base = evconnlistener_get_base(listener);

    (void)address;
    (void)len;
    if (bed->silent) {
        bed->silent_fd = (int)fd;
        return;
    }
    bed->peer = bed->context
                    ? bufferevent_openssl_socket_new(base, fd, SSL_new(bed->context),
                                                     BUFFEREVENT_SSL_ACCEPTING,
                                                     BEV_OPT_CLOSE_ON_FREE)
                    : bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(bed->peer, peer_input, NULL, peer_event, bed);
    (void)bufferevent_enable(bed->peer, bed->deaf ? EV_WRITE : EV_READ | EV_WRITE);
}

static void bed_open(struct bed *bed, void **state, const char *cert)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    char path[PATH_BYTES];
    char name[128];

    memset(bed, 0, sizeof(*bed));
    bed->files = *state;
    bed->silent_fd = -1;
    bed->loop = mc_loop_new();
    mc_buffer_init(&bed->in, 64 * 1024 * 1024);
    bed->listener =
        evconnlistener_new_bind(mc_loop_base(bed->loop), peer_accept, bed,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 5,
                                (struct sockaddr *)&address, sizeof(address));
    assert_non_null(bed->listener);
    assert_int_equal(getsockname(evconnlistener_get_fd(bed->listener),
                                 (struct sockaddr *)&address, &len),
                     0);
    bed->port = ntohs(address.sin_port);
    if (cert) {
        bed->context = SSL_CTX_new(TLS_server_method());
        (void)snprintf(name, sizeof(name), "%s.pem", cert);
        path_of(bed->files, name, path);
        assert_int_equal(SSL_CTX_use_certificate_chain_file(bed->context, path), 1);
        (void)snprintf(name, sizeof(name), "%s.key", cert);
        path_of(bed->files, name, path);
        assert_int_equal(
            SSL_CTX_use_PrivateKey_file(bed->context, path, SSL_FILETYPE_PEM), 1);
        path_of(bed->files, "ca.pem", path);
        assert_int_equal(SSL_CTX_load_verify_file(bed->context, path), 1);
    }
}

static void bed_close(struct bed *bed)
{
    mc_stream_free(bed->stream);
    if (bed->peer) {
        bufferevent_free(bed->peer);
    }
    if (bed->listener) {
        evconnlistener_free(bed->listener);
    }
    if (bed->silent_fd >= 0) {
        (void)close(bed->silent_fd);
    }
    SSL_CTX_free(bed->context);
    mc_buffer_deinit(&bed->in);
    mc_loop_free(bed->loop);
}

static void changed(void *user, enum mc_stream_state state, const char *text)
{
    struct bed *bed = user;

    bed->states++;
    bed->state = state;
    (void)snprintf(bed->text, sizeof(bed->text), "%s", text ? text : "");
    if (bed->free_in_state) {
        bed->stream = mc_stream_free(bed->stream);
    }
}

static size_t input(void *user, struct mc_bytes in)
{
    struct bed *bed = user;
    struct mc_bytes used =
        mc_bytes_slice(in, 0, bed->take && bed->take < in.len ? bed->take : in.len);

    mc_buffer_append(&bed->in, used);
    if (bed->free_in_input) {
        bed->stream = mc_stream_free(bed->stream);
    }
    return used.len;
}

static void drained(void *user)
{
    struct bed *bed = user;

    bed->drained++;
}

static void begin(struct bed *bed, const char *host, const struct mc_stream_tls *tls,
                  unsigned timeout_ms)
{
    struct mc_stream_spec spec = {.host = host,
                                  .port = bed->port,
                                  .connect_timeout_ms = timeout_ms,
                                  .output_bytes_max = 32 * 1024 * 1024};

    if (tls) {
        spec.tls = *tls;
    }
    bed->opened = mc_stream_open(bed->loop, &spec, changed, input, bed, &bed->stream,
                                 &bed->error);
    if (bed->opened == 0) {
        assert_int_equal(bed->states, 0);
    }
}

static void turn(struct bed *bed, int64_t end_us, const char *what)
{
    if (mc_clock_monotonic_us() > end_us) {
        fail_msg("waited in vain for %s (%s)", what, bed->text);
    }
    assert_int_equal(mc_loop_once(bed->loop, 20), 0);
}

static void wait_state(struct bed *bed, unsigned count)
{
    int64_t end_us = mc_clock_monotonic_us() + PATIENCE_US;

    while (bed->states < count) {
        turn(bed, end_us, "a state");
    }
}

static void wait_input(struct bed *bed, size_t len)
{
    int64_t end_us = mc_clock_monotonic_us() + PATIENCE_US;

    while (bed->in.len < len) {
        turn(bed, end_us, "input");
    }
}

/* ------------------------------------------------------------------------ tests */

static void bytes_go_both_ways(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    for (size_t i = 0; i < MC_COUNT(hosts); i++) {
        struct bed bed;
        bed_open(&bed, state, NULL);
        begin(&bed, hosts[i], NULL, 5000);
        assert_int_equal(bed.opened, 0);
        assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("x")), -ENOTCONN);
        wait_state(&bed, 1);
        assert_int_equal(bed.state, MC_STREAM_CONNECTED);
        mc_stream_on_drained(bed.stream, drained);
        assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("hello")), 0);
        assert_int_equal(mc_stream_unsent(bed.stream), 5);
        wait_input(&bed, 5);
        assert_true(mc_bytes_is(mc_buffer_bytes(&bed.in), "hello"));
        assert_int_equal(mc_stream_unsent(bed.stream), 0);
        assert_int_equal(bed.drained, 1);
        bufferevent_free(bed.peer);
        bed.peer = NULL;
        wait_state(&bed, 2);
        assert_int_equal(bed.state, MC_STREAM_CLOSED);
        assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("x")), -ENOTCONN);
        bed_close(&bed);
    }
}

static void unused_input_is_shown_again(void **state)
{
    struct bed bed;

    bed_open(&bed, state, NULL);
    bed.take = 3;
    begin(&bed, "127.0.0.1", NULL, 5000);
    wait_state(&bed, 1);
    assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("abcd")), 0);
    wait_input(&bed, 3);
    assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("ef")), 0);
    wait_input(&bed, 6);
    assert_true(mc_bytes_is(mc_buffer_bytes(&bed.in), "abcdef"));
    bed_close(&bed);
}

static void output_is_bounded(void **state)
{
    struct bed bed;
    size_t len = 1024 * 1024;
    char *bytes = mc_memory_new(len);
    int r = 0;

    bed_open(&bed, state, NULL);
    bed.deaf = true;
    begin(&bed, "127.0.0.1", NULL, 5000);
    wait_state(&bed, 1);
    for (unsigned i = 0; i < 100 && r == 0; i++) {
        r = mc_stream_write(bed.stream, mc_bytes_make(bytes, len));
    }
    assert_int_equal(r, MC_STREAM_FULL);
    assert_true(mc_stream_unsent(bed.stream) <= 32 * len);
    mc_memory_free(bytes);
    bed_close(&bed);
}

static void failures_have_words(void **state)
{
    struct bed bed;

    bed_open(&bed, state, NULL);
    evconnlistener_free(bed.listener);
    bed.listener = NULL;
    begin(&bed, "127.0.0.1", NULL, 5000);
    wait_state(&bed, 1);
    assert_int_equal(bed.state, MC_STREAM_FAILED);
    assert_string_equal(bed.text, "Connection refused");
    bed.stream = mc_stream_free(bed.stream);
    /* Whether there is a name server or none: it fails, within the time. */
    bed.states = 0;
    begin(&bed, "no-such-host.invalid", NULL, 500);
    wait_state(&bed, 1);
    assert_int_equal(bed.state, MC_STREAM_FAILED);
    assert_non_null(strstr(bed.text, "looked up"));
    bed_close(&bed);
}

static void a_silent_peer_is_given_up(void **state)
{
    struct bed bed;
    const struct mc_stream_tls tls = {.enabled = true};

    bed_open(&bed, state, NULL);
    bed.silent = true;
    begin(&bed, "127.0.0.1", &tls, 50);
    wait_state(&bed, 1);
    assert_int_equal(bed.state, MC_STREAM_FAILED);
    assert_string_equal(bed.text, "no answer within 1 s during the TLS handshake");
    bed_close(&bed);
}

static void it_may_be_freed_in_its_callbacks(void **state)
{
    static const char *const certs[] = {NULL, "server"};

    for (size_t i = 0; i < 4; i++) {
        struct bed bed;
        const struct mc_stream_tls tls = {.enabled = i >= 2};
        int64_t end_us = mc_clock_monotonic_us() + PATIENCE_US;
        bed_open(&bed, state, certs[i / 2]);
        bed.free_in_state = i % 2 == 0;
        bed.free_in_input = i % 2 == 1;
        begin(&bed, "127.0.0.1", &tls, 5000);
        wait_state(&bed, 1);
        if (bed.free_in_input) {
            assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("x")), 0);
        }
        while (bed.stream) {
            turn(&bed, end_us, "the end");
        }
        bed_close(&bed);
    }
}

struct verdict
{
    const char *cert; /* the server's */
    const char *host;
    const char *ca;   /* file names, comma list; NULL: do not verify */
    const char *text; /* part of the failure, NULL: it connects */
};

static const struct verdict verdicts[] = {
    {"server", "127.0.0.1", "ca.pem", NULL},
    {"server", "localhost", "ca.pem", NULL},
    {"server", "127.0.0.1", "other-ca.pem,ca.pem", NULL},
    {"stranger", "127.0.0.1", "ca.pem", "IP address mismatch"},
    {"stranger", "localhost", "ca.pem", "ostname mismatch"},
    {"server", "127.0.0.1", "other-ca.pem",
     "self-signed certificate in certificate chain"},
    {"expired", "127.0.0.1", "ca.pem", "certificate has expired"},
    {"stranger", "127.0.0.1", NULL, NULL},
    {"expired", "localhost", NULL, NULL},
};

static void set_authorities(const struct files *files, const char *names, char *list)
{
    struct mc_bytes left = mc_bytes_text(names);
    size_t len = 0;

    while (left.len) {
        size_t comma = mc_bytes_find(left, ',');
        len += (size_t)snprintf(list + len, 2 * PATH_BYTES - len, "%s%s/%.*s",
                                len ? ", " : "", files->folder, (int)comma,
                                (const char *)left.data);
        left = mc_bytes_slice(left, comma + 1, left.len);
    }
}

static void certificates_are_checked(void **state)
{
    for (size_t i = 0; i < MC_COUNT(verdicts); i++) {
        const struct verdict *verdict = &verdicts[i];
        struct bed bed;
        char list[2 * PATH_BYTES] = "";
        bed_open(&bed, state, verdict->cert);
        if (verdict->ca) {
            set_authorities(bed.files, verdict->ca, list);
        }
        struct mc_stream_tls tls = {
            .enabled = true, .verify = verdict->ca, .ca = verdict->ca ? list : NULL};
        begin(&bed, verdict->host, &tls, 5000);
        assert_int_equal(bed.opened, 0);
        wait_state(&bed, 1);
        if (verdict->text) {
            assert_int_equal(bed.state, MC_STREAM_FAILED);
            if (!strstr(bed.text, verdict->text)) {
                fail_msg("%zu: %s", i, bed.text);
            }
        } else {
            if (bed.state != MC_STREAM_CONNECTED) {
                fail_msg("%zu: %s", i, bed.text);
            }
            assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("hello")), 0);
            wait_input(&bed, 5);
        }
        bed_close(&bed);
    }
}

static void much_goes_through_tls(void **state)
{
    struct bed bed;
    size_t len = 8 * 1024 * 1024;
    uint8_t *bytes = mc_memory_new(len);
    const struct mc_stream_tls tls = {.enabled = true};

    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 31 + i / 4096);
    }
    bed_open(&bed, state, "server");
    begin(&bed, "127.0.0.1", &tls, 5000);
    wait_state(&bed, 1);
    mc_stream_on_drained(bed.stream, drained);
    assert_int_equal(mc_stream_write(bed.stream, mc_bytes_make(bytes, len)), 0);
    wait_input(&bed, len);
    assert_true(mc_bytes_equal(mc_buffer_bytes(&bed.in), mc_bytes_make(bytes, len)));
    assert_true(bed.drained > 0);
    mc_memory_free(bytes);
    bed_close(&bed);
}

static void our_certificate_is_shown(void **state)
{
    struct bed bed;
    char cert[PATH_BYTES];
    char key[PATH_BYTES];
    const struct mc_stream_tls tls = {.enabled = true, .cert = cert, .key = key};

    bed_open(&bed, state, "server");
    SSL_CTX_set_verify(bed.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    path_of(bed.files, "client.pem", cert);
    path_of(bed.files, "client.key", key);
    begin(&bed, "127.0.0.1", &tls, 5000);
    wait_state(&bed, 1);
    assert_int_equal(bed.state, MC_STREAM_CONNECTED);
    assert_int_equal(mc_stream_write(bed.stream, MC_BYTES("hello")), 0);
    wait_input(&bed, 5);
    assert_true(bed.saw_client_cert);
    bed_close(&bed);
    /* Without one the server ends it, and we say what it said. */
    const struct mc_stream_tls bare = {.enabled = true};
    bed_open(&bed, state, "server");
    SSL_CTX_set_verify(bed.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    begin(&bed, "127.0.0.1", &bare, 5000);
    wait_state(&bed, 2);
    assert_int_equal(bed.state, MC_STREAM_FAILED);
    assert_non_null(strstr(bed.text, "certificate required"));
    bed_close(&bed);
}

static void wrong_files_are_named(void **state)
{
    const struct files *files = *state;
    char missing[PATH_BYTES];
    char cert[PATH_BYTES];
    char locked[PATH_BYTES];
    char other[PATH_BYTES];
    struct mc_error error;

    path_of(files, "missing.pem", missing);
    path_of(files, "client.pem", cert);
    path_of(files, "locked.key", locked);
    path_of(files, "server.key", other);
    const struct
    {
        struct mc_stream_tls tls;
        const char *text;
    } tries[] = {
        {{.enabled = true, .verify = true, .ca = missing}, "missing.pem: No such file"},
        {{.enabled = true, .verify = true, .ca = ","}, "list of certificate authority"},
        {{.enabled = true, .verify = true, .ca = other}, "server.key"},
        {{.enabled = true, .cert = missing, .key = other}, "missing.pem: No such file"},
        {{.enabled = true, .cert = cert}, "needed together"},
        {{.enabled = true, .cert = cert, .key = other},
         "server.key: key values mismatch"},
        {{.enabled = true, .cert = cert, .key = locked}, "locked.key"},
        {{.enabled = true, .ciphers = "NONSENSE"}, "no cipher of \"NONSENSE\""},
    };
    for (size_t i = 0; i < MC_COUNT(tries); i++) {
        assert_int_equal(mc_stream_check_tls(&tries[i].tls, &error), -EINVAL);
        if (!strstr(error.text, tries[i].text)) {
            fail_msg("%zu: %s", i, error.text);
        }
    }
    const struct mc_stream_tls none = {0};
    assert_int_equal(mc_stream_check_tls(&none, &error), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(unused_input_is_shown_again),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(failures_have_words),
        cmocka_unit_test(a_silent_peer_is_given_up),
        cmocka_unit_test(it_may_be_freed_in_its_callbacks),
        cmocka_unit_test(certificates_are_checked),
        cmocka_unit_test(much_goes_through_tls),
        cmocka_unit_test(our_certificate_is_shown),
        cmocka_unit_test(wrong_files_are_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_files, remove_files);
}

/* Corner cases 31 and 32 of the original's own tests (spec collective.md 6): keys that
 * are learned from requests, and certificates of an authority. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "security/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22)
#define KEYS "%F/security-aes/"
#define KEYS_HERE MC_SOURCE_ROOT "/t/fixtures/security-aes/"
#define SERVER                                                 \
    "securityprovider = aes_security\n"                        \
    "plugin.aes.server_private = " KEYS "server-private.pem\n" \
    "plugin.aes.server_public = " KEYS "server-public.pem\n"
#define CA "plugin.aes.ca_cert = " KEYS "ca.pem\n"
#define OTHER_CA "plugin.aes.ca_cert = " KEYS "others/alice.pem\n"
#define LEARN "plugin.aes.learn_pubkeys = 1\n"
#define INSECURE "plugin.aes.insecure_learning = 1\n"

static struct mc_bytes carol_asks(struct mc_arena *arena)
{
    return mc_test_fixture(arena, "security-aes/marshal-carol-request-ping.bin");
}

static void open_request(const char *settings, struct mc_bytes in,
                         struct mc_arena *arena, int expected, const char *words)
{
    struct mc_test_security node = mc_test_security_open(settings, MC_ROLE_NODE);
    struct mc_request *request = NULL;
    struct mc_error error = {{0}};
    int r = mc_security_open_request(node.security, in, arena, &request, &error);

    mc_test_security_close(&node);
    if (r != expected || !strstr(error.text, words)) {
        fail_msg("%d: '%s' does not hold '%s'", r, error.text, words);
    }
    assert_int_equal(request == NULL, r != 0);
}

/* A folder of its own for a node that learns, and the file of carol in it. */
struct place
{
    char folder[32];
    char path[96];
};

static struct place make_place(void)
{
    struct place place = {.folder = "/tmp/mc-test-XXXXXX"};

    assert_non_null(mkdtemp(place.folder));
    (void)snprintf(place.path, sizeof(place.path), "%s/carol.my.net.pem", place.folder);
    return place;
}

static const char *learner(struct mc_arena *arena, const struct place *place,
                           const char *more)
{
    return mc_arena_printf(arena, "%splugin.aes.client_cert_dir = %s\n%s", SERVER,
                           place->folder, more);
}

/* Which keys are learned. */
static void learn_as_allowed(void)
{
    static const struct
    {
        const char *settings;
        int expected;
        const char *words;
    } rows[] = {
        {"", MC_SECURITY_NO_KEY, "no public key for cert=carol.my.net"},
        {INSECURE, MC_SECURITY_NO_KEY, "no public key"},
        {LEARN, MC_SECURITY_NO_KEY, "plugin.aes.ca_cert"},
        {CA, MC_SECURITY_NO_KEY, "no public key"},
        {LEARN INSECURE, 0, ""},
        {LEARN CA, 0, ""},
        {LEARN OTHER_CA, MC_SECURITY_NO_KEY, "authority"},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        ARENA;
        struct place place = make_place();
        struct mc_bytes in = carol_asks(arena);
        struct mc_bytes learned = {0};
        open_request(learner(arena, &place, rows[i].settings), in, arena,
                     rows[i].expected, rows[i].words);
        int r = mc_file_read(place.path, 65536, arena, &learned, NULL);
        assert_int_equal(r, rows[i].expected ? -ENOENT : 0);
        if (r == 0) {
            struct mc_bytes sent = mc_test_fixture(arena, "security-aes/carol.pem");
            assert_true(mc_bytes_equal(learned, sent));
            assert_int_equal(unlink(place.path), 0);
        }
        /* No file but that one: nothing half-written stays either. */
        assert_int_equal(rmdir(place.folder), 0);
    }
}

/* No key in the message, a file that is there, a key that does not open. */
static void replace_nothing(void)
{
    ARENA;
    struct place place = make_place();
    const char *settings = learner(arena, &place, LEARN INSECURE);
    struct mc_bytes in = carol_asks(arena);
    struct mc_bytes alice = mc_test_fixture(arena, "security-aes/clients/alice.pem");
    struct mc_bytes kept = {0};

    open_request(settings,
                 mc_test_alter(&mc_envelope_marshal, in, "sslpubkey", NULL, arena),
                 arena, MC_SECURITY_NO_KEY, "none came with the request");
    open_request(settings,
                 mc_test_alter(&mc_envelope_marshal, in, "sslpubkey",
                               mc_value_text(arena, "rubbish"), arena),
                 arena, MC_SECURITY_NO_KEY, "public key");
    open_request(settings,
                 mc_test_alter(&mc_envelope_marshal, in, "sslpubkey",
                               mc_value_string(arena, alice), arena),
                 arena, MC_SECURITY_FORGED, "does not open");
    assert_int_equal(access(place.path, F_OK), -1);
    assert_int_equal(mc_file_create(place.path, alice, NULL), 0);
    assert_int_equal(mc_file_create(place.path, in, NULL), -EEXIST);
    open_request(settings, in, arena, MC_SECURITY_FORGED, "does not open");
    assert_int_equal(mc_file_read(place.path, 65536, arena, &kept, NULL), 0);
    assert_true(mc_bytes_equal(kept, alice));
    assert_int_equal(unlink(place.path), 0);
    assert_int_equal(rmdir(place.folder), 0);
}

/* What is in the folder is checked at each use, and what came with the request before it
 * is learned: file is one or the other. */
static void carol_with(const char *file, const char *authority, const char *words)
{
    ARENA;
    struct place place = make_place();
    char source[256];
    char name[128];
    int expected = words ? MC_SECURITY_NO_KEY : 0;

    (void)snprintf(source, sizeof(source), KEYS_HERE "%s", file);
    assert_int_equal(symlink(source, place.path), 0);
    open_request(learner(arena, &place, authority), carol_asks(arena), arena, expected,
                 words ? words : "");
    assert_int_equal(unlink(place.path), 0);
    (void)snprintf(name, sizeof(name), "security-aes/%s", file);
    struct mc_bytes text = mc_test_fixture(arena, name);
    struct mc_bytes in =
        mc_test_alter(&mc_envelope_marshal, carol_asks(arena), "sslpubkey",
                      mc_value_string(arena, text), arena);
    const char *more = mc_arena_printf(arena, "%s%s", authority, LEARN);
    open_request(learner(arena, &place, more), in, arena, expected, words ? words : "");
    assert_int_equal(access(place.path, F_OK), words ? -1 : 0);
    (void)unlink(place.path);
    assert_int_equal(rmdir(place.folder), 0);
}

static void corner_case_31_keys_are_learned_only_as_allowed(void **state)
{
    (void)state;
    learn_as_allowed();
    replace_nothing();
    /* With an authority: when it is learned and when it is used. */
    carol_with("carol.pem", CA, NULL);
    carol_with("clients/alice.pem", CA, "no certificate");
}

static void corner_case_32_a_certificate_must_fit_name_and_authority(void **state)
{
    static const char *const rows[][3] = {
        {"clients/alice.pem", CA, "no certificate"},
        {"others/alice.pem", CA, "another name"},
        {"nameless.pem", CA, "another name"},
        {"ca.pem", CA, "another name"},
        {"carol.pem", OTHER_CA, "authority"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        carol_with(rows[i][0], rows[i][1], rows[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_31_keys_are_learned_only_as_allowed),
        cmocka_unit_test(corner_case_32_a_certificate_must_fit_name_and_authority),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

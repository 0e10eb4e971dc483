/* The psk provider against the vectors of the specification (8.1), byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "security/test-support.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20)
#define ID "0123456789abcdef0123456789abcdef"
#define TIME_S 1795332645

static const char request_hex[] =
    "04087b0f3a09626f64792213040849220970696e67063a0645543a0d73656e646572696449220c63"
    "6c69656e7431063a0645543a0e726571756573746964492225303132333435363738396162636465"
    "6630313233343536373839616263646566063b07463a0b66696c7465727b0a49220966616374063b"
    "07545b0049220d63665f636c617373063b07545b0049220a6167656e74063b07545b0649220e6469"
    "73636f76657279063b075449220d6964656e74697479063b07545b0049220d636f6d706f756e6406"
    "3b07545b003a0f636f6c6c6563746976654922106d636f6c6c656374697665063b07543a0a616765"
    "6e7449220e646973636f76657279063b07543a0d63616c6c6572696449220a7569643d30063b0754"
    "3a0874746c69413a0c6d736774696d656c2b07259a026b3a09686173684922253165343566303831"
    "616436343736323538663832363761346463613732373236063b0746";

static const char reply_hex[] =
    "04087b0b3a0d73656e6465726964492210776562312e6d792e6e6574063a0645543a0e7265717565"
    "73746964492225303132333435363738396162636465663031323334353637383961626364656606"
    "3b06463a1073656e6465726167656e7449220e646973636f76657279063b06543a0c6d736774696d"
    "656c2b07259a026b3a09626f647922130408492209706f6e67063a0645543a096861736849222530"
    "65656638656363303939656161306336376465356463613230396630616631063b0646";

static struct mc_bytes unhex(struct mc_arena *arena, const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = mc_arena_alloc(arena, len);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return mc_bytes_make(bytes, len);
}

static struct mc_config *config_of(const char *text)
{
    return mc_test_config(text, MC_ROLE_NODE);
}

struct fixture
{
    struct mc_config *config;
    struct mc_security *security;
};

static int open_unset(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    (void)unsetenv("MCOLLECTIVE_PSK");
    fixture->config = config_of("securityprovider = PSK\nplugin.psk = unset\n");
    assert_int_equal(
        mc_security_open(fixture->config, MC_ROLE_NODE, &fixture->security, NULL), 0);
    *state = fixture;
    return 0;
}

static int close_unset(void **state)
{
    struct fixture *fixture = *state;

    mc_security_free(fixture->security);
    mc_config_free(fixture->config);
    free(fixture);
    return 0;
}

static void assert_bytes(struct mc_bytes ours, struct mc_bytes golden)
{
    assert_int_equal(ours.len, golden.len);
    assert_memory_equal(ours.data, golden.data, golden.len);
}

static void requests_are_the_golden_bytes(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_request request = {.sender = "client1",
                                 .id = ID,
                                 .collective = "mcollective",
                                 .agent = "discovery",
                                 .caller = "uid=0",
                                 .ttl_s = 60,
                                 .time_s = TIME_S,
                                 .payload = mc_value_text(arena, "ping")};
    struct mc_bytes bytes = {0};

    assert_int_equal(mc_filter_add_agent(&request.filter, arena, "discovery"), 0);
    assert_int_equal(
        mc_security_seal_request(fixture->security, &request, arena, &bytes, NULL), 0);
    assert_int_equal(bytes.len, 348);
    assert_bytes(bytes, unhex(arena, request_hex));
}

static void golden_requests_open(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_request *request = NULL;

    assert_int_equal(mc_security_open_request(fixture->security,
                                              unhex(arena, request_hex), arena,
                                              &request, NULL),
                     0);
    assert_string_equal(request->sender, "client1");
    assert_string_equal(request->id, ID);
    assert_string_equal(request->collective, "mcollective");
    assert_string_equal(request->agent, "discovery");
    assert_string_equal(request->caller, "uid=0");
    assert_int_equal(request->ttl_s, 60);
    assert_int_equal(request->time_s, TIME_S);
    assert_int_equal(request->filter.agents.count, 1);
    assert_string_equal(request->filter.agents.items[0].text, "discovery");
    assert_string_equal(mc_value_cstr(request->payload), "ping");
}

static void replies_are_the_golden_bytes(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_request request = {.caller = "uid=0"};
    struct mc_reply reply = {.sender = "web1.my.net",
                             .id = ID,
                             .agent = "discovery",
                             .time_s = TIME_S,
                             .payload = mc_value_text(arena, "pong")};
    struct mc_bytes bytes = {0};

    assert_int_equal(mc_security_seal_reply(fixture->security, &reply, &request, arena,
                                            &bytes, NULL),
                     0);
    assert_int_equal(bytes.len, 195);
    assert_bytes(bytes, unhex(arena, reply_hex));
}

static void golden_replies_open(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_reply *reply = NULL;
    struct mc_bytes in = unhex(arena, reply_hex);

    assert_int_equal(
        mc_security_open_reply(fixture->security, in, ID, arena, &reply, NULL), 0);
    assert_string_equal(reply->sender, "web1.my.net");
    assert_string_equal(reply->id, ID);
    assert_string_equal(reply->agent, "discovery");
    assert_int_equal(reply->time_s, TIME_S);
    assert_string_equal(mc_value_cstr(reply->payload), "pong");
}

/* The :hash of a sealed message. */
static const char *hash_of(struct mc_arena *arena, struct mc_bytes bytes)
{
    const struct mc_value *envelope = NULL;

    assert_int_equal(mc_marshal_decode(bytes, 0, arena, &envelope, NULL), 0);
    return mc_value_cstr(mc_value_get_symbol(envelope, "hash"));
}

static void rpc_digests_fit(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_request request = {
        .sender = "client1", .id = ID, .agent = "rpcutil", .caller = "uid=0"};
    struct mc_result result = {.message = "OK"};
    struct mc_reply reply = {.sender = "web1", .id = ID, .agent = "rpcutil"};
    struct mc_value *data = mc_value_hash(arena);
    struct mc_bytes bytes = {0};

    assert_int_equal(mc_rpc_to_value(arena, "rpcutil", "ping", "uid=0", NULL, true,
                                     &request.payload),
                     0);
    assert_int_equal(
        mc_security_seal_request(fixture->security, &request, arena, &bytes, NULL), 0);
    assert_string_equal(hash_of(arena, bytes), "d60667b6799bfbc84be9a7d1d04ee2e0");
    assert_int_equal(
        mc_value_set_symbol(arena, data, "pong", mc_value_int(arena, TIME_S)), 0);
    result.data = data;
    assert_int_equal(mc_result_to_value(arena, &result, &reply.payload), 0);
    assert_int_equal(mc_security_seal_reply(fixture->security, &reply, &request, arena,
                                            &bytes, NULL),
                     0);
    assert_string_equal(hash_of(arena, bytes), "d63a19bcb758a7309cf10dbb2081c908");
}

static void messages_of_ruby_open(void **state)
{
    struct fixture *fixture = *state;
    ARENA;
    struct mc_request *request = NULL;
    struct mc_reply *reply = NULL;
    struct mc_rpc rpc = {0};
    struct mc_result result = {0};

    assert_int_equal(
        mc_security_open_request(fixture->security,
                                 mc_test_fixture(arena, "security-psk/request-rpc.bin"),
                                 arena, &request, NULL),
        0);
    assert_int_equal(mc_rpc_from_value(request->payload, &rpc), 0);
    assert_string_equal(rpc.action, "get_fact");
    assert_string_equal(request->filter.facts[0].operator, "=~");
    assert_string_equal(request->filter.identities.items[0].pattern, "^(n1|n2)$");
    assert_int_equal(request->filter.identities.items[0].options, MC_REGEXP_IGNORECASE);
    assert_int_equal(request->filter.compound->array.items[0]->array.count, 4);
    assert_int_equal(
        mc_security_open_reply(fixture->security,
                               mc_test_fixture(arena, "security-psk/reply-rpc.bin"), ID,
                               arena, &reply, NULL),
        0);
    assert_int_equal(mc_result_from_value(reply->payload, &result), 0);
    assert_string_equal(result.message, "OK");
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(result.data, "value")),
                        "\xc3\x96sterreich");
}

static void corner_case_29_callertypes_name_the_caller(void **state)
{
    char login[128] = "";
    const struct group *group = getgrgid(getgid());
    const struct passwd *user = getpwuid(getuid());
    char wanted[5][256];
    static const char *const types[] = {"uid", "gid", "group", "user", "identity"};

    (void)state;
    assert_non_null(group);
    assert_non_null(user);
    bool logged_in = getlogin_r(login, sizeof(login)) == 0;
    (void)snprintf(wanted[0], 256, "uid=%u", (unsigned)getuid());
    (void)snprintf(wanted[1], 256, "gid=%u", (unsigned)getgid());
    (void)snprintf(wanted[2], 256, "group=%s", group->gr_name);
    (void)snprintf(wanted[3], 256, "user=%s", logged_in ? login : user->pw_name);
    (void)snprintf(wanted[4], 256, "identity=web1");
    /* Whatever else it says is uid. */
    for (size_t i = 0; i <= MC_COUNT(types); i++) {
        char text[256];
        bool known = i < MC_COUNT(types);
        struct mc_security *security = NULL;
        (void)snprintf(text, sizeof(text),
                       "identity = web1\nplugin.psk = a\nplugin.psk.callertype = %s\n",
                       known ? types[i] : "nonsense");
        struct mc_config *config = config_of(text);
        assert_int_equal(mc_security_open(config, MC_ROLE_CLIENT, &security, NULL), 0);
        assert_string_equal(mc_security_caller(security), wanted[known ? i : 0]);
        mc_security_free(security);
        mc_config_free(config);
    }
}

/* How a provider of this secret finds the body "foo" with a digest: a good digest is
 * followed by the reading of the body, which is no Marshal. */
static int foo_with(struct mc_security *security, const char *digest)
{
    ARENA;
    const struct mc_request request = mc_test_request(arena, "uid=0");
    const struct mc_envelope_proof proof = {.key = "hash",
                                            .bytes = mc_bytes_text(digest)};
    struct mc_bytes in = {0};
    struct mc_request *got = NULL;

    assert_int_equal(mc_envelope_seal_request(&mc_envelope_marshal, &request,
                                              MC_BYTES("foo"), &proof, arena, &in,
                                              NULL),
                     0);
    return mc_security_open_request(security, in, arena, &got, NULL);
}

#define DIGEST_12345 "e83ac78027b77b659a49bccbbcfa4849"
#define DIGEST_54321 "d3fb63cc6b1d47cc4b2012df926c2feb"

static void corner_case_28_digests_of_configuration_and_environment(void **state)
{
    struct mc_config *config = config_of("plugin.psk = 12345\n");
    struct mc_security *security = NULL;
    struct mc_error error = {{0}};

    (void)state;
    assert_int_equal(mc_security_open(config, MC_ROLE_NODE, &security, NULL), 0);
    assert_int_equal(foo_with(security, DIGEST_12345), MC_SECURITY_MALFORMED);
    assert_int_equal(foo_with(security, DIGEST_54321), MC_SECURITY_FORGED);
    security = mc_security_free(security);
    assert_int_equal(setenv("MCOLLECTIVE_PSK", "54321", 1), 0);
    assert_int_equal(mc_security_open(config, MC_ROLE_NODE, &security, NULL), 0);
    assert_int_equal(unsetenv("MCOLLECTIVE_PSK"), 0);
    assert_int_equal(foo_with(security, DIGEST_54321), MC_SECURITY_MALFORMED);
    assert_int_equal(foo_with(security, DIGEST_12345), MC_SECURITY_FORGED);
    security = mc_security_free(security);
    mc_config_free(config);
    config = config_of("securityprovider = psk\n");
    assert_int_equal(mc_security_open(config, MC_ROLE_NODE, &security, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "plugin.psk"));
    assert_non_null(strstr(error.text, "MCOLLECTIVE_PSK"));
    assert_null(security);
    mc_config_free(config);
}

static void unknown_providers_are_named(void **state)
{
    struct mc_config *config = config_of("securityprovider = aes\n");
    struct mc_security *security = NULL;
    struct mc_error error = {{0}};

    (void)state;
    assert_int_equal(mc_security_open(config, MC_ROLE_NODE, &security, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "aes"));
    assert_non_null(strstr(error.text, "psk"));
    mc_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_the_golden_bytes, open_unset,
                                        close_unset),
        cmocka_unit_test_setup_teardown(golden_requests_open, open_unset, close_unset),
        cmocka_unit_test_setup_teardown(replies_are_the_golden_bytes, open_unset,
                                        close_unset),
        cmocka_unit_test_setup_teardown(golden_replies_open, open_unset, close_unset),
        cmocka_unit_test_setup_teardown(rpc_digests_fit, open_unset, close_unset),
        cmocka_unit_test_setup_teardown(messages_of_ruby_open, open_unset, close_unset),
        cmocka_unit_test(corner_case_29_callertypes_name_the_caller),
        cmocka_unit_test(corner_case_28_digests_of_configuration_and_environment),
        cmocka_unit_test(unknown_providers_are_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

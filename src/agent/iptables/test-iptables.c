/* The iptables agent with a stand-in for nft whose answers may be anything; what the real
 * one does is tried by t/0580-iptables.t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_iptables;

static char program[64];

static struct bench *bench_with(const char *script)
{
    char text[128];

    (void)snprintf(program, sizeof(program), "%s", "/tmp/mc-iptables.XXXXXX");
    int fd = mkstemp(program);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0755), 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", script) > 0);
    assert_int_equal(close(fd), 0);
    (void)snprintf(text, sizeof(text), "plugin.iptables.nft = %s\n", program);
    return bench_new(&mc_agent_iptables, text);
}

static void done(struct bench *bench)
{
    bench_free(bench);
    assert_int_equal(unlink(program), 0);
}

static bool blocked(const struct bench *bench)
{
    return mc_value_boolean(mc_value_get_name(bench->data, "blocked"), false);
}

static void looked_for(void **state)
{
    static const struct
    {
        const char *script;
        bool blocked;
    } cases[] = {
        {"echo '{\"nftables\":[{\"metainfo\":{}},{\"set\":{\"elem\":[\"1.2.3.4\"]}}]}'",
         true},
        {"echo '{\"nftables\":[{\"set\":{\"elem\":[\"1.2.3.40\",{\"elem\":{\"val\":"
         "\"1.2.3.4\",\"timeout\":5}}]}}]}'",
         true},
        {"echo '{\"nftables\":[{\"set\":{\"elem\":[\"1.2.3.40\",{\"prefix\":{\"addr\":"
         "\"1.2.3.4\",\"len\":32}},7,null,{\"elem\":3}]}}]}'",
         false},
        {"echo '{\"nftables\":[{\"set\":{}}]}'", false},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct bench *bench = bench_with(cases[i].script);
        bench_call(bench, "isblocked", "ipaddr", "1.2.3.4");
        assert_int_equal(bench->status, 0);
        assert_int_equal(blocked(bench), cases[i].blocked);
        bench_call(bench, "listblocked", NULL, NULL);
        assert_int_equal(bench->status, 0);
        done(bench);
    }
}

static void answers_that_are_none(void **state)
{
    static const struct
    {
        const char *script;
        const char *words;
    } cases[] = {
        {"echo hello", "the answer of nft about the set blocked4 cannot be read"},
        {"echo '[]'", "the answer of nft about the set blocked4 cannot be read"},
        {"echo '{\"nftables\":7}'", "the answer of nft"},
        {"echo '{\"nftables\":[\"set\"]}'", "the answer of nft"},
        {"true", "the answer of nft"},
        {"head -c 5000000 /dev/zero", "cannot be read"},
        {"echo 'Error: No such file or directory' >&2; echo more >&2; exit 1",
         "the set blocked4 of the table inet junk_filter cannot be read; nft: Error: "
         "No "
         "such file or directory"},
        {"exit 1", "nft failed"},
        {"kill -9 $$", "nft failed"},
    };
    static const char *const verbs[] = {"block", "unblock", "isblocked", "listblocked"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct bench *bench = bench_with(cases[i].script);
        for (size_t k = 0; k < MC_COUNT(verbs); k++) {
            bench_call(bench, verbs[k], k < 3 ? "ipaddr" : NULL, "1.2.3.4");
            assert_int_equal(bench->status, MC_STATUS_ABORTED);
            assert_non_null(strstr(bench->message, cases[i].words));
        }
        done(bench);
    }
}

/* nft says that all is well, and nothing has changed; or it gives a reason. */
static void changes_that_are_none(void **state)
{
    struct bench *bench =
        bench_with("[ $1 = -j ] && echo '{\"nftables\":[{\"set\":{}}]}'; exit 0");

    (void)state;
    bench_call(bench, "block", "ipaddr", "1.2.3.4");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, "1.2.3.4 is still unblocked; nft failed");
    assert_false(blocked(bench));
    bench_call(bench, "unblock", "ipaddr", "1.2.3.4");
    assert_string_equal(bench->message, "1.2.3.4 is already unblocked");
    done(bench);
    bench = bench_with("[ $1 = -j ] && echo '{\"nftables\":[{\"set\":{\"elem\":["
                       "\"::1\"]}}]}' && exit; echo \"Error: Not $*\" >&2; exit 1");
    bench_call(bench, "unblock", "ipaddr", "0:0::1");
    assert_string_equal(bench->message,
                        "::1 is still blocked; nft: Error: Not delete element inet "
                        "junk_filter blocked6 { ::1 }");
    assert_true(blocked(bench));
    bench_call(bench, "block", "ipaddr", "::1");
    assert_string_equal(bench->message, "::1 is already blocked");
    done(bench);
}

/* nft is not started for these. */
static void no_addresses(void **state)
{
    static const char *const texts[] = {
        "",  "1.2.3",     "1.2.3.4.5", "1.2.3.4/8", "1.2.3.4 }", "a:b:c",
        ":", "1.2.3.256", "1.2.3.4\n", "-f",        "::1%lo",    "host.example.net",
    };
    struct bench *bench = bench_with("exit 7");

    (void)state;
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        bench_call(bench, "block", "ipaddr", texts[i]);
        assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
        assert_non_null(strstr(bench->message, "is no IP address"));
    }
    done(bench);
}

static void no_nft_here(void **state)
{
    struct bench *bench =
        bench_new(&mc_agent_iptables, "plugin.iptables.nft = /nosuch/nft\n");

    (void)state;
    bench_call(bench, "isblocked", "ipaddr", "1.2.3.4");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_non_null(strstr(bench->message, "nft could not be started "
                                           "(plugin.iptables.nft): No such file"));
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looked_for),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(changes_that_are_none),
        cmocka_unit_test(no_addresses),
        cmocka_unit_test(no_nft_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

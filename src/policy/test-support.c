/* Helpers of the tests of this folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/test-support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_fact(void *user, const struct mc_fact_filter *wanted)
{
    static const char *const facts[][2] = {{"country", "uk"}, {"mem", "1024"}};

    (void)user;
    for (size_t i = 0; i < MC_COUNT(facts); i++) {
        if (strcmp(facts[i][0], wanted->fact) != 0) {
            continue;
        }
        bool equal = strcmp(facts[i][1], wanted->value) == 0;
        long order = strtol(facts[i][1], NULL, 10) - strtol(wanted->value, NULL, 10);
        switch (wanted->operator[0]) {
        case '=':
            return equal;
        case '!':
            return !equal;
        case '<':
            return order < 0 || (order == 0 && wanted->operator[1]);
        case '>':
            return order > 0 || (order == 0 && wanted->operator[1]);
        default:
            fail_msg("operator %s", wanted->operator);
        }
    }
    return false;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    (void)user;
    return fits(fits_user, "apache") || fits(fits_user, "db::server");
}

static int compound(void *user, const char *text, struct mc_error *error)
{
    struct test_host *host = user;

    (void)snprintf(host->compound, sizeof(host->compound), "%s", text);
    if (host->compound_answer == MC_POLICY_UNKNOWN) {
        mc_error_set(error, "who knows");
    }
    return host->compound_answer;
}

static void warn(void *user, const char *text)
{
    struct test_host *host = user;

    host->warnings++;
    (void)snprintf(host->warning, sizeof(host->warning), "%s", text);
}

void test_host_init(struct test_host *host, bool with_compound)
{
    *host = (struct test_host){
        .ops =
            {
                .has_fact = has_fact,
                .has_class = has_class,
                .compound = with_compound ? compound : NULL,
                .warn = warn,
            },
    };
    host->host = (struct mc_policy_host){.ops = &host->ops, .user = host};
}

int test_policy_open(const struct test_host *host, const char *text, const char *path,
                     struct mc_policy **ret_policy, struct mc_error *error)
{
    const struct mc_policy_host none = {0};
    struct mc_config *config = NULL;

    assert_int_equal(mc_config_parse(mc_bytes_text(text), path, MC_ROLE_NODE, NULL,
                                     NULL, &config, error),
                     0);
    int r = mc_policy_open(config, host ? &host->host : &none, ret_policy, error);
    mc_config_free(config);
    return r;
}

void test_folder(char *ret_folder)
{
    (void)snprintf(ret_folder, 64, "/tmp/mc-policy.XXXXXX");
    assert_non_null(mkdtemp(ret_folder));
}

void test_file(const char *folder, const char *name, const char *content)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!content) {
        assert_int_equal(unlink(path), 0);
        return;
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *about, int type,
                      struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

void test_folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

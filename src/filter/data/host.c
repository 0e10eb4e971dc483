/* nrpe, process, package, service, sysctl: what the machine is like (names, inputs and outputs as the
 * data plugins of the same names have them for the original).
 *
 * Each checks its argument by itself, because rpcutil get_data brings it here as a
 * caller sent it, and keeps to the time of the answer. */
#include "filter/data/data-private.h"

#include "base/clock.h"
#include "base/regexp.h"
#include "host/nrpe/nrpe.h"
#include "host/package/ask.h"
#include "host/process/process.h"
#include "host/service/service.h"
#include "host/sysctl/sysctl.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct mc_config *config_of(const struct mc_data_answer *answer)
{
    return answer->host->config ? answer->host->config(answer->host->user) : NULL;
}

static const char *setting(const struct mc_data_answer *answer, const char *key)
{
    const struct mc_config *config = config_of(answer);

    return config ? mc_config_plugin(config, key, NULL) : NULL;
}

/* Whether a process fits. Returns 0 and *ret_exists; MC_DATA_FAILED; -ENOMEM. */
static int look_for(struct mc_data_answer *answer, const struct mc_regexp *regexp,
                    bool *ret_exists)
{
    struct mc_processes *processes = NULL;
    struct mc_process process;
    bool found = false;
    int r = mc_processes_new(&processes, answer->error);

    if (r != 0) {
        return r == -ENOMEM ? r : MC_DATA_FAILED;
    }
    while (r == 0 && !found && mc_processes_next(processes, &process) == 0) {
        r = mc_regexp_search(regexp, process.command, 0, NULL);
        found = r == 0;
        r = r == MC_REGEXP_NO_MATCH ? 0 : r;
        if (r == MC_REGEXP_EFFORT || mc_clock_monotonic_us() >= answer->end_us) {
            r = mc_data_late(answer);
        }
    }
    mc_processes_free(processes);
    if (r == 0) {
        *ret_exists = found;
    }
    return r;
}

int mc_data_process(struct mc_data_answer *answer, const char *query)
{
    struct mc_regexp *regexp = NULL;
    bool exists = false;

    if (!query || !*query) {
        mc_error_set(answer->error, "process needs a pattern");
        return MC_DATA_FAILED;
    }
    int r = mc_regexp_new(mc_bytes_text(query), 0, &regexp, answer->error);
    if (r == 0) {
        r = look_for(answer, regexp, &exists);
    }
    mc_regexp_free(regexp);
    if (r != 0) {
        return r < 0 ? r : MC_DATA_FAILED;
    }
    return mc_data_set(answer, "exists", mc_value_bool(answer->arena, exists));
}

int mc_data_package(struct mc_data_answer *answer, const char *query)
{
    const struct mc_package_provider *provider = NULL;
    struct mc_package_about about;

    if (!mc_package_name_valid(query)) {
        mc_error_set(answer->error, "'%.90s' cannot be the name of a package",
                     query ? query : "");
        return MC_DATA_FAILED;
    }
    if (mc_package_choose(setting(answer, "package.provider"), &provider,
                          answer->error) != 0) {
        return MC_DATA_FAILED;
    }
    if (!provider) {
        mc_error_set(answer->error,
                     "no package manager was found on this node (apt, dnf, yum, apk)");
        return MC_DATA_FAILED;
    }
    int r = mc_package_ask(provider, query, answer->end_us, answer->arena, &about,
                           answer->error);
    if (r == -ETIMEDOUT) {
        return mc_data_late(answer);
    }
    if (r != 0) {
        return r == -ENOMEM ? r : MC_DATA_FAILED;
    }
    (void)mc_data_set(answer, "status", mc_value_text(answer->arena, about.ensure));
    return mc_data_set(answer, "installed",
                       mc_value_bool(answer->arena, about.present));
}

int mc_data_nrpe(struct mc_data_answer *answer, const char *query)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-";
    int code = 0;

    if (!query || !*query || query[strspn(query, letters)]) {
        mc_error_set(answer->error, "'%.90s' cannot be the name of a check",
                     query ? query : "");
        return MC_DATA_FAILED;
    }
    int r = mc_nrpe_ask(config_of(answer), query, answer->end_us, answer->arena, &code);
    if (r == -ETIMEDOUT) {
        return mc_data_late(answer);
    }
    if (r != 0) {
        mc_error_set(answer->error, "the check could not be run: %s", strerror(-r));
        return r == -ENOMEM ? r : MC_DATA_FAILED;
    }
    return mc_data_set(answer, "exitcode", mc_value_int(answer->arena, code));
}

int mc_data_service(struct mc_data_answer *answer, const char *query)
{
    struct mc_service_manager manager = mc_service_choose(config_of(answer));
    struct mc_service_state state;

    if (!mc_service_name_valid(query)) {
        mc_error_set(answer->error, "'%.90s' cannot be the name of a service",
                     query ? query : "");
        return MC_DATA_FAILED;
    }
    int r = mc_service_ask(&manager, query, answer->end_us, answer->arena, &state,
                           answer->error);
    if (r == -ETIMEDOUT) {
        return mc_data_late(answer);
    }
    if (r != 0) {
        return r == -ENOMEM ? r : MC_DATA_FAILED;
    }
    (void)mc_data_set(answer, "status",
                      mc_value_text(answer->arena, mc_service_word(&state)));
    return mc_data_set(answer, "enabled", mc_value_text(answer->arena, state.enabled));
}

/* Numbers are given as such, so that filters compare them as numbers. */
static struct mc_value *number_or_text(struct mc_arena *arena, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    size_t more = text[digits] == '.' ? strspn(text + digits + 1, "0123456789") : 0;

    errno = 0;
    if (digits && text[digits] == '\0') {
        long long number = strtoll(text, NULL, 10);
        return errno ? mc_value_text(arena, text) : mc_value_int(arena, number);
    }
    if (digits && more && text[digits + 1 + more] == '\0') {
        return mc_value_float(arena, strtod(text, NULL));
    }
    return mc_value_text(arena, text);
}

int mc_data_sysctl(struct mc_data_answer *answer, const char *query)
{
    const char *value = "";
    int r =
        mc_sysctl_get(MC_SYSCTL_FOLDER, query, answer->arena, &value, answer->error);

    if (r != 0 && r != MC_SYSCTL_UNKNOWN) {
        return r < 0 ? r : MC_DATA_FAILED;
    }
    return mc_data_set(answer, "value", number_or_text(answer->arena, value));
}

/* puppet, resource: what Puppet does on this machine and what it manages there (names and
 * outputs as the data plugins of the same names have them for the original). */
#include "filter/data/data-private.h"

#include "base/clock.h"
#include "host/puppet/puppet.h"
#include <errno.h>
#include <string.h>

static bool files_of(struct mc_data_answer *answer, struct mc_puppet_files *ret_files)
{
    const struct mc_config *config =
        answer->host->config ? answer->host->config(answer->host->user) : NULL;

    return mc_puppet_files(config, answer->arena, ret_files, answer->error) == 0;
}

/* The figures of the last run, 0 for those that it does not have. */
static int set_figures(struct mc_data_answer *answer,
                       const struct mc_puppet_files *files)
{
    const struct mc_value *summary = NULL;

    /* A summary that cannot be read is one that says nothing. */
    int r = mc_puppet_summary(files, answer->arena, &summary, NULL);
    if (r == -ENOMEM) {
        return r;
    }
    const struct mc_value *value = NULL;
    const char *output = NULL;
    for (size_t i = 0;
         (output = mc_puppet_figure(i, summary, answer->arena, &value)) != NULL; i++) {
        (void)mc_data_set(answer, output, value);
    }
    int64_t lastrun_s = mc_value_integer(value, 0);
    return mc_data_set(answer, "since_lastrun",
                       mc_value_int(answer->arena, mc_clock_now_s() - lastrun_s));
}

int mc_data_puppet(struct mc_data_answer *answer, const char *query)
{
    struct mc_puppet_files files;
    struct mc_puppet_state now;
    struct mc_arena *arena = answer->arena;

    (void)query;
    if (!files_of(answer, &files)) {
        return MC_DATA_FAILED;
    }
    int r = mc_puppet_state(&files, arena, &now);
    if (r != 0) {
        return r;
    }
    (void)mc_data_set(answer, "applying", mc_value_bool(arena, now.applying));
    (void)mc_data_set(answer, "idling", mc_value_bool(arena, now.idling));
    (void)mc_data_set(answer, "enabled", mc_value_bool(arena, now.enabled));
    (void)mc_data_set(answer, "daemon_present", mc_value_bool(arena, now.daemon));
    (void)mc_data_set(answer, "disable_message",
                      mc_value_text(arena, now.disable_message));
    (void)mc_data_set(answer, "status", mc_value_text(arena, now.word));
    return set_figures(answer, &files);
}

int mc_data_resource(struct mc_data_answer *answer, const char *query)
{
    struct mc_puppet_files files;

    if (!query || !strchr(query, '[') || query[strlen(query) - 1] != ']') {
        mc_error_set(answer->error,
                     "resource needs one like file[/etc/motd], not '%.90s'",
                     query ? query : "");
        return MC_DATA_FAILED;
    }
    if (!files_of(answer, &files)) {
        return MC_DATA_FAILED;
    }
    (void)mc_data_set(
        answer, "managed",
        mc_value_bool(answer->arena, mc_puppet_manages(&files, query, answer->arena)));
    return set_figures(answer, &files);
}

/* What children print becomes the outputs of a call. Each function that is the last
 * stage of a plan ends the call. */
#include "agent/package/job-private.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

bool mc_package__ended_well(struct mc_package__job *job,
                            const struct mc_child_result *result, int other_code)
{
    struct mc_bytes reason = mc_bytes_last_line(result->output);
    const char *name = job->package->provider->name;

    switch (result->end) {
    case MC_CHILD_EXITED:
        if (result->code == 0 || (other_code && result->code == other_code)) {
            return true;
        }
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s: %.*s (exit code %d)", name,
                      (int)(reason.len > 300 ? 300 : reason.len), reason.data,
                      result->code);
        return false;
    case MC_CHILD_SIGNALLED:
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s was ended by signal %d", name,
                      result->code);
        return false;
    case MC_CHILD_TIMEOUT:
        mc_agent_out_of_time(job->call, "%s did not end in time", name);
        return false;
    case MC_CHILD_NOT_STARTED:
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s could not be started: %s", name,
                      strerror(result->code));
        return false;
    }
    return false;
}

void mc_package__set_properties(struct mc_package__job *job,
                                const struct mc_package_about *about)
{
    struct mc_agent_call *call = job->call;
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_value *properties = mc_value_hash(arena);
    const struct
    {
        const char *output;
        const char *text;
    } rows[] = {
        {"name", job->name},
        {"ensure", about->ensure},
        {"version", about->version},
        {"release", about->release},
        {"epoch", about->epoch},
        {"arch", about->arch},
        {"provider", job->package->provider->name},
    };
    int r = 0;

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bool known = rows[i].text && *rows[i].text;
        mc_agent_set_text(call, rows[i].output, known ? rows[i].text : NULL);
        if (known && r == 0) {
            r = mc_value_set_symbol(arena, properties, rows[i].output,
                                    mc_value_text(arena, rows[i].text));
        }
    }
    mc_agent_set(call, "properties", r == 0 ? properties : NULL);
}

bool mc_package__read_about(struct mc_package__job *job,
                            const struct mc_child_result *result,
                            struct mc_package_about *ret_about)
{
    const struct mc_package_provider *provider = job->package->provider;
    /* An unknown package makes the question exit with 1: an answer, not a failure. */
    bool asked = mc_package__ended_well(job, result, 1);
    int r = asked ? provider->about(result->output, result->code,
                                    mc_agent_arena(job->call), ret_about)
                  : 0;

    if (r != 0) {
        mc_agent_fail(job->call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    }
    return asked && r == 0;
}

void mc_package__status_told(struct mc_package__job *job,
                             const struct mc_child_result *result)
{
    struct mc_package_about about;

    if (mc_package__read_about(job, result, &about)) {
        mc_package__set_properties(job, &about);
        mc_agent_set_text(job->call, "output", about.ensure);
    }
    mc_package__finish(job);
}

/* After a change: what is there now? A package that should be there and is not is a
 * failure whatever the manager said. */
void mc_package__changed_told(struct mc_package__job *job,
                              const struct mc_child_result *result)
{
    struct mc_package_about about;
    bool wanted = job->change == MC_PACKAGE_INSTALL || job->change == MC_PACKAGE_UPDATE;

    if (mc_package__read_about(job, result, &about)) {
        mc_package__set_properties(job, &about);
        mc_agent_set_text(job->call, "output", job->said);
        if (about.present != wanted) {
            mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s is %s after the command",
                          job->name, about.present ? "still there" : "still absent");
        }
    }
    mc_package__finish(job);
}

void mc_package__listed(struct mc_package__job *job,
                        const struct mc_child_result *result)
{
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    int64_t count = 0;

    mc_agent_set_int(job->call, "exitcode", result->code);
    while (mc_package_line(&text, &line)) {
        count += job->package->provider->installed(line);
    }
    if (mc_package__ended_well(job, result, 0)) {
        mc_agent_set(
            job->call, "output",
            mc_value_format(mc_agent_arena(job->call), "%lld", (long long)count));
    }
    mc_package__finish(job);
}

/* Digest of the list; managers print it sorted by name (dpkg) or not (rpm), so the
 * digest is made over sums of lines, which is the same in any order. */
void mc_package__digested(struct mc_package__job *job,
                          const struct mc_child_result *result)
{
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    uint8_t sum[16] = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    char hex[33];

    mc_agent_set_int(job->call, "exitcode", result->code);
    while (mc_package_line(&text, &line)) {
        bool counts = job->package->provider->installed(line);
        if (counts && EVP_Digest(line.data, line.len, digest, NULL, EVP_md5(), NULL)) {
            unsigned carry = 0;
            for (size_t i = 0; i < sizeof(sum); i++) {
                carry += (unsigned)sum[i] + digest[i];
                sum[i] = (uint8_t)carry;
                carry >>= 8;
            }
        }
    }
    for (size_t i = 0; i < sizeof(sum); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    }
    if (mc_package__ended_well(job, result, 0)) {
        mc_agent_set_text(job->call, "output", hex);
    }
    mc_package__finish(job);
}

void mc_package__command_done(struct mc_package__job *job,
                              const struct mc_child_result *result)
{
    mc_agent_set_text(job->call, "output",
                      mc_arena_text(mc_agent_arena(job->call), result->output));
    mc_agent_set_int(job->call, "exitcode", result->code);
    (void)mc_package__ended_well(job, result, 0);
    mc_package__finish(job);
}

static int add_update(struct mc_arena *arena, struct mc_value *list,
                      struct mc_bytes name, struct mc_bytes version,
                      struct mc_bytes repo)
{
    struct mc_value *update = mc_value_hash(arena);
    int r = mc_value_set_symbol(arena, update, "package", mc_value_string(arena, name));

    r = r ? r
          : mc_value_set_symbol(arena, update, "version",
                                mc_value_string(arena, version));
    r = r ? r
          : mc_value_set_symbol(arena, update, "repo", mc_value_string(arena, repo));
    return r ? r : mc_value_push(arena, list, update);
}

void mc_package__outdated_listed(struct mc_package__job *job,
                                 const struct mc_child_result *result)
{
    const struct mc_package_provider *provider = job->package->provider;
    struct mc_arena *arena = mc_agent_arena(job->call);
    struct mc_value *list = mc_value_array(arena);
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    struct mc_bytes name;
    struct mc_bytes version;
    struct mc_bytes repo;

    mc_agent_set_text(job->call, "output", mc_arena_text(arena, result->output));
    mc_agent_set_int(job->call, "exitcode", result->code);
    mc_agent_set_text(job->call, "package_manager", provider->name);
    while (mc_package_line(&text, &line)) {
        if (mc_bytes_starts(line, "Obsoleting Packages")) {
            break;
        }
        if (provider->outdated(line, &name, &version, &repo) &&
            add_update(arena, list, name, version, repo) != 0) {
            list = NULL;
            break;
        }
    }
    if (mc_package__ended_well(job, result, provider->outdated_exit)) {
        mc_agent_set(job->call, "outdated_packages", list);
    }
    mc_package__finish(job);
}

/* The audit in a file: one line for each request that runs (collective.md 4.6), as
 * policy/record.h writes it. */
#include "policy/policy.h"

#include "policy/record.h"
#include <errno.h>
#include <string.h>

#define DEFAULT_PATH "/var/log/puppetlabs/mcollective/mcollective-audit.log"

extern const struct mc_policy_ops mc_policy_logfile;

struct logfile
{
    struct mc_record *record;
};

static int logfile_init(void *state, const struct mc_config *config,
                        const struct mc_policy_host *host, struct mc_error *error)
{
    struct logfile *logfile = state;
    const char *path = mc_config_plugin(config, "rpcaudit.logfile", DEFAULT_PATH);

    (void)host;
    if (path[0] != '/') {
        mc_error_set(error, "%s: plugin.rpcaudit.logfile '%s': must begin with /",
                     mc_config_path(config), path);
        return -EINVAL;
    }
    logfile->record = mc_record_new(path);
    return logfile->record ? 0 : -ENOMEM;
}

static void logfile_deinit(void *state)
{
    struct logfile *logfile = state;

    logfile->record = mc_record_free(logfile->record);
}

static int logfile_audit(void *state, const struct mc_request *request,
                         const struct mc_rpc *rpc, struct mc_error *error)
{
    const struct logfile *logfile = state;
    const struct mc_policy_record record = mc_policy_record_of(request, rpc);
    int r = mc_policy_record_write(&record, logfile->record);

    if (r != 0) {
        mc_error_set(error, "%s: %s", mc_record_path(logfile->record), strerror(-r));
    }
    return r;
}

static int logfile_reopen(void *state, struct mc_error *error)
{
    const struct logfile *logfile = state;
    int r = mc_record_reopen(logfile->record);

    if (r != 0) {
        mc_error_set(error, "%s: %s", mc_record_path(logfile->record), strerror(-r));
    }
    return r;
}

static const struct mc_policy_audit_ops audit_ops = {
    .state_size = sizeof(struct logfile),
    .init = logfile_init,
    .deinit = logfile_deinit,
    .audit = logfile_audit,
    .reopen = logfile_reopen,
};

const struct mc_policy_ops mc_policy_logfile = {
    .abi = MC_POLICY_ABI,
    .name = "logfile",
    .audit = &audit_ops,
};

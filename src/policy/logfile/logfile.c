/* The audit in a file: one line for each request that runs (collective.md 4.6).
 *
 *   [2014-01-08 11:24:15 UTC] reqid=R: reqtime=T caller=C@HOST agent=A action=X data={}
 *
 * What a caller chose can neither end the line nor stand for another field before data:
 * names are written with blanks and backslashes escaped, data in the form of Ruby's
 * inspect, and mc_record_line() escapes what controls anything. What is too
 * long is cut, and says so: no caller can be too large for a record. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/record.h"
#include "codec/inspect.h"
#include <errno.h>
#include <string.h>
#include <time.h>

#define DEFAULT_PATH "/var/log/puppetlabs/mcollective/mcollective-audit.log"
#define DATA_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX ((size_t)1024)
#define LINE_BYTES_MAX (DATA_BYTES_MAX + (size_t)64 * 1024)

extern const struct mc_policy_ops mc_policy_logfile;

struct logfile
{
    struct mc_record *record;
};

static int logfile_init(void *state, const struct mc_config *config,
                        struct mc_error *error)
{
    struct logfile *logfile = state;
    const char *path = mc_config_plugin(config, "rpcaudit.logfile", DEFAULT_PATH);

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

/* A name=value whose value cannot look like another one. */
static void put_name(struct mc_buffer *line, const char *label, const char *text)
{
    struct mc_bytes name = mc_bytes_text(text);

    mc_buffer_text(line, label);
    for (size_t i = 0; i < name.len && i < NAME_BYTES_MAX; i++) {
        if (name.data[i] == ' ' || name.data[i] == '\\') {
            mc_buffer_printf(line, "\\x%02x", (unsigned)name.data[i]);
        } else {
            mc_buffer_byte(line, name.data[i]);
        }
    }
    mc_buffer_text(line, name.len > NAME_BYTES_MAX ? "..." : "");
}

static void put_time(struct mc_buffer *line)
{
    time_t now = (time_t)mc_clock_now_s();
    struct tm utc = {0};
    char text[64] = "";

    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof(text), "[%Y-%m-%d %H:%M:%S UTC]", &utc);
    mc_buffer_text(line, text);
}

static void put_data(struct mc_buffer *line, const struct mc_value *value)
{
    struct mc_buffer data;

    mc_buffer_init(&data, DATA_BYTES_MAX);
    mc_inspect(value, &data);
    mc_buffer_text(line, " data=");
    mc_buffer_append(line, mc_buffer_bytes(&data));
    mc_buffer_text(line, mc_buffer_failed(&data) ? "... (cut)" : "");
    mc_buffer_deinit(&data);
}

static int logfile_audit(void *state, const struct mc_request *request,
                         const struct mc_rpc *rpc, struct mc_error *error)
{
    const struct logfile *logfile = state;
    struct mc_buffer line;

    mc_buffer_init(&line, LINE_BYTES_MAX);
    put_time(&line);
    put_name(&line, " reqid=", request->id);
    mc_buffer_printf(&line, ": reqtime=%lld", (long long)request->time_s);
    put_name(&line, " caller=", request->caller);
    put_name(&line, "@", request->sender);
    put_name(&line, " agent=", request->agent);
    put_name(&line, " action=", rpc->action);
    put_data(&line, rpc->data);
    int r = mc_buffer_failed(&line)
                ? -E2BIG
                : mc_record_line(logfile->record, mc_buffer_bytes(&line));
    mc_buffer_deinit(&line);
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

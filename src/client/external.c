/* Discovery by a program of the user (the contract of Choria's external discovery).
 *
 * The program is given the request as JSON: protocol, collective, filter, options and
 * the time it has. It answers {"protocol": …, "nodes": [names], "error": text}. Choria
 * names two files, in the arguments and the environment; here these are the program's
 * own standard input and output, so that a script may as well just read and print. It
 * runs in a process group of its own, which ends when the time is over. */
#include "client/method.h"

#include "base/child.h"
#include "base/clock.h"
#include "client/hosts.h"
#include "codec/codec.h"
#include <errno.h>
#include <limits.h>
#include <string.h>

#define REQUEST_PROTOCOL "io.choria.choria.discovery.v1.external_request"
#define REQUEST_SCHEMA \
    "https://choria.io/schemas/choria/discovery/v1/external_request.json"
#define OPTION_COMMAND "command="

/* Time for the end of a program that was told to end, in microseconds. */
#define GRACE_US 5000000

struct run
{
    struct mc_call *call;
    struct mc_names *names;
    const char *command;
    struct mc_child *child;
    unsigned seconds;
    bool over;
    int result;
    struct mc_error error;
};

/* The program: the first option that is a path or command=path. */
static const char *command_of(const struct mc_call *call)
{
    for (size_t i = 0; i < call->method_options_count; i++) {
        const char *text = call->method_options[i];
        if (strncmp(text, OPTION_COMMAND, strlen(OPTION_COMMAND)) == 0) {
            return text + strlen(OPTION_COMMAND);
        }
        if (!strchr(text, '=')) {
            return text;
        }
    }
    return NULL;
}

/* All others are name=value. */
static int add_options(const struct mc_call *call, struct mc_value *hash)
{
    for (size_t i = 0; i < call->method_options_count; i++) {
        const char *text = call->method_options[i];
        const char *equals = strchr(text, '=');
        if (!equals || strncmp(text, OPTION_COMMAND, strlen(OPTION_COMMAND)) == 0) {
            continue;
        }
        const char *name =
            mc_arena_text(call->arena, mc_bytes_make(text, (size_t)(equals - text)));
        int r = name ? mc_value_set_text(call->arena, hash, name,
                                         mc_value_text(call->arena, equals + 1))
                     : -ENOMEM;
        if (r) {
            return r;
        }
    }
    return 0;
}

static int make_request(struct mc_call *call, unsigned seconds,
                        struct mc_bytes *ret_text)
{
    struct mc_arena *arena = call->arena;
    struct mc_value *request = mc_value_hash(arena);
    struct mc_value *options = mc_value_hash(arena);
    struct mc_filter filter = call->filter;
    const struct mc_value *filter_value = NULL;
    int r = request && options ? add_options(call, options) : -ENOMEM;

    if (!r && call->kind != MC_CALL_PING) {
        r = mc_filter_add_agent(&filter, arena, call->agent);
    }
    r = r ? r : mc_filter_to_value(&filter, arena, &filter_value);
    const struct
    {
        const char *name;
        const struct mc_value *value;
    } parts[] = {
        {"$schema", mc_value_text(arena, REQUEST_SCHEMA)},
        {"protocol", mc_value_text(arena, REQUEST_PROTOCOL)},
        {"collective", mc_value_text(arena, call->collective)},
        {"filter", filter_value},
        {"options", options},
        {"timeout", mc_value_int(arena, seconds)},
    };
    for (size_t i = 0; !r && i < MC_COUNT(parts); i++) {
        r = mc_value_set_text(arena, request, parts[i].name, parts[i].value);
    }
    return r ? r : mc_json_encode(request, arena, ret_text, NULL);
}

/* What is wrong with the way in which the program ended. Returns false when nothing. */
static bool ended_badly(struct run *run, const struct mc_child_result *result)
{
    struct mc_error *error = &run->error;
    struct mc_bytes said = mc_bytes_trim(result->errors);

    switch (result->end) {
    case MC_CHILD_NOT_STARTED:
        mc_error_set(error, "cannot be run: %s", strerror(result->code));
        return true;
    case MC_CHILD_TIMEOUT:
        mc_error_set(error, "did not answer within %u seconds and was ended",
                     run->seconds);
        return true;
    case MC_CHILD_SIGNALLED:
        mc_error_set(error, "was ended by signal %d", result->code);
        return true;
    case MC_CHILD_EXITED:
        break;
    }
    if (result->code) {
        said = mc_bytes_slice(said, 0, mc_bytes_find(said, '\n'));
        mc_error_set(error, "exit code %d%s%.*s", result->code, said.len ? ": " : "",
                     (int)(said.len < INT_MAX ? said.len : INT_MAX),
                     said.len ? (const char *)said.data : "");
    } else if (result->output_lost_bytes) {
        mc_error_set(error, "wrote more than %zu bytes", MC_HOSTS_BYTES_MAX);
    }
    return error->text[0] != '\0';
}

static void ended(void *user, const struct mc_child_result *result)
{
    struct run *run = user;

    run->over = true;
    run->child = NULL;
    run->result = ended_badly(run, result)
                      ? MC_CLIENT_USAGE
                      : mc_hosts_parse_answer(result->output, run->call->arena,
                                              run->names, &run->error);
    mc_client__wake(run->call->client);
}

static int wait_for(struct run *run)
{
    int64_t deadline_us =
        mc_clock_monotonic_us() + (int64_t)run->seconds * 1000000 + GRACE_US;
    int r = 0;

    while (!r && !run->over && mc_clock_monotonic_us() < deadline_us) {
        r = mc_client__wait(run->call->client, deadline_us);
    }
    if (!run->over) {
        run->child = mc_child_kill(run->child);
        mc_error_set(&run->error, "did not end");
    }
    if (r) {
        return r;
    }
    return run->over ? run->result : MC_CLIENT_USAGE;
}

int mc_external_read(struct mc_call *call, struct mc_names *names,
                     struct mc_error *error)
{
    unsigned seconds = mc_call__discovery_s(call);
    struct run run = {.call = call, .names = names, .command = command_of(call)};
    struct mc_bytes request;
    const char *const argv[] = {run.command, "/dev/stdin", "/dev/stdout",
                                REQUEST_PROTOCOL, NULL};
    static const char *const env[] = {
        "CHORIA_EXTERNAL_REQUEST=/dev/stdin", "CHORIA_EXTERNAL_REPLY=/dev/stdout",
        "CHORIA_EXTERNAL_PROTOCOL=" REQUEST_PROTOCOL, NULL};

    if (!run.command || !run.command[0]) {
        mc_error_set(error, "The external discovery method needs a path to a program");
        return MC_CLIENT_USAGE;
    }
    run.seconds = seconds ? seconds : MC_METHOD_EXTERNAL_S;
    int r = make_request(call, run.seconds, &request);
    if (r) {
        return r < 0 ? r : -ENOMEM;
    }
    const struct mc_child_spec spec = {
        .argv = argv,
        .env = env,
        .folder = ".", /* a path is meant from where the user stands */
        .input = request,
        .timeout_ms = run.seconds * 1000,
        .output_bytes_max = MC_HOSTS_BYTES_MAX,
    };
    r = mc_child_start(call->client->loop, &spec, ended, &run, &run.child);
    r = r ? r : wait_for(&run);
    if (r == MC_CLIENT_USAGE) {
        mc_error_set(error, "The discovery program %s: %s", run.command,
                     run.error.text);
    }
    return r;
}

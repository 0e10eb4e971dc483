/* How nodes are discovered (commands.md 1.5): the methods and the two that only read.
 *
 * All methods but mc name nodes of which nobody knows whether they live; requests to
 * them are direct, and of the filters only those of identities apply. */
#include "client/method.h"

#include "base/file.h"
#include "base/input.h"
#include "client/hosts.h"
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* For the first byte of standard input when nobody says how long, in seconds. */
#define STDIN_WAIT_S 60u

typedef int read_fn(struct mc_call *call, struct mc_names *names,
                    struct mc_error *error);

static const char *option(const struct mc_call *call)
{
    return call->method_options_count ? call->method_options[0] : NULL;
}

static int read_flatfile(struct mc_call *call, struct mc_names *names,
                         struct mc_error *error)
{
    const char *path = option(call);
    struct mc_bytes text;

    if (!path) {
        mc_error_set(error,
                     "The flatfile discovery method needs a path to a text file");
        return MC_CLIENT_USAGE;
    }
    int r = mc_file_read(path, MC_HOSTS_BYTES_MAX, call->arena, &text, NULL);
    if (r == -ENOMEM) {
        return r;
    }
    if (r) {
        mc_error_set(error, "Cannot read the discovery file %s", path);
        return MC_CLIENT_USAGE;
    }
    return mc_hosts_parse(text, MC_HOSTS_TEXT, path, call->arena, names, error);
}

static int stdin_format(const struct mc_call *call, enum mc_hosts_format *ret_format,
                        struct mc_error *error)
{
    static const char *const formats[] = {
        [MC_HOSTS_AUTO] = "auto", [MC_HOSTS_TEXT] = "text", [MC_HOSTS_JSON] = "json"};
    const char *name = option(call) ? option(call) : "auto";

    for (size_t i = 0; i < MC_COUNT(formats); i++) {
        if (strcasecmp(formats[i], name) == 0) {
            *ret_format = (enum mc_hosts_format)i;
            return 0;
        }
    }
    mc_error_set(error,
                 "stdin discovery plugin only knows the types auto/text/json, not "
                 "\"%s\"",
                 name);
    return MC_CLIENT_USAGE;
}

static int read_stdin(struct mc_call *call, struct mc_names *names,
                      struct mc_error *error)
{
    unsigned seconds = mc_call__discovery_s(call);
    enum mc_hosts_format format;
    struct mc_bytes text = {NULL, 0};
    int r = stdin_format(call, &format, error);

    if (r) {
        return r;
    }
    seconds = seconds ? seconds : STDIN_WAIT_S;
    r = mc_input_wait(STDIN_FILENO, seconds * 1000);
    if (r == MC_INPUT_SILENT) {
        mc_error_set(error, "nothing came on STDIN within %u seconds", seconds);
        return MC_CLIENT_USAGE;
    }
    r = r < 0 ? r : mc_input_read(STDIN_FILENO, MC_HOSTS_BYTES_MAX, call->arena, &text);
    if (r == -ENOMEM) {
        return r;
    }
    if (r) {
        mc_error_set(error, "Cannot read STDIN: %s", strerror(-r));
        return MC_CLIENT_USAGE;
    }
    if (!mc_bytes_trim(text).len) {
        mc_error_set(error, "data piped on STDIN contained only whitespace - could not "
                            "discover hosts from it.");
        return MC_CLIENT_USAGE;
    }
    return mc_hosts_parse(text, format, "STDIN", call->arena, names, error);
}

static const struct
{
    const char *name;
    unsigned seconds;
    read_fn *read;
    bool all_filters; /* not only those of identities */
} methods[] = {
    [MC_METHOD_MC] = {"mc", MC_CLIENT_DISCOVERY_S, NULL, true},
    [MC_METHOD_FLATFILE] = {"flatfile", 0, read_flatfile, false},
    [MC_METHOD_STDIN] = {"stdin", 0, read_stdin, false},
    [MC_METHOD_EXTERNAL] = {"external", MC_METHOD_EXTERNAL_S, mc_external_read, true},
};

const char *mc_call_method_name(const struct mc_call *call)
{
    return methods[call->method].name;
}

unsigned mc_method_seconds(enum mc_method method)
{
    return methods[method].seconds;
}

static int set_options(struct mc_call *call, const char *const *options, size_t count)
{
    const char **copy = mc_arena_array(call->arena, count + 1, sizeof(*copy));

    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = mc_arena_strdup(call->arena, options[i]);
        if (!copy[i]) {
            return -ENOMEM;
        }
    }
    if (!copy) {
        return -ENOMEM;
    }
    call->method_options = copy;
    call->method_options_count = count;
    return 0;
}

int mc_call_method(struct mc_call *call, const char *method, const char *const *options,
                   size_t count, struct mc_error *error)
{
    for (size_t i = 0; method && i < MC_COUNT(methods); i++) {
        if (strcmp(methods[i].name, method) == 0) {
            call->method = (enum mc_method)i;
            return set_options(call, options, count);
        }
    }
    if (!method) {
        return set_options(call, options, count);
    }
    mc_error_set(error, "Unknown discovery method %s", method);
    return MC_CLIENT_USAGE;
}

int mc_method_default(struct mc_call *call, struct mc_error *error)
{
    const struct mc_config *config = call->client->config;
    const char *const *options = mc_config_list(config, "default_discovery_options");
    size_t count = 0;

    while (options[count]) {
        count++;
    }
    return mc_call_method(call, mc_config_text(config, "default_discovery_method"),
                          options, count, error);
}

static int refuse(const struct mc_call *call, const char *kind, struct mc_error *error)
{
    mc_error_set(error, "Cannot use %s filters while using the '%s' discovery method",
                 kind, mc_call_method_name(call));
    return MC_CLIENT_USAGE;
}

int mc_method_read(struct mc_call *call, struct mc_error *error)
{
    struct mc_names names = {0};

    if (!methods[call->method].all_filters && call->filter.classes.count) {
        return refuse(call, "class", error);
    }
    if (!methods[call->method].all_filters && call->filter.facts_count) {
        return refuse(call, "fact", error);
    }
    call->forced_direct = true;
    int r = methods[call->method].read(call, &names, error);
    return r ? r : mc_hosts_choose(call, &names, error);
}

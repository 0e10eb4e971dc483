/* From options to a call, and from a call to the screen; see command.h. */
#include "cmd/command.h"

#include "client/call.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The one of -v and -q that came last; MC_OPT_COUNT when none did. */
static enum mc_option_id loudness(const struct mc_cmd *cmd)
{
    for (size_t i = cmd->options.given_count; i > 0; i--) {
        enum mc_option_id id = cmd->options.given[i - 1].id;
        if (id == MC_OPT_verbose || id == MC_OPT_quiet) {
            return id;
        }
    }
    return MC_OPT_COUNT;
}

bool mc_cmd_verbose(const struct mc_cmd *cmd)
{
    return loudness(cmd) == MC_OPT_verbose;
}

bool mc_cmd_quiet(const struct mc_cmd *cmd)
{
    return loudness(cmd) == MC_OPT_quiet;
}

/* For whoever starts without a configuration file. */
static const char config_advice[] =
    "\n"
    "mco has to be told which broker to use. It reads the first of these files:\n"
    "\n"
    "   ~/.mcollective\n"
    "   /etc/marionette/client.cfg\n"
    "   /etc/puppetlabs/mcollective/client.cfg\n"
    "   /etc/mcollective/client.cfg\n"
    "\n"
    "or the one named with --config FILE. A file of four lines is enough:\n"
    "\n"
    "   connector = nats\n"
    "   plugin.nats.servers = nats://localhost:4222\n"
    "   securityprovider = psk\n"
    "   plugin.psk = the secret that the nodes have\n";

/* For a monitoring system: one line, and nothing that it takes for performance data. */
static int fail_monitor(struct mc_cmd *cmd, const char *text)
{
    mc_out_raw(&cmd->out, "UNKNOWN: ");
    mc_out_bytes(&cmd->out, mc_bytes_make(text, strcspn(text, "|\n")));
    mc_out_raw(&cmd->out, "\n");
    mc_out_raw(&cmd->err, cmd->no_config ? config_advice : "");
    return MC_CMD_UNKNOWN;
}

int mc_cmd_fail(struct mc_cmd *cmd)
{
    const char *text = cmd->error.text[0] ? cmd->error.text : "not enough memory";

    if (cmd->command->monitor) {
        return fail_monitor(cmd, text);
    }
    mc_out_flush(&cmd->out);
    mc_out_raw(&cmd->err, "\nThe ");
    mc_out_paint(&cmd->err, MC_PAINT_BOLD, cmd->command->name);
    mc_out_raw(&cmd->err, mc_cmd_verbose(cmd)
                              ? " application failed to run: "
                              : " application failed to run, use -v for full error "
                                "backtrace details: ");
    mc_out_paint(&cmd->err, MC_PAINT_RED, text);
    mc_out_raw(&cmd->err, "\n");
    mc_out_raw(&cmd->err, cmd->no_config ? config_advice : "");
    return 1;
}

int mc_cmd_fail_with(struct mc_cmd *cmd, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mc_error_vset(&cmd->error, format, args);
    va_end(args);
    return mc_cmd_fail(cmd);
}

/* Of what goes on below only the first thing is said, unless -v asks for more: somebody
 * who waits should know why. */
static void notice(void *user, const char *text)
{
    struct mc_cmd *cmd = user;

    if (cmd->noticed && !mc_cmd_verbose(cmd)) {
        return;
    }
    cmd->noticed = true;
    mc_out_flush(&cmd->out);
    mc_out_text(&cmd->err, "mco: ");
    mc_out_text(&cmd->err, text);
    mc_out_raw(&cmd->err, "\n");
}

int mc_cmd_open(struct mc_cmd *cmd)
{
    int r = mc_client_open(mc_options_text(&cmd->options, MC_OPT_config), &cmd->client,
                           &cmd->error);

    if (r) {
        cmd->no_config = !mc_options_has(&cmd->options, MC_OPT_config) &&
                         strncmp(cmd->error.text, "Cannot find config file", 23) == 0;
        return r;
    }
    enum mc_color color = mc_client_color(cmd->client);
    cmd->out = mc_out_make(cmd->out.file, color);
    cmd->err = mc_out_make(cmd->err.file, color);
    mc_client_connection_timeout(
        cmd->client, mc_options_number(&cmd->options, MC_OPT_connection_timeout, 0));
    mc_client_on_notice(cmd->client, notice, cmd);
    if (getenv("MCOLLECTIVE_ANON")) {
        mc_client__anonymous(cmd->client);
    }
    return 0;
}

static int add_filters(struct mc_cmd *cmd)
{
    static const struct
    {
        enum mc_option_id id;
        enum mc_select kind;
    } kinds[] = {
        {MC_OPT_with, MC_SELECT_WITH},
        {MC_OPT_select, MC_SELECT_COMPOUND},
        {MC_OPT_with_fact, MC_SELECT_FACT},
        {MC_OPT_with_class, MC_SELECT_CLASS},
        {MC_OPT_with_agent, MC_SELECT_AGENT},
        {MC_OPT_with_identity, MC_SELECT_IDENTITY},
    };

    for (size_t i = 0; i < cmd->options.given_count; i++) {
        const struct mc_given *given = &cmd->options.given[i];
        for (size_t k = 0; k < MC_COUNT(kinds); k++) {
            int r = given->id == kinds[k].id ? mc_call_filter(cmd->call, kinds[k].kind,
                                                              given->value, &cmd->error)
                                             : 0;
            if (r) {
                return r;
            }
        }
    }
    return 0;
}

static int set_limit(struct mc_cmd *cmd)
{
    const char *limit = mc_options_text(&cmd->options, MC_OPT_limit);
    const char *seed = mc_options_text(&cmd->options, MC_OPT_limit_seed);

    if (mc_options_has(&cmd->options, MC_OPT_one)) {
        limit = "1";
    }
    if (!limit) {
        return 0;
    }
    if (seed) {
        mc_call_limit_seed(cmd->call, strtoll(seed, NULL, 10));
    }
    return mc_call_limit(cmd->call, limit, &cmd->error);
}

static int set_common(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    const char *target = mc_options_text(options, MC_OPT_target);
    unsigned reply_s = mc_options_number(options, MC_OPT_timeout, 5);
    bool told = mc_options_has(options, MC_OPT_discovery_timeout);
    unsigned discovery_s = mc_options_number(options, MC_OPT_discovery_timeout, 0);

    mc_call_timeouts(cmd->call, reply_s == 5 ? 0 : reply_s,
                     told ? (int)discovery_s : -1,
                     mc_options_number(options, MC_OPT_ttl, 0));
    mc_call_publish_timeout(cmd->call,
                            mc_options_number(options, MC_OPT_publish_timeout, 0));
    if (mc_options_has(options, MC_OPT_sort)) {
        mc_call_sort(cmd->call);
    }
    int r = target ? mc_call_collective(cmd->call, target, &cmd->error) : 0;
    if (!r && !cmd->no_filters) {
        r = add_filters(cmd);
        r = r ? r : mc_cmd_method(cmd);
    }
    r = r ? r : mc_cmd_batch(cmd);
    return r ? r : set_limit(cmd);
}

static void forget_call(struct mc_cmd *cmd)
{
    cmd->call = mc_call_free(cmd->call);
    cmd->replies = 0;
    cmd->targets = 0;
}

int mc_cmd_message(struct mc_cmd *cmd, const char *agent, const char *text)
{
    forget_call(cmd);
    int r = mc_call_new_message(cmd->client, agent, text, &cmd->call, &cmd->error);
    return r ? r : set_common(cmd);
}

int mc_cmd_call(struct mc_cmd *cmd, const char *agent, const char *action)
{
    forget_call(cmd);
    int r = agent ? mc_call_new(cmd->client, agent, action, &cmd->call, &cmd->error)
                  : mc_call_new_ping(cmd->client, &cmd->call, &cmd->error);
    return r ? r : set_common(cmd);
}

int mc_cmd_input(struct mc_cmd *cmd, const char *word)
{
    const char *equals = word[0] ? strchr(word + 1, '=') : NULL;

    if (!equals || !equals[1]) {
        mc_error_set(&cmd->error, "Could not parse --arg %s", word);
        return MC_CLIENT_USAGE;
    }
    const char *name =
        mc_arena_text(cmd->arena, mc_bytes_make(word, (size_t)(equals - word)));
    return name ? mc_call_input(cmd->call, name, equals + 1, &cmd->error) : -ENOMEM;
}

static void discovering(void *user, const char *method, unsigned seconds)
{
    struct mc_cmd *cmd = user;

    mc_out_flush(&cmd->out);
    mc_out_printf(&cmd->err, "Discovering hosts using the %s method ", method);
    if (seconds) {
        mc_out_printf(&cmd->err, "for %u second(s) ", seconds);
    }
    mc_out_raw(&cmd->err, ".... ");
    mc_out_flush(&cmd->err);
}

/* The end of the discovery line: how many there are. */
static void counted(void *user, size_t count)
{
    struct mc_cmd *cmd = user;

    mc_out_printf(&cmd->err, "%zu\n", count);
    mc_out_flush(&cmd->err);
}

void mc_cmd_show_discovery(struct mc_cmd *cmd)
{
    mc_call_on_discovering(cmd->call, discovering, cmd);
    mc_call_on_found(cmd->call, counted, cmd);
}

static void discovered(void *user, const char *const *names, size_t count)
{
    struct mc_cmd *cmd = user;

    (void)names;
    cmd->targets = count;
    if (cmd->show_progress) {
        mc_out_raw(&cmd->out, "\n");
        mc_progress_draw(&cmd->progress, &cmd->out, 0, count);
    }
}

static void replied(void *user, const struct mc_client_reply *reply)
{
    struct mc_cmd *cmd = user;

    cmd->replies++;
    if (cmd->json_lines && !cmd->failure) {
        cmd->failure = mc_report_json_line(&cmd->out, reply);
    }
    if (cmd->show_progress) {
        mc_progress_draw(&cmd->progress, &cmd->out, cmd->replies, cmd->targets);
    }
}

int mc_cmd_rpc(struct mc_cmd *cmd, struct mc_cmd_show show)
{
    bool json = mc_options_has(&cmd->options, MC_OPT_json) || cmd->json_lines;

    cmd->show_progress =
        show.progress && !json && !mc_options_has(&cmd->options, MC_OPT_no_progress);
    if (!json && (show.discovery || mc_cmd_verbose(cmd))) {
        mc_cmd_show_discovery(cmd);
    }
    mc_call_on_discovered(cmd->call, discovered, cmd);
    mc_call_on_reply(cmd->call, replied, cmd);
    if (cmd->json_lines) {
        mc_call_forget_replies(cmd->call);
    }
    int r = mc_call_run(cmd->call, &cmd->error);
    r = r ? r : cmd->failure;
    if (r) {
        return r;
    }
    if (!mc_call_stats(cmd->call)->discovered) {
        mc_out_flush(&cmd->out);
        mc_out_raw(&cmd->err, "\nNo request sent, we did not discover any nodes.");
        mc_out_flush(&cmd->err);
    }
    bool batch = mc_options_has(&cmd->options, MC_OPT_batch);
    mc_out_raw(&cmd->out, !cmd->show_progress ? "" : batch ? "\n" : "\n\n");
    return 0;
}

/* What --display says, or the DDL. Returns 0; MC_CLIENT_USAGE. */
static int which(struct mc_cmd *cmd, enum mc_show *ret_show)
{
    const char *mode = mc_options_text(&cmd->options, MC_OPT_display);

    if (!mode) {
        *ret_show = mc_call_show(cmd->call);
    } else if (strcmp(mode, "ok") == 0) {
        *ret_show = MC_SHOW_OK;
    } else if (strcmp(mode, "failed") == 0) {
        *ret_show = MC_SHOW_FAILED;
    } else {
        *ret_show = MC_SHOW_ALWAYS;
    }
    return 0;
}

int mc_cmd_print(struct mc_cmd *cmd, const char *caption)
{
    struct mc_report_options options = {
        .verbose = mc_cmd_verbose(cmd),
        .summarize = !cmd->first_release, /* it had none */
        .caption = caption,
    };
    int r = which(cmd, &options.show);

    if (r) {
        return r;
    }
    if (cmd->json_lines) {
        r = mc_report_json_noreplies(&cmd->out, cmd->call);
        return r ? r : mc_report_json_summary(&cmd->out, cmd->call);
    }
    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return cmd->json_open ? mc_report_json_replies(&cmd->out, cmd->call)
                              : mc_report_json(&cmd->out, cmd->call);
    }
    mc_out_raw(&cmd->out, "\n");
    mc_report_replies(&cmd->out, cmd->call, &options);
    mc_out_raw(&cmd->out, "\n");
    if (mc_call_stats(cmd->call)->discovered) {
        mc_report_statistics(&cmd->out, cmd->call, &options);
    }
    return 0;
}

void mc_cmd_help(struct mc_cmd *cmd)
{
    struct mc_bytes usage = mc_bytes_text(cmd->command->usage);

    mc_out_printf(&cmd->out, "\n%s\n\n", cmd->command->summary);
    while (usage.len) {
        size_t end = mc_bytes_find(usage, '\n');
        mc_out_raw(&cmd->out, cmd->command->monitor ? "Usage: " : "Usage: mco ");
        mc_out_bytes(&cmd->out, mc_bytes_slice(usage, 0, end));
        mc_out_raw(&cmd->out, "\n");
        usage = mc_bytes_slice(usage, end + 1, usage.len);
    }
    mc_out_raw(&cmd->out, "\n");
    mc_options_help(&cmd->options, &cmd->out);
    mc_out_raw(&cmd->out, "\nThe Marionette Collective " MC_VERSION "\n");
}

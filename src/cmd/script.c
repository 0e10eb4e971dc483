/* Report scripts before the fleet; see script.h and report/inventory/inventory.h.
 *
 * The replies are sorted by node, so that two reports of one fleet can be compared;
 * --unsorted hands each on when it arrives and keeps none. */
#include "cmd/script.h"

#include "base/file.h"
#include "report/inventory/inventory.h"
#include <errno.h>
#include <string.h>

/* One script: it may ask the fleet several times. */
struct script
{
    struct mc_cmd *cmd;
    mc_inventory_node_fn *node;
    void *node_user;
    bool enough; /* the script wants no more */
    int code;    /* the worst exit code */
};

static void hand_on(void *user, const struct mc_client_reply *reply)
{
    struct script *script = user;
    struct mc_cmd *cmd = script->cmd;

    if (script->enough) {
        return;
    }
    if (reply->status == 0) {
        script->enough =
            script->node(script->node_user, reply->sender, reply->data) != 0;
    } else {
        mc_out_flush(&cmd->out);
        mc_out_raw(&cmd->err, "Failed to retrieve inventory for ");
        mc_out_text(&cmd->err, reply->sender);
        mc_out_raw(&cmd->err, ": ");
        mc_out_text(&cmd->err, reply->message);
        mc_out_raw(&cmd->err, "\n");
    }
}

/* A node while the call runs, which then ends early. */
static void stream(void *user, const struct mc_client_reply *reply)
{
    struct script *script = user;

    hand_on(script, reply);
    if (script->enough) {
        mc_client_stop(script->cmd->client);
    }
}

static void no_more(struct script *script)
{
    struct mc_cmd *cmd = script->cmd;
    int code = mc_call_exit_code(cmd->call);

    mc_out_flush(&cmd->out);
    if (!mc_call_stats(cmd->call)->discovered) {
        mc_out_raw(&cmd->err, "No request sent, we did not discover any nodes.\n");
    }
    mc_report_silent(&cmd->err, cmd->call);
    script->code = code > script->code ? code : script->code;
}

static int gather(void *user, mc_inventory_node_fn *node, void *node_user,
                  struct mc_error *error)
{
    struct script *script = user;
    struct mc_cmd *cmd = script->cmd;
    const struct mc_client_reply *reply;
    bool sorted = !mc_options_has(&cmd->options, MC_OPT_unsorted);

    script->node = node;
    script->node_user = node_user;
    if (script->enough) { /* a client that was stopped asks no more */
        cmd->call = mc_call_free(cmd->call);
        cmd->client = mc_client_free(cmd->client);
        script->enough = false;
    }
    int r = cmd->client ? 0 : mc_cmd_open(cmd);
    r = r ? r : mc_cmd_call(cmd, "rpcutil", "inventory");
    if (!r && mc_cmd_verbose(cmd)) {
        mc_cmd_show_discovery(cmd);
    }
    if (!r && sorted) {
        mc_call_sort(cmd->call);
    } else if (!r) {
        mc_call_forget_replies(cmd->call);
        mc_call_on_reply(cmd->call, stream, script);
    }
    r = r ? r : mc_call_run(cmd->call, &cmd->error);
    if (script->enough) {
        return 0;
    }
    if (r) {
        *error = cmd->error;
        return r;
    }
    for (size_t i = 0; sorted && (reply = mc_call_reply(cmd->call, i)); i++) {
        hand_on(script, reply);
    }
    no_more(script);
    return 0;
}

static void write_text(void *user, enum mc_inventory_door door, struct mc_bytes text)
{
    struct script *script = user;
    struct mc_cmd *cmd = script->cmd;

    if (door == MC_INVENTORY_PAGE) {
        mc_out_raw(&cmd->out, "\f");
    } else if (door == MC_INVENTORY_OUT) {
        mc_out_bytes(&cmd->out, text);
    } else {
        mc_out_flush(&cmd->out);
        mc_out_bytes(&cmd->err, text);
    }
}

/* What --format says. Returns 0; MC_CLIENT_USAGE. */
static int read_output(struct mc_cmd *cmd, enum mc_inventory_output *ret_output)
{
    static const struct
    {
        const char *name;
        enum mc_inventory_output output;
    } outputs[] = {
        {"text", MC_INVENTORY_TEXT},
        {"csv", MC_INVENTORY_CSV},
        {"json", MC_INVENTORY_JSON},
        {"html", MC_INVENTORY_HTML},
    };
    const char *name = mc_options_text(&cmd->options, MC_OPT_report_format);

    if (!name) {
        name = mc_options_has(&cmd->options, MC_OPT_json) ? "json" : "text";
    }
    for (size_t i = 0; i < MC_COUNT(outputs); i++) {
        if (strcmp(outputs[i].name, name) == 0) {
            *ret_output = outputs[i].output;
            return 0;
        }
    }
    mc_error_set(&cmd->error, "--format has to be one of text, csv, json or html");
    return MC_CLIENT_USAGE;
}

int mc_script_run(struct mc_cmd *cmd, const char *path)
{
    static const struct mc_inventory_ops ops = {gather, write_text};
    enum mc_inventory_output output = MC_INVENTORY_TEXT;
    struct script script = {.cmd = cmd};
    struct mc_bytes text = {NULL, 0};

    if (read_output(cmd, &output)) {
        return mc_cmd_fail(cmd);
    }
    int r = mc_file_read(path, MC_INVENTORY_SCRIPT_BYTES_MAX, cmd->arena, &text,
                         &cmd->error);
    if (r == -ENOENT) {
        return mc_cmd_fail_with(cmd, "Could not find script to run: %s", path);
    }
    r = r ? r : mc_inventory_run(text, path, output, &ops, &script, &cmd->error);
    if (r == MC_INVENTORY_REFUSED) {
        mc_out_flush(&cmd->out);
        mc_out_text(&cmd->err, cmd->error.text);
        mc_out_raw(&cmd->err, "\n");
        return 1;
    }
    return r ? mc_cmd_fail(cmd) : script.code;
}

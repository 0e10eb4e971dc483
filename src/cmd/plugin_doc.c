/* mco plugin doc: what the DDL files on this machine say, in the layout of the original's
 * help templates (commands.md 1.21). */
#include "cmd/plugin.h"

#include "client/call.h"
#include "codec/inspect.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS 25
#define TITLE_COLUMNS 12
#define INPUT_COLUMNS 25
#define USAGE_MARGIN 3

/* The kinds in the order in which they are listed. */
static const struct
{
    enum mc_ddl_kind kind;
    const char *title;
} kinds[] = {
    {MC_DDL_AGENT, "Agents"},
    {MC_DDL_AGGREGATE, "Aggregate"},
    {MC_DDL_CONNECTOR, "Connectors"},
    {MC_DDL_DATA, "Data Queries"},
    {MC_DDL_DISCOVERY, "Discovery Methods"},
    {MC_DDL_VALIDATOR, "Validator Plugins"},
};

/* One that could not be read. */
struct trouble
{
    enum mc_ddl_kind kind;
    const char *name;
    const char *why;
};

struct troubles
{
    struct trouble items[MC_COUNT(kinds) * 4];
    size_t count;
};

/* The name without what its kind adds to it: fact of fact_data. */
static const char *short_name(struct mc_cmd *cmd, enum mc_ddl_kind kind,
                              const char *name)
{
    const char *suffix = mc_ddl_kind_name(kind);
    size_t len = strlen(name);
    size_t tail = strlen(suffix) + 1;

    if (len <= tail || name[len - tail] != '_' ||
        strcmp(name + len - tail + 1, suffix) != 0) {
        return name;
    }
    const char *text = mc_arena_text(cmd->arena, mc_bytes_make(name, len - tail));
    return text ? text : name;
}

static void row(struct mc_cmd *cmd, const char *left, const char *right)
{
    mc_out_raw(&cmd->out, "  ");
    mc_out_left(&cmd->out, left, NAME_COLUMNS);
    mc_out_raw(&cmd->out, " ");
    mc_out_text(&cmd->out, right);
    mc_out_raw(&cmd->out, "\n");
}

static int list_kind(struct mc_cmd *cmd, struct mc_ddl_store *ddls, size_t k,
                     struct troubles *troubles)
{
    const char *const *names = NULL;
    int r = mc_ddl_list(ddls, kinds[k].kind, cmd->arena, &names);

    if (r) {
        return r;
    }
    mc_out_printf(&cmd->out, "%s:\n", kinds[k].title);
    for (size_t i = 0; names[i]; i++) {
        const struct mc_ddl *ddl = NULL;
        struct mc_error error = {{0}};
        r = mc_ddl_find(ddls, kinds[k].kind, names[i], &ddl, &error);
        if (r < 0) {
            return r;
        }
        if (r == 0) {
            row(cmd, short_name(cmd, kinds[k].kind, names[i]), ddl->description);
        } else if (troubles->count < MC_COUNT(troubles->items)) {
            troubles->items[troubles->count++] = (struct trouble){
                kinds[k].kind, names[i], mc_arena_strdup(cmd->arena, error.text)};
        }
    }
    mc_out_raw(&cmd->out, "\n");
    return 0;
}

static int list(struct mc_cmd *cmd, struct mc_ddl_store *ddls)
{
    struct troubles troubles = {.count = 0};

    mc_out_raw(&cmd->out, "Please specify a plugin. Available plugins are:\n\n");
    for (size_t k = 0; k < MC_COUNT(kinds); k++) {
        int r = list_kind(cmd, ddls, k, &troubles);
        if (r) {
            return mc_cmd_fail(cmd);
        }
    }
    mc_out_raw(&cmd->out, troubles.count ? "Plugin Load Errors:\n" : "");
    for (size_t i = 0; i < troubles.count; i++) {
        const struct trouble *each = &troubles.items[i];
        const char *name = mc_arena_printf(cmd->arena, "%s/%s",
                                           mc_ddl_kind_name(each->kind), each->name);
        row(cmd, name ? name : "", each->why ? each->why : "");
    }
    return 0;
}

/* The file of a plugin: as named, or with what its kind adds. Returns as
 * mc_ddl_find(). */
static int find_as(struct mc_cmd *cmd, struct mc_ddl_store *ddls, enum mc_ddl_kind kind,
                   const char *name, const struct mc_ddl **ret_ddl)
{
    int r = mc_ddl_find(ddls, kind, name, ret_ddl, &cmd->error);

    if (r != MC_DDL_NOT_FOUND) {
        return r;
    }
    const char *full =
        mc_arena_printf(cmd->arena, "%s_%s", name, mc_ddl_kind_name(kind));
    return full ? mc_ddl_find(ddls, kind, full, ret_ddl, &cmd->error) : -ENOMEM;
}

/* Find "name" in all kinds, or "kind/name". Returns 0; MC_DDL_NOT_FOUND;
 * MC_DDL_INVALID for a name of several kinds; others as mc_ddl_find(). */
static int find(struct mc_cmd *cmd, struct mc_ddl_store *ddls, const char *word,
                const struct mc_ddl **ret_ddl)
{
    const char *slash = strchr(word, '/');
    size_t len = slash ? (size_t)(slash - word) : 0;
    const char *name = slash ? slash + 1 : word;
    size_t found = 0;

    for (size_t k = 0; k < MC_COUNT(kinds); k++) {
        const char *kind = mc_ddl_kind_name(kinds[k].kind);
        if (slash && !mc_bytes_equal(mc_bytes_text(kind), mc_bytes_make(word, len))) {
            continue;
        }
        int r = find_as(cmd, ddls, kinds[k].kind, name, ret_ddl);
        if (r != 0 && r != MC_DDL_NOT_FOUND) {
            return r;
        }
        found += r == 0;
    }
    if (found == 1) {
        return 0;
    }
    if (found) {
        mc_error_set(&cmd->error, "Duplicate plugin name found, please specify a full "
                                  "path like agent/rpcutil");
        return MC_DDL_INVALID;
    }
    if (slash) {
        mc_error_set(&cmd->error, "Could not find a '%.*s' plugin named '%s'", (int)len,
                     word, name);
    } else {
        mc_error_set(&cmd->error,
                     "Could not find a plugin named '%s' in any supported plugin type",
                     word);
    }
    return MC_DDL_NOT_FOUND;
}

/* A heading with a line of the same width below. */
static void heading(struct mc_cmd *cmd, const char *indent, const char *text,
                    const char *line)
{
    mc_out_raw(&cmd->out, indent);
    mc_out_text(&cmd->out, text);
    mc_out_raw(&cmd->out, "\n");
    mc_out_raw(&cmd->out, indent);
    for (size_t i = mc_text_width(mc_bytes_text(text)); i > 0; i--) {
        mc_out_raw(&cmd->out, line);
    }
    mc_out_raw(&cmd->out, "\n");
}

static void field(struct mc_cmd *cmd, size_t width, const char *title, const char *text)
{
    mc_out_right(&cmd->out, title, width);
    mc_out_raw(&cmd->out, ": ");
    mc_out_text(&cmd->out, text);
    mc_out_raw(&cmd->out, "\n");
}

static const char *shown(struct mc_cmd *cmd, const struct mc_value *value)
{
    const char *text = value ? mc_inspect_text(value, cmd->arena) : NULL;

    return text ? text : "";
}

/* What an input is; the query of a data plugin is never optional, which is not said. */
static void explain_input(struct mc_cmd *cmd, const struct mc_ddl_input *input,
                          bool query)
{
    field(cmd, INPUT_COLUMNS, "Description", input->description);
    field(cmd, INPUT_COLUMNS, "Prompt", input->prompt);
    field(cmd, INPUT_COLUMNS, "Type", input->type);
    if (!query) {
        field(cmd, INPUT_COLUMNS, "Optional", input->optional ? "true" : "false");
    }
    if (strcmp(input->type, "string") == 0) {
        const char *length =
            mc_arena_printf(cmd->arena, "%lld", (long long)input->maxlength);
        field(cmd, INPUT_COLUMNS, "Validation", shown(cmd, input->validation));
        field(cmd, INPUT_COLUMNS, "Length", length ? length : "");
    } else if (input->list) {
        const char *text = "";
        for (size_t i = 0; text && i < mc_value_count(input->list); i++) {
            text = mc_arena_printf(cmd->arena, "%s%s%s", text, i ? ", " : "",
                                   shown(cmd, mc_value_item(input->list, i)));
        }
        field(cmd, INPUT_COLUMNS, "Valid Values", text ? text : "");
    }
    if (!mc_value_is(input->default_value, MC_NIL)) {
        field(cmd, INPUT_COLUMNS, "Default Value", shown(cmd, input->default_value));
    }
    mc_out_raw(&cmd->out, "\n");
}

/* Something declared, and its name to sort by. */
struct named
{
    const char *name;
    const void *what;
};

static int by_name(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;

    return strcmp(left->name, right->name);
}

/* Fill a list of count named things, sorted. size: bytes of one; each begins with its
 * name. Returns NULL without memory. */
static const struct named *sorted(struct mc_cmd *cmd, const void *items, size_t count,
                                  size_t size)
{
    struct named *list = mc_arena_array(cmd->arena, count + 1, sizeof(*list));

    for (size_t i = 0; list && i < count; i++) {
        list[i].what = (const char *)items + i * size;
        memcpy(&list[i].name, list[i].what, sizeof(list[i].name));
    }
    if (list && count) {
        qsort(list, count, sizeof(*list), by_name);
    }
    return list;
}

/* The name of an input or output, on a line of its own. */
static void label(struct mc_cmd *cmd, const char *name)
{
    mc_out_raw(&cmd->out, "           ");
    mc_out_text(&cmd->out, name);
    mc_out_raw(&cmd->out, ":\n");
}

static void explain_outputs(struct mc_cmd *cmd, const struct mc_ddl_action *action)
{
    const struct named *outputs =
        sorted(cmd, action->outputs, action->outputs_count, sizeof(*action->outputs));

    for (size_t i = 0; outputs && i < action->outputs_count; i++) {
        const struct mc_ddl_output *output = outputs[i].what;
        label(cmd, output->name);
        field(cmd, INPUT_COLUMNS, "Description", output->description);
        field(cmd, INPUT_COLUMNS, "Display As", output->display_as);
        if (!mc_value_is(output->default_value, MC_NIL)) {
            field(cmd, INPUT_COLUMNS, "Default Value",
                  shown(cmd, output->default_value));
        }
        mc_out_raw(&cmd->out, "\n");
    }
}

static void explain_action(struct mc_cmd *cmd, const struct mc_ddl_action *action)
{
    const struct named *inputs =
        sorted(cmd, action->inputs, action->inputs_count, sizeof(*action->inputs));
    const char *title = mc_arena_printf(cmd->arena, "%s action:", action->name);

    heading(cmd, "   ", title ? title : "", "-");
    mc_out_raw(&cmd->out, "       ");
    mc_out_text(&cmd->out, action->description);
    mc_out_raw(&cmd->out, "\n\n       INPUT:\n");
    for (size_t i = 0; inputs && i < action->inputs_count; i++) {
        const struct mc_ddl_input *input = inputs[i].what;
        label(cmd, input->name);
        explain_input(cmd, input, false);
    }
    if (!action->inputs_count) {
        mc_out_raw(&cmd->out, "          This action does not have any inputs\n");
    }
    mc_out_raw(&cmd->out, "\n       OUTPUT:\n");
    explain_outputs(cmd, action);
}

static void explain_agent(struct mc_cmd *cmd, const struct mc_ddl *ddl)
{
    size_t count = ddl->actions_count;
    const struct named *actions =
        sorted(cmd, ddl->actions, count, sizeof(*ddl->actions));

    mc_out_raw(&cmd->out, "\nACTIONS:\n========\n   ");
    for (size_t i = 0; actions && i < count; i++) {
        mc_out_raw(&cmd->out, i ? ", " : "");
        mc_out_text(&cmd->out, actions[i].name);
    }
    mc_out_raw(&cmd->out, "\n\n");
    for (size_t i = 0; actions && i < count; i++) {
        explain_action(cmd, actions[i].what);
    }
}

static void explain_data(struct mc_cmd *cmd, const struct mc_ddl *ddl)
{
    const struct mc_ddl_action *query = ddl->actions_count ? &ddl->actions[0] : NULL;

    mc_out_raw(&cmd->out, "\nQUERY FUNCTION INPUT:\n\n");
    if (query && query->inputs_count) {
        explain_input(cmd, &query->inputs[0], true);
    } else {
        mc_out_raw(&cmd->out, "    This plugin does not take any input\n\n");
    }
    mc_out_raw(&cmd->out, "QUERY FUNCTION OUTPUT:\n\n");
    if (query) {
        explain_outputs(cmd, query);
    }
}

static void explain_discovery(struct mc_cmd *cmd, const struct mc_ddl *ddl)
{
    static const struct
    {
        const char *name;
        const char *what;
    } known[] = {
        {"classes", "Filter based on configuration management classes"},
        {"facts", "Filter based on system facts"},
        {"identity", "Filter based on mcollective identity"},
        {"agents", "Filter based on mcollective agents"},
        {"compound", "Compound filters combining classes and facts"},
    };

    mc_out_raw(&cmd->out, "\nDISCOVERY METHOD CAPABILITIES:\n");
    for (size_t k = 0; k < MC_COUNT(known); k++) {
        for (size_t i = 0; ddl->capabilities && i < mc_value_count(ddl->capabilities);
             i++) {
            const char *name = mc_value_cstr(mc_value_item(ddl->capabilities, i));
            if (name && strcmp(name, known[k].name) == 0) {
                mc_out_printf(&cmd->out, "      %s\n", known[k].what);
                break;
            }
        }
    }
    mc_out_raw(&cmd->out, "\n");
}

/* The usage text, moved in; empty lines at its end are left out. */
static void explain_usage(struct mc_cmd *cmd, const char *usage)
{
    struct mc_bytes rest = mc_bytes_text(usage);

    while (rest.len && rest.data[rest.len - 1] == '\n') {
        rest.len--;
    }
    mc_out_raw(&cmd->out, rest.len ? "\n" : "");
    while (rest.len) {
        size_t end = mc_bytes_find(rest, '\n');
        mc_out_blanks(&cmd->out, USAGE_MARGIN);
        mc_out_bytes(&cmd->out, mc_bytes_slice(rest, 0, end));
        mc_out_raw(&cmd->out, "\n");
        rest = mc_bytes_slice(rest, end + 1, rest.len);
    }
}

static void explain(struct mc_cmd *cmd, const struct mc_ddl *ddl)
{
    const char *timeout = mc_arena_printf(cmd->arena, "%g", ddl->timeout_s);

    heading(cmd, "", ddl->title, "=");
    mc_out_raw(&cmd->out, "\n");
    mc_out_text(&cmd->out, ddl->description);
    mc_out_raw(&cmd->out, "\n\n");
    field(cmd, TITLE_COLUMNS, "Author", ddl->author);
    field(cmd, TITLE_COLUMNS, "Version", ddl->version);
    field(cmd, TITLE_COLUMNS, "License", ddl->license);
    field(cmd, TITLE_COLUMNS, "Timeout", timeout ? timeout : "");
    field(cmd, TITLE_COLUMNS, "Home Page", ddl->url);
    if (ddl->required_version) {
        mc_out_raw(&cmd->out, "\n   Requires MCollective ");
        mc_out_text(&cmd->out, ddl->required_version);
        mc_out_raw(&cmd->out, " or newer\n");
    }
    if (ddl->usage) {
        explain_usage(cmd, ddl->usage);
    }
    if (ddl->kind == MC_DDL_AGENT) {
        explain_agent(cmd, ddl);
    } else if (ddl->kind == MC_DDL_DATA) {
        explain_data(cmd, ddl);
    } else if (ddl->kind == MC_DDL_DISCOVERY) {
        explain_discovery(cmd, ddl);
    }
}

int mc_cmd_plugin_doc(struct mc_cmd *cmd, const char *name)
{
    struct mc_ddl_store *ddls = NULL;
    const struct mc_ddl *ddl = NULL;

    if (mc_cmd_open(cmd) || mc_client__ddls(cmd->client, &ddls)) {
        return mc_cmd_fail(cmd);
    }
    if (!name) {
        return list(cmd, ddls);
    }
    if (find(cmd, ddls, name, &ddl)) {
        return mc_cmd_fail(cmd);
    }
    explain(cmd, ddl);
    return 0;
}

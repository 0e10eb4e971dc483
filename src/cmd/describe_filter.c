/* mco describe_filter: what filters mean, in words and without a network (commands.md
 * 1.4). */
#include "cmd/command.h"
#include "filter/compound.h"

#include <string.h>

#define INDENT 2
/* Deeper groups are not indented further. */
#define DEPTH_MAX 5

/* The parts of the options that this command describes. */
struct parts
{
    struct mc_filter filter;
    struct mc_value *compound; /* the first one, or NULL */
};

/* How the original writes a fact of a compound filter. */
static void fact(struct mc_cmd *cmd, const struct mc_fact_filter *fact, bool compound)
{
    const char *operator= fact->operator;

    if (compound && (strcmp(operator, "==") == 0 || strcmp(operator, "=~") == 0)) {
        operator= "=";
    }
    mc_out_raw(&cmd->out, "Check if fact '");
    mc_out_text(&cmd->out, fact->fact);
    mc_out_printf(&cmd->out, "' %s '", operator);
    mc_out_text(&cmd->out, fact->value);
    mc_out_raw(&cmd->out, "'\n");
}

static void class(struct mc_cmd *cmd, const char *name)
{
    mc_out_raw(&cmd->out, "Check if class '");
    mc_out_text(&cmd->out, name);
    mc_out_raw(&cmd->out, "' is present on the host\n");
}

/* A pattern as Ruby shows one: slashes escaped. */
static void right_side(struct mc_cmd *cmd, const struct mc_value *value)
{
    if (!mc_value_is(value, MC_REGEXP)) {
        mc_out_text(&cmd->out, mc_value_cstr(value));
        return;
    }
    mc_out_raw(&cmd->out, "(?-mix:");
    for (size_t i = 0; i < value->bytes.len; i++) {
        struct mc_bytes rest = mc_bytes_slice(value->bytes, i, SIZE_MAX);
        bool escape = rest.data[0] == '\\' && rest.len > 1;
        mc_out_raw(&cmd->out, rest.data[0] == '/' ? "\\" : "");
        mc_out_bytes(&cmd->out, mc_bytes_slice(rest, 0, escape ? 2 : 1));
        i += escape;
    }
    mc_out_raw(&cmd->out, ")");
}

static void part(struct mc_cmd *cmd, const struct mc_value *function, const char *name)
{
    mc_out_text(&cmd->out, mc_value_cstr(mc_value_get_text(function, name)));
}

static void function(struct mc_cmd *cmd, const struct mc_value *value)
{
    struct mc_out *out = &cmd->out;

    mc_out_raw(out, "Execute the Data Query '");
    part(cmd, value, "name");
    mc_out_raw(out, "'");
    if (mc_value_is(mc_value_get_text(value, "params"), MC_STRING)) {
        mc_out_raw(out, " with parameters (");
        part(cmd, value, "params");
        mc_out_raw(out, ")");
    }
    mc_out_raw(out, ". Check if the query's '");
    if (mc_value_get_text(value, "value")) {
        part(cmd, value, "value");
    }
    mc_out_raw(out, "' value ");
    part(cmd, value, "operator");
    mc_out_raw(out, " '");
    right_side(cmd, mc_value_get_text(value, "r_compare"));
    mc_out_raw(out, "'  \n");
}

static int statement(struct mc_cmd *cmd, const char *text)
{
    struct mc_compound_statement parts;
    int r = mc_compound_statement(text, cmd->arena, &parts, &cmd->error);

    if (r) {
        return r;
    }
    if (parts.fact.fact) {
        fact(cmd, &parts.fact, true);
    } else {
        class(cmd, text);
    }
    return 0;
}

/* One line of a compound filter; operators are shown in capitals. */
static int instruction(struct mc_cmd *cmd, const char *kind,
                       const struct mc_value *value)
{
    static const char *const words[][2] = {
        {"and", "AND"}, {"or", "OR"}, {"not", "NOT"}};

    if (strcmp(kind, "statement") == 0) {
        return statement(cmd, mc_value_cstr(value));
    }
    if (strcmp(kind, "fstatement") == 0) {
        function(cmd, value);
        return 0;
    }
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        kind = strcmp(kind, words[i][0]) == 0 ? words[i][1] : kind;
    }
    mc_out_printf(&cmd->out, "%s\n", kind);
    return 0;
}

/* Each group is indented twice as far as what it is in. */
static int compound(struct mc_cmd *cmd, const struct mc_value *list)
{
    size_t depth = 0;
    int r = 0;

    mc_out_raw(&cmd->out, "-S Query expands to the following instructions:\n\n");
    for (size_t i = 0; !r && i < mc_value_count(list); i++) {
        const struct mc_value *item = mc_value_item(list, i);
        const char *kind = mc_value_cstr(mc_value_key(item, 0));
        depth -= strcmp(kind, ")") == 0;
        mc_out_blanks(&cmd->out,
                      (size_t)INDENT << (depth < DEPTH_MAX ? depth : DEPTH_MAX));
        r = instruction(cmd, kind, mc_value_item(item, 0));
        depth += strcmp(kind, "(") == 0;
    }
    mc_out_raw(&cmd->out, "\n");
    return r;
}

static int read_one(struct mc_cmd *cmd, const struct mc_given *given,
                    struct parts *parts)
{
    struct mc_arena *arena = cmd->arena;
    int r = 0;

    if (given->id == MC_OPT_with) {
        r = mc_filter_add_with(&parts->filter, arena, given->value);
    } else if (given->id == MC_OPT_with_fact) {
        r = mc_filter_add_fact(&parts->filter, arena, given->value);
    } else if (given->id == MC_OPT_with_class) {
        r = mc_filter_add_class(&parts->filter, arena, given->value);
    } else if (given->id == MC_OPT_select && !parts->compound) {
        return mc_compound_parse(given->value, arena, &parts->compound, &cmd->error);
    }
    if (r == MC_MESSAGE_MALFORMED) {
        mc_error_set(&cmd->error,
                     "Could not parse fact %s it does not appear to be in a valid "
                     "format",
                     given->value);
    }
    return r;
}

static int run(struct mc_cmd *cmd)
{
    struct parts parts = {.compound = NULL};
    const struct mc_filter *filter = &parts.filter;

    for (size_t i = 0; i < cmd->options.given_count; i++) {
        if (read_one(cmd, &cmd->options.given[i], &parts)) {
            return mc_cmd_fail(cmd);
        }
    }
    if (filter->facts_count) {
        mc_out_raw(&cmd->out,
                   "-F filter expands to the following fact comparisons:\n\n");
    }
    for (size_t i = 0; i < filter->facts_count; i++) {
        mc_out_blanks(&cmd->out, INDENT);
        fact(cmd, &filter->facts[i], false);
    }
    if (filter->classes.count) {
        mc_out_printf(&cmd->out,
                      "%s-C filter expands to the following class checks:\n\n",
                      filter->facts_count ? "\n" : "");
    }
    for (size_t i = 0; i < filter->classes.count; i++) {
        mc_out_blanks(&cmd->out, INDENT);
        class(cmd, filter->classes.items[i].text);
    }
    mc_out_raw(&cmd->out, filter->facts_count || filter->classes.count ? "\n" : "");
    return parts.compound && compound(cmd, parts.compound) ? mc_cmd_fail(cmd) : 0;
}

extern const struct mc_command mc_command_describe_filter;
const struct mc_command mc_command_describe_filter = {
    .name = "describe_filter",
    .summary = "Say in words what a filter asks",
    .usage = "describe_filter -S <filter> -F <filter> -C <filter>",
    .sections = MC_SECTION_REQUIRED | MC_SECTION_FILTER,
    .run = run,
};

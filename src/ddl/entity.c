/* The statements that carry many properties: metadata, input, output, aggregate. */
#include "ddl/build-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGENT_TIMEOUT_S 10.0
#define DATA_TIMEOUT_S 1.0

/* The first of a NULL-terminated list of properties that a hash does not have. */
static const char *missing(const struct mc_value *hash, const char *const *names)
{
    while (*names && mc_value_get_symbol(hash, *names)) {
        names++;
    }
    return *names;
}

static bool truthy(const struct mc_value *value)
{
    return value && value->type != MC_NIL &&
           !(value->type == MC_BOOL && !value->boolean);
}

int mc_ddl__default_metadata(struct mc_ddl__builder *b)
{
    struct mc_ddl *ddl = b->ddl;

    ddl->title = ddl->name;
    ddl->description = "";
    ddl->author = "";
    ddl->license = "";
    ddl->version = "";
    ddl->url = "";
    ddl->timeout_s = ddl->kind == MC_DDL_DATA ? DATA_TIMEOUT_S : AGENT_TIMEOUT_S;
    return 0;
}

static int take_timeout(struct mc_ddl__builder *b, const struct mc_value *value)
{
    double seconds = -1;

    if (value->type == MC_INT) {
        seconds = (double)value->integer;
    } else if (value->type == MC_FLOAT) {
        seconds = value->real;
    } else if (value->type == MC_STRING && mc_value_cstr(value)) {
        char *end = NULL;
        seconds = strtod(mc_value_cstr(value), &end);
        seconds = *end || end == mc_value_cstr(value) ? -1 : seconds;
    } else if (value->type == MC_NIL) {
        return 0;
    }
    if (!(seconds >= 0 && seconds <= 1e9)) {
        return mc_ddl__broken(b, ":timeout must be a number of seconds");
    }
    b->ddl->timeout_s = seconds;
    return 0;
}

int mc_ddl__take_metadata(struct mc_ddl__builder *b, const struct mc_value *args)
{
    static const char *const needed[] = {"name",    "description", "author",  "license",
                                         "version", "url",         "timeout", NULL};
    const struct mc_value *hash = mc_ddl__arg(args, 0);
    struct mc_ddl *ddl = b->ddl;
    const char **texts[] = {&ddl->title,   &ddl->description, &ddl->author,
                            &ddl->license, &ddl->version,     &ddl->url};

    if (!mc_value_is(hash, MC_HASH)) {
        return mc_ddl__broken(b, "needs a hash of properties");
    }
    const char *lacks = missing(hash, needed);
    if (lacks) {
        return mc_ddl__broken(b, "needs a :%s property", lacks);
    }
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        *texts[i] = mc_ddl__text(mc_value_get_symbol(hash, needed[i]), b->arena);
        if (!*texts[i]) {
            return -ENOMEM;
        }
    }
    ddl->metadata = hash;
    return take_timeout(b, mc_value_get_symbol(hash, "timeout"));
}

static int64_t length_of(const struct mc_value *value)
{
    int64_t length = 0;

    if (mc_value_is(value, MC_INT)) {
        length = value->integer;
    } else if (mc_value_is(value, MC_FLOAT) && value->real > 0 && value->real < 1e15) {
        length = (int64_t)value->real;
    } else if (mc_value_is(value, MC_STRING) && mc_value_cstr(value)) {
        length = strtoll(mc_value_cstr(value), NULL, 10);
    }
    return length > 0 ? length : 0;
}

static int check_input(struct mc_ddl__builder *b, const char *name,
                       const struct mc_value *hash)
{
    static const char *const agent[] = {"prompt", "description", "type", "optional",
                                        NULL};
    static const char *const data[] = {"prompt", "description", "type", NULL};
    static const char *const string[] = {"validation", "maxlength", NULL};
    static const char *const list[] = {"list", NULL};

    if (!mc_value_is(hash, MC_HASH)) {
        return mc_ddl__broken(b, "'%s' needs a hash of properties", name);
    }
    const char *lacks = missing(hash, b->ddl->kind == MC_DDL_AGENT ? agent : data);
    const char *type = mc_value_cstr(mc_value_get_symbol(hash, "type"));
    if (!lacks && type && strcmp(type, "string") == 0) {
        lacks = missing(hash, string);
    }
    if (!lacks && type && strcmp(type, "list") == 0) {
        lacks = missing(hash, list);
        if (!lacks && !mc_value_is(mc_value_get_symbol(hash, "list"), MC_ARRAY)) {
            return mc_ddl__broken(b, "'%s': :list must be an array", name);
        }
    }
    if (lacks) {
        return mc_ddl__broken(b, "'%s' needs a :%s property", name, lacks);
    }
    return type ? 0 : mc_ddl__broken(b, "'%s': :type must be a Symbol", name);
}

static struct mc_ddl_input *input_slot(struct mc_ddl__builder *b, const char *name,
                                       bool symbol)
{
    struct mc_ddl__draft *draft = b->current;

    for (size_t i = 0; i < draft->action.inputs_count; i++) {
        if (draft->inputs[i].symbol == symbol &&
            strcmp(draft->inputs[i].name, name) == 0) {
            return &draft->inputs[i];
        }
    }
    struct mc_ddl_input *inputs =
        mc_ddl__grow(b->arena, draft->inputs, sizeof(*inputs),
                     &draft->action.inputs_count, &draft->inputs_room);
    if (!inputs) {
        return NULL;
    }
    draft->inputs = inputs;
    return &inputs[draft->action.inputs_count - 1];
}

/* Whoever sends the String cannot mean the Symbol then. The first of a file is kept. */
static int note_both(struct mc_ddl__builder *b, const char *name, bool symbol)
{
    const struct mc_ddl__draft *draft = b->current;

    for (size_t i = 0; !b->ddl->warning && i < draft->action.inputs_count; i++) {
        if (draft->inputs[i].symbol != symbol &&
            strcmp(draft->inputs[i].name, name) == 0) {
            b->ddl->warning = mc_arena_printf(
                b->arena,
                "%s:%lld: %s: '%s' is declared both as Symbol and as String; the keys "
                "should be unique",
                b->path, (long long)b->line, b->verb, name);
            return b->ddl->warning ? 0 : -ENOMEM;
        }
    }
    return 0;
}

int mc_ddl__take_input(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct mc_value *key = mc_ddl__arg(args, 0);
    const struct mc_value *hash = mc_ddl__arg(args, 1);
    const char *name = mc_value_cstr(key);

    if (!name || !*name) {
        return mc_ddl__broken(b, "needs a name");
    }
    if (b->ddl->kind == MC_DDL_DATA && strcmp(name, "query") != 0) {
        return mc_ddl__broken(b, "'%s': a data query has the input :query only", name);
    }
    int r = check_input(b, name, hash);
    r = r ? r : note_both(b, name, key->type == MC_SYMBOL);
    if (r != 0) {
        return r;
    }
    struct mc_ddl_input *input = input_slot(b, name, key->type == MC_SYMBOL);
    const struct mc_value *fallback = mc_value_get_symbol(hash, "default");
    if (!input) {
        return -ENOMEM;
    }
    *input = (struct mc_ddl_input){
        .name = name,
        .symbol = key->type == MC_SYMBOL,
        .prompt = mc_ddl__text(mc_value_get_symbol(hash, "prompt"), b->arena),
        .description = mc_ddl__text(mc_value_get_symbol(hash, "description"), b->arena),
        .type = mc_value_cstr(mc_value_get_symbol(hash, "type")),
        .default_value = fallback ? fallback : mc_value_nil(b->arena),
        .optional = truthy(mc_value_get_symbol(hash, "optional")),
        .validation = mc_value_get_symbol(hash, "validation"),
        .maxlength = length_of(mc_value_get_symbol(hash, "maxlength")),
        .list = mc_value_get_symbol(hash, "list"),
    };
    return input->prompt && input->description && input->default_value ? 0 : -ENOMEM;
}

static struct mc_ddl_output *output_slot(struct mc_ddl__builder *b, const char *name,
                                         bool symbol)
{
    struct mc_ddl__draft *draft = b->current;

    for (size_t i = 0; i < draft->action.outputs_count; i++) {
        if (draft->outputs[i].symbol == symbol &&
            strcmp(draft->outputs[i].name, name) == 0) {
            return &draft->outputs[i];
        }
    }
    struct mc_ddl_output *outputs =
        mc_ddl__grow(b->arena, draft->outputs, sizeof(*outputs),
                     &draft->action.outputs_count, &draft->outputs_room);
    if (!outputs) {
        return NULL;
    }
    draft->outputs = outputs;
    return &outputs[draft->action.outputs_count - 1];
}

int mc_ddl__take_output(struct mc_ddl__builder *b, const struct mc_value *args)
{
    static const char *const needed[] = {"description", "display_as", NULL};
    const struct mc_value *key = mc_ddl__arg(args, 0);
    const struct mc_value *hash = mc_ddl__arg(args, 1);
    const char *name = mc_value_cstr(key);

    if (!name || !*name) {
        return mc_ddl__broken(b, "needs a name");
    }
    const char *lacks = missing(hash, needed);
    if (lacks) {
        return mc_ddl__broken(b, "'%s' needs a :%s property", name, lacks);
    }
    struct mc_ddl_output *output = output_slot(b, name, key->type == MC_SYMBOL);
    const struct mc_value *fallback = mc_value_get_symbol(hash, "default");
    if (!output) {
        return -ENOMEM;
    }
    *output = (struct mc_ddl_output){
        .name = name,
        .symbol = key->type == MC_SYMBOL,
        .description = mc_ddl__text(mc_value_get_symbol(hash, "description"), b->arena),
        .display_as = mc_ddl__text(mc_value_get_symbol(hash, "display_as"), b->arena),
        .default_value = fallback ? fallback : mc_value_nil(b->arena),
    };
    return output->description && output->display_as && output->default_value ? 0
                                                                              : -ENOMEM;
}

/* The argument list of the function: its output, perhaps a hash of options. */
static int fill_aggregate(struct mc_ddl__builder *b, struct mc_ddl_aggregate *aggregate,
                          const struct mc_value *function)
{
    const struct mc_value *list = mc_value_get_symbol(function, "args");
    const struct mc_value *options = mc_ddl__arg(list, 1);
    const struct mc_value *format = mc_value_get_symbol(options, "format");

    aggregate->function = mc_value_cstr(mc_value_get_symbol(function, "function"));
    aggregate->output = mc_value_cstr(mc_ddl__arg(list, 0));
    if (!aggregate->function || !aggregate->output) {
        return mc_ddl__broken(b, "needs a function of an output, like summary(:x)");
    }
    aggregate->options = mc_value_is(options, MC_HASH) ? options : NULL;
    if (format && format->type != MC_NIL) {
        aggregate->format = mc_ddl__text(format, b->arena);
        return aggregate->format ? 0 : -ENOMEM;
    }
    return 0;
}

int mc_ddl__take_aggregate(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct mc_value *function = mc_ddl__arg(args, 0);
    const struct mc_value *format = mc_ddl__arg(args, 1);
    struct mc_ddl__draft *draft = b->current;

    if (format && !mc_value_is(format, MC_HASH)) {
        return mc_ddl__broken(b, "the format must be a hash");
    }
    if (format && !mc_value_get_symbol(format, "format")) {
        return mc_ddl__broken(b, "the format needs a :format key");
    }
    if (!mc_value_is(function, MC_HASH) ||
        !mc_value_is(mc_value_get_symbol(function, "args"), MC_ARRAY)) {
        return mc_ddl__broken(b, "needs a function of an output, like summary(:x)");
    }
    struct mc_ddl_aggregate *aggregates =
        mc_ddl__grow(b->arena, draft->aggregates, sizeof(*aggregates),
                     &draft->action.aggregates_count, &draft->aggregates_room);
    if (!aggregates) {
        return -ENOMEM;
    }
    draft->aggregates = aggregates;
    struct mc_ddl_aggregate *aggregate =
        &aggregates[draft->action.aggregates_count - 1];
    return fill_aggregate(b, aggregate, function);
}

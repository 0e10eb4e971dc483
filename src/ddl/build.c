/* Statements -> DDL: every rule about where a statement may stand and what it needs.
 *
 * A table names each statement, the scopes and kinds of plugin it belongs to, and its
 * function. The builder keeps the open scopes on a small stack; actions are drafts
 * that grow until the file has ended. The line of the statement being built is kept,
 * so that each refusal names file, line and statement. */
#include "ddl/build-private.h"

#include <errno.h>
#include <string.h>

enum
{
    SCOPE_TOP = 1,
    SCOPE_ACTION = 2,
    SCOPE_SUMMARY = 4,
    SCOPE_DISCOVERY = 8,
    SCOPE_ANY = 15,
};

#define KIND(kind) (1U << (kind))
#define ALL_KINDS ((1U << MC_DDL_KINDS) - 1)

struct verb
{
    const char *name;
    unsigned kinds;
    unsigned scopes;
    unsigned opens;
    int (*fn)(struct mc_ddl__builder *b, const struct mc_value *args);
};

int mc_ddl__statement(struct mc_arena *arena, struct mc_value *statements, int64_t line,
                      const char *verb, const struct mc_value *args)
{
    struct mc_value *item = mc_value_array(arena);

    if (statements->array.count >= MC_DDL_STATEMENTS_MAX) {
        return MC_DDL_BROKEN;
    }
    if (mc_value_push(arena, item, mc_value_int(arena, line)) != 0 ||
        mc_value_push(arena, item, mc_value_symbol(arena, verb)) != 0 ||
        mc_value_push(arena, item, args) != 0) {
        return -ENOMEM;
    }
    return mc_value_push(arena, statements, item);
}

int mc_ddl__broken(struct mc_ddl__builder *b, const char *format, ...)
{
    struct mc_error text = {""};
    va_list args;

    va_start(args, format);
    mc_error_vset(&text, format, args);
    va_end(args);
    if (b->line > 0) {
        mc_error_set(b->error, "%s:%lld: %s: %s", b->path, (long long)b->line, b->verb,
                     text.text);
    } else {
        mc_error_set(b->error, "%s: %s: %s", b->path, b->verb, text.text);
    }
    return MC_DDL_BROKEN;
}

const struct mc_value *mc_ddl__arg(const struct mc_value *args, size_t index)
{
    return args && index < args->array.count ? args->array.items[index] : NULL;
}

static int take_usage(struct mc_ddl__builder *b, const struct mc_value *args)
{
    b->ddl->usage = mc_ddl__text(mc_ddl__arg(args, 0), b->arena);
    return b->ddl->usage ? 0 : -ENOMEM;
}

static int take_requires(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct mc_value *hash = mc_ddl__arg(args, 0);

    if (!mc_value_is(hash, MC_HASH)) {
        return mc_ddl__broken(b, "needs a hash like :mcollective => \"2.2.1\"");
    }
    for (size_t i = 0; i < hash->hash.count; i++) {
        const char *key = mc_value_cstr(hash->hash.pairs[i].key);
        if (!key || strcmp(key, "mcollective") != 0) {
            return mc_ddl__broken(b, "'%s' is not known, only :mcollective is",
                                  key ? key : "?");
        }
        const char *version = mc_ddl__text(hash->hash.pairs[i].value, b->arena);
        if (!version) {
            return -ENOMEM;
        }
        if (mc_ddl_compare_versions(MC_DDL_MCOLLECTIVE_VERSION, version) < 0) {
            return mc_ddl__broken(
                b, "the plugin needs MCollective version %s or newer, this is %s",
                version, MC_DDL_MCOLLECTIVE_VERSION);
        }
        b->ddl->required_version = version;
    }
    return 0;
}

static struct mc_ddl__draft *find_draft(struct mc_ddl__builder *b, const char *name)
{
    for (size_t i = 0; i < b->drafts_count; i++) {
        if (strcmp(b->drafts[i]->action.name, name) == 0) {
            return b->drafts[i];
        }
    }
    return NULL;
}

static int add_draft(struct mc_ddl__builder *b, const char *name, const char *text)
{
    struct mc_ddl__draft *draft = mc_arena_alloc(b->arena, sizeof(*draft));
    struct mc_ddl__draft **drafts =
        mc_ddl__grow(b->arena, b->drafts, sizeof(struct mc_ddl__draft *),
                     &b->drafts_count, &b->drafts_room);

    if (!draft || !drafts) {
        return -ENOMEM;
    }
    b->drafts = drafts;
    drafts[b->drafts_count - 1] = draft;
    draft->action.name = name;
    draft->action.description = text;
    draft->action.display = MC_DISPLAY_FAILED;
    b->current = draft;
    return 0;
}

static int take_action(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const char *name = mc_value_cstr(mc_ddl__arg(args, 0));
    const struct mc_value *text =
        mc_value_get_symbol(mc_ddl__arg(args, 1), "description");

    if (!name) {
        return mc_ddl__broken(b, "needs a name");
    }
    if (!text) {
        return mc_ddl__broken(b, "'%s' needs a :description", name);
    }
    b->current = find_draft(b, name);
    if (b->current) {
        return 0;
    }
    const char *words = mc_ddl__text(text, b->arena);
    return words ? add_draft(b, name, words) : -ENOMEM;
}

static int take_dataquery(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct mc_value *text =
        mc_value_get_symbol(mc_ddl__arg(args, 0), "description");

    if (!text) {
        return mc_ddl__broken(b, "needs a :description");
    }
    if (b->drafts_count) {
        return mc_ddl__broken(b, "there can be only one");
    }
    const char *words = mc_ddl__text(text, b->arena);
    return words ? add_draft(b, "data", words) : -ENOMEM;
}

static int take_display(struct mc_ddl__builder *b, const struct mc_value *args)
{
    static const char *const names[] = {
        [MC_DISPLAY_FAILED] = "failed",
        [MC_DISPLAY_OK] = "ok",
        [MC_DISPLAY_ALWAYS] = "always",
        [MC_DISPLAY_FLATTEN] = "flatten",
    };
    const struct mc_value *word = mc_ddl__arg(args, 0);
    const char *name = mc_value_is(word, MC_SYMBOL) ? mc_value_cstr(word) : NULL;

    for (unsigned i = 0; name && i < MC_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            b->current->action.display = (enum mc_ddl_display)i;
            return 0;
        }
    }
    return mc_ddl__broken(b, "must be :ok, :failed, :flatten or :always");
}

static int take_discovery(struct mc_ddl__builder *b, const struct mc_value *args)
{
    (void)args;
    if (b->capabilities) {
        return mc_ddl__broken(b, "there can be only one");
    }
    b->capabilities = mc_value_array(b->arena);
    b->ddl->capabilities = b->capabilities;
    return b->capabilities ? 0 : -ENOMEM;
}

static bool known_capability(const struct mc_value *item)
{
    static const char *const names[] = {"classes", "facts", "identity", "agents",
                                        "compound"};
    const char *name = mc_value_is(item, MC_SYMBOL) ? mc_value_cstr(item) : NULL;

    for (size_t i = 0; name && i < MC_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int take_capabilities(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct mc_value *list = args;

    if (mc_value_is(mc_ddl__arg(args, 0), MC_ARRAY)) {
        list = mc_ddl__arg(args, 0);
    }
    if (list->array.count == 0) {
        return mc_ddl__broken(b, "the list cannot be empty");
    }
    for (size_t i = 0; i < list->array.count; i++) {
        if (!known_capability(list->array.items[i])) {
            return mc_ddl__broken(b, "may hold :classes, :facts, :identity, :agents "
                                     "and :compound only");
        }
        if (mc_value_push(b->arena, b->capabilities, list->array.items[i]) != 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int take_summarize(struct mc_ddl__builder *b, const struct mc_value *args)
{
    (void)b;
    (void)args;
    return 0;
}

static const struct verb verbs[] = {
    {"metadata", ALL_KINDS, SCOPE_ANY, 0, mc_ddl__take_metadata},
    {"requires", ALL_KINDS, SCOPE_ANY, 0, take_requires},
    {"usage", ALL_KINDS, SCOPE_ANY, 0, take_usage},
    {"action", KIND(MC_DDL_AGENT), SCOPE_TOP, SCOPE_ACTION, take_action},
    {"dataquery", KIND(MC_DDL_DATA), SCOPE_TOP, SCOPE_ACTION, take_dataquery},
    {"display", KIND(MC_DDL_AGENT), SCOPE_ACTION, 0, take_display},
    {"input", KIND(MC_DDL_AGENT) | KIND(MC_DDL_DATA), SCOPE_ACTION, 0,
     mc_ddl__take_input},
    {"output", KIND(MC_DDL_AGENT) | KIND(MC_DDL_DATA), SCOPE_ACTION, 0,
     mc_ddl__take_output},
    {"summarize", KIND(MC_DDL_AGENT), SCOPE_ACTION, SCOPE_SUMMARY, take_summarize},
    {"aggregate", KIND(MC_DDL_AGENT), SCOPE_ACTION | SCOPE_SUMMARY, 0,
     mc_ddl__take_aggregate},
    {"discovery", KIND(MC_DDL_DISCOVERY), SCOPE_TOP, SCOPE_DISCOVERY, take_discovery},
    {"capabilities", KIND(MC_DDL_DISCOVERY), SCOPE_DISCOVERY, 0, take_capabilities},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int take_statement(struct mc_ddl__builder *b, const struct mc_value *args)
{
    const struct verb *verb = find_verb(b->verb);

    if (strcmp(b->verb, "end") == 0 && b->depth > 0) {
        b->depth--;
        return 0;
    }
    if (!verb) {
        return mc_ddl__broken(b, "there is no such statement");
    }
    if (!(verb->kinds & KIND(b->ddl->kind))) {
        return mc_ddl__broken(b, "does not belong into the DDL of %s plugin",
                              b->ddl->kind == MC_DDL_AGENT ||
                                      b->ddl->kind == MC_DDL_AGGREGATE
                                  ? "such an"
                                  : "such a");
    }
    if (!(verb->scopes & b->scopes[b->depth])) {
        return mc_ddl__broken(b, b->depth ? "does not belong into this block"
                                          : "belongs into the block of an action, "
                                            "dataquery or discovery statement");
    }
    if (verb->opens) {
        if (b->depth + 1 >= MC_COUNT(b->scopes)) {
            return mc_ddl__broken(b, "blocks are nested too deep");
        }
        b->scopes[++b->depth] = verb->opens;
    }
    return verb->fn(b, args);
}

/* Put the drafts into the one array that the DDL shows. */
static int finish(struct mc_ddl__builder *b)
{
    struct mc_ddl_action *actions =
        mc_arena_array(b->arena, b->drafts_count + 1, sizeof(*actions));

    if (!actions) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < b->drafts_count; i++) {
        struct mc_ddl__draft *draft = b->drafts[i];
        draft->action.inputs = draft->inputs;
        draft->action.outputs = draft->outputs;
        draft->action.aggregates = draft->aggregates;
        actions[i] = draft->action;
    }
    b->ddl->actions = actions;
    b->ddl->actions_count = b->drafts_count;
    if (b->capabilities && b->capabilities->array.count == 0) {
        b->verb = "discovery";
        return mc_ddl__broken(b, "needs capabilities");
    }
    return 0;
}

static int begin(struct mc_ddl__builder *b, enum mc_ddl_kind kind, const char *name)
{
    struct mc_ddl *ddl = mc_arena_alloc(b->arena, sizeof(*ddl));

    b->scopes[0] = SCOPE_TOP;
    if (!ddl) {
        return -ENOMEM;
    }
    b->ddl = ddl;
    ddl->kind = kind;
    ddl->name = mc_arena_strdup(b->arena, name);
    ddl->path = mc_arena_strdup(b->arena, b->path);
    ddl->metadata = mc_value_hash(b->arena);
    return ddl->name && ddl->path && ddl->metadata ? mc_ddl__default_metadata(b)
                                                   : -ENOMEM;
}

int mc_ddl__build(const struct mc_value *statements, const char *path,
                  enum mc_ddl_kind kind, const char *name, struct mc_arena *arena,
                  struct mc_ddl **ret_ddl, struct mc_error *error)
{
    struct mc_ddl__builder b = {
        .arena = arena, .path = path, .error = error, .verb = "metadata"};
    int r = begin(&b, kind, name);

    for (size_t i = 0; r == 0 && i < statements->array.count; i++) {
        const struct mc_value *item = statements->array.items[i];
        const struct mc_value *line = mc_ddl__arg(item, 0);
        const struct mc_value *args = mc_ddl__arg(item, 2);
        b.verb = mc_value_cstr(mc_ddl__arg(item, 1));
        b.line = mc_value_is(line, MC_INT) ? line->integer : 0;
        if (!b.verb || !mc_value_is(args, MC_ARRAY)) {
            return -EINVAL;
        }
        r = take_statement(&b, args);
    }
    if (r == 0) {
        r = finish(&b);
    }
    if (r == 0) {
        *ret_ddl = b.ddl;
    }
    return r;
}

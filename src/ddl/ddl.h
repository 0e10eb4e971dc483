/* The declared interface of a plugin: a DDL file, evaluated once and frozen.
 *
 * Two loaders make the same struct: Ruby .ddl files through an embedded mruby that has
 * no file, socket or process classes, and Choria's JSON DDL. After loading no Ruby is
 * left; the struct is immutable and may be shared by any number of nodes
 * (spec collective.md 5). */
#ifndef MC_DDL_DDL_H
#define MC_DDL_DDL_H

#include "value/value.h"

/* What `requires :mcollective` is compared with: the protocol level that we speak. */
#define MC_DDL_MCOLLECTIVE_VERSION "2.12.5"

enum mc_ddl_kind
{
    MC_DDL_AGENT,
    MC_DDL_DATA,
    MC_DDL_DISCOVERY,
    MC_DDL_AGGREGATE,
    MC_DDL_VALIDATOR,
    MC_DDL_CONNECTOR,
    MC_DDL_KINDS,
};

enum mc_ddl_display
{
    MC_DISPLAY_FAILED,
    MC_DISPLAY_OK,
    MC_DISPLAY_ALWAYS,
    MC_DISPLAY_FLATTEN,
};

enum
{
    MC_DDL_INVALID = 1,   /* validation: the words are in error */
    MC_DDL_NOT_FOUND = 2, /* no such plugin, action or input */
    MC_DDL_BROKEN = 3,    /* the file cannot be used; file and line in error */
};

struct mc_ddl_input
{
    const char *name;
    bool symbol; /* declared as Symbol, so the String spelling is accepted too */
    const char *prompt;
    const char *description;
    const char *type; /* "string", "boolean", "list", a validator's name … */
    const struct mc_value *default_value; /* never NULL; nil when absent */
    bool optional;
    const struct mc_value *validation; /* String, Regexp, Symbol, Array … or NULL */
    int64_t maxlength;                 /* characters, 0 unlimited */
    const struct mc_value *list;       /* array or NULL */
};

struct mc_ddl_output
{
    const char *name;
    bool symbol;
    const char *description;
    const char *display_as;
    const struct mc_value *default_value; /* never NULL; nil when absent */
};

struct mc_ddl_aggregate
{
    const char *function;
    const char *output;
    const char *format;             /* :format of the options hash, or NULL */
    const struct mc_value *options; /* hash or NULL */
};

struct mc_ddl_action
{
    const char *name;
    const char *description;
    enum mc_ddl_display display;
    const struct mc_ddl_input *inputs;
    size_t inputs_count;
    const struct mc_ddl_output *outputs;
    size_t outputs_count;
    const struct mc_ddl_aggregate *aggregates;
    size_t aggregates_count;
};

struct mc_ddl
{
    enum mc_ddl_kind kind;
    const char *name;        /* of the plugin, from the file name */
    const char *path;        /* where it was read */
    const char *title;       /* metadata :name */
    const char *description; /* the seven of metadata; texts */
    const char *author;
    const char *license;
    const char *version;
    const char *url;
    double timeout_s;
    const struct mc_value *metadata;     /* the whole hash, Symbol keys */
    const char *usage;                   /* or NULL */
    const char *warning;                 /* file, line and what is doubtful, or NULL */
    const char *required_version;        /* of MCollective, or NULL */
    const struct mc_ddl_action *actions; /* agent: its actions; data: one, "data" */
    size_t actions_count;
    const struct mc_value *capabilities; /* discovery: array of Symbols, or NULL */
};

/* Where DDL files are searched: <folder>/mcollective/<kind>/<name>.ddl, then
 * <folder>/<kind>/<name>.ddl, then the same with .json, then all of these in a folder
 * <name> of their own; the first folder wins. */
struct mc_ddl_store;

/* A new store; every file is read at most once in its life.
 * folders: NULL-terminated search path, copied.
 * Returns the store owned by the caller, or NULL. Never blocks. */
struct mc_ddl_store *mc_ddl_store_new(const char *const *folders);

/* End a store and every DDL it gave out.
 * store: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_ddl_store *mc_ddl_store_free(struct mc_ddl_store *store);

/* Find and load a DDL.
 * store: owns *ret_ddl.   name: plugin name as files are named ("rpcutil", "fact_data").
 * error: the spec's words ("Can't find DDL for agent plugin 'x'"), or file and line.
 * Returns 0; MC_DDL_NOT_FOUND; MC_DDL_BROKEN; -ENOMEM. Blocks on the disk. */
int mc_ddl_find(struct mc_ddl_store *store, enum mc_ddl_kind kind, const char *name,
                const struct mc_ddl **ret_ddl, struct mc_error *error) MC_MUST_USE;

/* The names of all plugins of a kind that the search path holds, sorted, each once.
 * arena: owns *ret_names, NULL-terminated.
 * Returns 0; -ENOMEM. Blocks on the disk. */
int mc_ddl_list(struct mc_ddl_store *store, enum mc_ddl_kind kind,
                struct mc_arena *arena, const char *const **ret_names) MC_MUST_USE;

/* The folder name of a kind ("agent", "data" …).
 * Returns a constant. Never blocks. */
const char *mc_ddl_kind_name(enum mc_ddl_kind kind);

/* The loaders, each from memory: text is borrowed, path names it in errors, arena owns
 * the result.
 * Returns 0; MC_DDL_BROKEN; -ENOMEM. Never blocks. */
int mc_ddl_load_ruby(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error) MC_MUST_USE;
/* Choria's JSON DDL; see mc_ddl_load_ruby(). */
int mc_ddl_load_json(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error) MC_MUST_USE;

/* An action, input or output by name.
 * Returns a borrowed pointer, or NULL when it is not declared. Never blocks. */
const struct mc_ddl_action *mc_ddl_action_find(const struct mc_ddl *ddl,
                                               const char *name);
/* An input; the Symbol when both spellings are declared; see mc_ddl_action_find(). */
const struct mc_ddl_input *mc_ddl_input_find(const struct mc_ddl_action *action,
                                             const char *name);
/* An output; see mc_ddl_action_find(). */
const struct mc_ddl_output *mc_ddl_output_find(const struct mc_ddl_action *action,
                                               const char *name);

/* The value that a request gives for an input: an input declared as Symbol takes the
 * String spelling too, unless that one is declared as well (spec 3.1).
 * data: hash or NULL.
 * Returns a borrowed value, or NULL when it is not given. Never blocks. */
const struct mc_value *mc_ddl_input_value(const struct mc_ddl_action *action,
                                          const struct mc_ddl_input *input,
                                          const struct mc_value *data);

/* Check the inputs of a request (spec 4.5, 5.4): required ones present, declared ones
 * valid; undeclared ones pass.
 * data: hash or NULL.   error: the spec's words, e.g. "Action x needs a y argument".
 * Returns 0; MC_DDL_INVALID. Never blocks. */
int mc_ddl_validate(const struct mc_ddl_action *action, const struct mc_value *data,
                    struct mc_error *error) MC_MUST_USE;

/* Check one value against one input.
 * Returns 0; MC_DDL_INVALID with "Cannot validate input x: …". Never blocks. */
int mc_ddl_validate_input(const struct mc_ddl_input *input,
                          const struct mc_value *value, struct mc_error *error)
    MC_MUST_USE;

/* Turn a command-line text into the declared type (spec 5.3).
 * arena: owns *ret_value.
 * Returns 0; MC_DDL_INVALID ("x does not look like a boolean argument"); -ENOMEM.
 * Never blocks. */
int mc_ddl_convert(const struct mc_ddl_input *input, const char *text,
                   struct mc_arena *arena, const struct mc_value **ret_value,
                   struct mc_error *error) MC_MUST_USE;

/* Client: add the defaults of required inputs that are missing (5.3).
 * data: hash in arena, changed.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_ddl_fill_inputs(const struct mc_ddl_action *action, struct mc_arena *arena,
                       struct mc_value *data) MC_MUST_USE;

/* Node: the reply data before the action runs: every output with its default (3.2).
 * arena: owns *ret_data.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_ddl_fill_outputs(const struct mc_ddl_action *action, struct mc_arena *arena,
                        struct mc_value **ret_data) MC_MUST_USE;

/* Order of two version texts by the rules of spec 5.2.
 * Returns <0, 0 or >0. Never blocks. */
int mc_ddl_compare_versions(const char *a, const char *b);

/* --- aggregates (client only, 5.5) --- */

struct mc_aggregates;

/* One finished aggregate, as text lines ready to be indented. */
struct mc_aggregate_result
{
    const char *output;       /* name, results are sorted by it */
    const char *display_as;   /* heading */
    const char *const *lines; /* NULL-terminated; empty when nothing was collected */
    const char *failure;      /* reason in the spec's words, or NULL */
    const struct mc_value *value; /* structured result, for JSON and the library */
};

/* Begin the aggregates of an action.
 * arena: owns the result; lives until the results were used.
 * Returns them, or NULL. Never blocks. */
struct mc_aggregates *mc_aggregates_new(const struct mc_ddl_action *action,
                                        struct mc_arena *arena);

/* Feed one reply's data (failed replies too).
 * data: hash, borrowed for the call, what is kept is copied; may be NULL.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_aggregates_add(struct mc_aggregates *aggregates, const struct mc_value *data)
    MC_MUST_USE;

/* The results, sorted by output name.
 * ret_results: ret_count of them, owned by the arena.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_aggregates_finish(struct mc_aggregates *aggregates,
                         const struct mc_aggregate_result **ret_results,
                         size_t *ret_count) MC_MUST_USE;

#endif

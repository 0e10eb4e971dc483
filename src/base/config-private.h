/* The inside of a configuration, and how its values are written; used inside
 * base/config only. */
#ifndef MC_BASE_CONFIG_PRIVATE_H
#define MC_BASE_CONFIG_PRIVATE_H

#include "base/config.h"

enum mc_config__kind
{
    MC_CONFIG__TEXT = MC_CONFIG_TEXT,
    MC_CONFIG__INT = MC_CONFIG_INT,
    MC_CONFIG__FLOAT = MC_CONFIG_FLOAT,
    MC_CONFIG__BOOL = MC_CONFIG_BOOL,
    MC_CONFIG__LIST = MC_CONFIG_LIST,
    MC_CONFIG__PATHS = MC_CONFIG_PATHS,
    MC_CONFIG__ACCUMULATE = MC_CONFIG_ACCUMULATE,
    MC_CONFIG__DEPRECATED = MC_CONFIG_DEPRECATED,
    MC_CONFIG__NAME, /* a text for everybody else */
};

enum mc_config__key
{
#define MC_CONFIG_KEY(key, type, fallback, meaning) MC_CONFIG__KEY_##key,
#include "base/config.tbl.h"
#undef MC_CONFIG_KEY
    MC_CONFIG__KEY_COUNT
};

struct mc_config__value
{
    bool set;
    bool flag;
    const char *text;
    int64_t number;
    double real;
    const char **items; /* NULL-terminated */
    size_t count;
    size_t room;
};

struct mc_config__plugin
{
    const char *key;
    const char *value;
    const char *file;
    unsigned line;
};

struct mc_config
{
    struct mc_arena *arena;
    enum mc_role role;
    const char *path;
    const char *folder;
    struct mc_config__value values[MC_CONFIG__KEY_COUNT];
    struct mc_config__plugin *plugins;
    size_t plugin_count;
    size_t plugin_room;
};

/* A declared key, as in base/config.tbl.h. */
struct mc_config__key_about
{
    const char *name;
    const char *fallback;
    const char *meaning;
    enum mc_config__kind kind;
};

extern const struct mc_config__key_about mc_config__keys[MC_CONFIG__KEY_COUNT];

/* The number of a declared key.
 * name: borrowed.
 * Returns it, or MC_CONFIG__KEY_COUNT when there is none. Never blocks. */
size_t mc_config__find_key(const char *name);

/* A plugin key.
 * key: without "plugin.".
 * Returns it, owned by the configuration, or NULL. Never blocks. */
struct mc_config__plugin *mc_config__find_plugin(const struct mc_config *config,
                                                 const char *key);

/* The largest whole number a configuration may hold, either sign: seconds up to it
 * can be turned into microseconds without leaving 64 bits. */
#define MC_CONFIG__NUMBER_MAX INT64_C(1000000000000)

/* A whole number as Ruby writes it: sign, 0x 0b 0o 0d, leading 0 for octal, single
 * underscores between digits.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and the number. Never blocks. */
bool mc_config__integer(struct mc_bytes text, int64_t *ret_number);

/* A decimal number with an optional fraction and exponent.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and a finite number. Never blocks. */
bool mc_config__float(struct mc_bytes text, double *ret_number);

/* 1 yes y true t, or 0 no n false f, in any case.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and the value. Never blocks. */
bool mc_config__bool(struct mc_bytes text, bool *ret_value);

/* Where the configuration of a role is looked for, in this order; ended by NULL.
 * Returns a constant. Never blocks. */
const char *const *mc_config__places(enum mc_role role);

/* The first of some files that can be read.
 * home: a folder whose .mcollective comes before the places; NULL or "" for none.
 * places: at least one, ended by NULL.   arena: owns *ret_path unless it is a place.
 * Returns 0; -ENOENT when none can be read, *ret_path then names the first; -ENOMEM.
 * Blocks on the disk. */
int mc_config__find(const char *home, const char *const *places, struct mc_arena *arena,
                    const char **ret_path) MC_MUST_USE;

#endif

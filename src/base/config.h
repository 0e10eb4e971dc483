/* One configuration file and its plugin.d folder (spec collective.md 4.2).
 *
 * Every key that the original knows is declared in base/config.tbl.h with its type and
 * default; an unknown key, a bad number or a bad boolean is an error that names file,
 * line, key and value. Keys of the form plugin.X are free and kept as text. The whole
 * configuration is immutable after loading. */
#ifndef MC_BASE_CONFIG_H
#define MC_BASE_CONFIG_H

#include "base/arena.h"

struct mc_config;

enum mc_config_type
{
    MC_CONFIG_TEXT,
    MC_CONFIG_INT,
    MC_CONFIG_FLOAT,
    MC_CONFIG_BOOL,
    MC_CONFIG_LIST,       /* comma list, blanks trimmed */
    MC_CONFIG_PATHS,      /* colon list of absolute folders */
    MC_CONFIG_ACCUMULATE, /* each line adds one */
    MC_CONFIG_DEPRECATED, /* read, warned about, ignored */
};

/* Which program reads the file; both accept every key. */
enum mc_role
{
    MC_ROLE_NODE,
    MC_ROLE_CLIENT,
};

/* Called for what is odd but no error: deprecated keys, lines without a value. */
typedef void mc_config_warn_fn(void *user, const char *text);

/* Read a configuration file and <its folder>/plugin.d/<name>.cfg.
 * path: the file.   role: for the default values that differ.
 * warn: may be NULL.   error: file, line, key, reason.
 * Returns 0 and a configuration owned by the caller (mc_config_free); -ENOENT, -EACCES
 * when the file cannot be read; -EINVAL for its content; -ENOMEM. Blocks on the disk. */
int mc_config_load(const char *path, enum mc_role role, mc_config_warn_fn *warn,
                   void *user, struct mc_config **ret_config, struct mc_error *error)
    MC_MUST_USE;

/* The same from memory, without plugin.d, for tests and the simulator.
 * text: borrowed.   name: stands for the file name in errors.
 * Returns as mc_config_load(). Never blocks. */
int mc_config_parse(struct mc_bytes text, const char *name, enum mc_role role,
                    mc_config_warn_fn *warn, void *user, struct mc_config **ret_config,
                    struct mc_error *error) MC_MUST_USE;

/* Give a configuration back.
 * config: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_config *mc_config_free(struct mc_config *config);

/* The configuration file to use when none was named (spec 4.1, commands.md 1.3).
 * role: decides the list of places.   arena: owns *ret_path.
 * ret_path: the first readable one, else the first of the list.
 * Returns 0; -ENOENT (and *ret_path) when none is readable; -ENOMEM. Blocks on the
 * disk. */
int mc_config_find(enum mc_role role, struct mc_arena *arena, const char **ret_path)
    MC_MUST_USE;

/* The value of a declared key; asking with the wrong type or an undeclared name is our
 * own bug and asserts.
 * config: owns the result.   key: as in the table.
 * Returns the value, or the default of the table. Never blocks. */
const char *mc_config_text(const struct mc_config *config, const char *key);
/* An integer; see mc_config_text(). */
int64_t mc_config_int(const struct mc_config *config, const char *key);
/* A number; see mc_config_text(). */
double mc_config_float(const struct mc_config *config, const char *key);
/* A boolean; see mc_config_text(). */
bool mc_config_bool(const struct mc_config *config, const char *key);
/* A NULL-terminated list, never NULL; see mc_config_text(). */
const char *const *mc_config_list(const struct mc_config *config, const char *key);

/* Whether the file set this key (declared, or plugin key without "plugin.").
 * config: borrowed.   key: name.
 * Returns true or false. Never blocks. */
bool mc_config_has(const struct mc_config *config, const char *key);

/* A free plugin key, named without its "plugin." ("psk", "activemq.pool.size").
 * config: owns the result.   fallback: given when it is not set; may be NULL.
 * Returns the text or fallback. Never blocks. */
const char *mc_config_plugin(const struct mc_config *config, const char *key,
                             const char *fallback);

/* A plugin key read as boolean (1 0 yes no true false y n t f, any case).
 * config: borrowed.   key: without "plugin.".   fallback: when it is not set.
 * Returns 0 and the value; -EINVAL with the words in error. Never blocks. */
int mc_config_plugin_bool(const struct mc_config *config, const char *key,
                          bool fallback, bool *ret_value, struct mc_error *error)
    MC_MUST_USE;

/* A plugin key read as integer within bounds.
 * config: borrowed.   key: without "plugin.".   fallback: when it is not set.
 * min, max: inclusive.
 * Returns 0 and the value; -EINVAL with the words in error. Never blocks. */
int mc_config_plugin_int(const struct mc_config *config, const char *key,
                         int64_t fallback, int64_t min, int64_t max, int64_t *ret_value,
                         struct mc_error *error) MC_MUST_USE;

/* A plugin key read as number, 0 or more.
 * config: borrowed.   key: without "plugin.".   fallback: when it is not set.
 * Returns 0 and the value; -EINVAL with the words in error. Never blocks. */
int mc_config_plugin_float(const struct mc_config *config, const char *key,
                           double fallback, double *ret_value, struct mc_error *error)
    MC_MUST_USE;

/* Walk over the plugin keys that are set.
 * config: owns the results.   index: from 0.   ret_value: the text.
 * Returns the key without its "plugin.", or NULL after the last one. Never blocks. */
const char *mc_config_plugin_key(const struct mc_config *config, size_t index,
                                 const char **ret_value);

/* Where it was read from, and the folder of that file.
 * config: owns the result.
 * Returns the path as given. Never blocks. */
const char *mc_config_path(const struct mc_config *config);
/* The folder of the file; see mc_config_path(). */
const char *mc_config_folder(const struct mc_config *config);

/* The name of this machine in the collective: `identity`, else the host name; checked
 * when loading ([A-Za-z0-9_.-]+).
 * config: owns the result.
 * Returns the identity. Never blocks. */
const char *mc_config_identity(const struct mc_config *config);

/* The role it was loaded for.
 * config: borrowed.
 * Returns the role. Never blocks. */
enum mc_role mc_config_role(const struct mc_config *config);

/* Walk over the declared keys, for get_config_item and documentation.
 * index: from 0.   ret_type: its type.
 * Returns the key name, or NULL after the last one. Never blocks. */
const char *mc_config_key(size_t index, enum mc_config_type *ret_type);

#endif

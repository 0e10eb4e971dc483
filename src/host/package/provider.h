/* Package managers: command lines and the reading of what they print.
 *
 * A provider is a table of argument lists and three parsers; it starts nothing itself.
 * Parsers read what a child wrote, which is foreign text: bounded, never trusted. */
#ifndef MC_HOST_PACKAGE_PROVIDER_H
#define MC_HOST_PACKAGE_PROVIDER_H

#include "value/value.h"

/* Arguments of one command line at the most, NULL included. */
#define MC_PACKAGE_ARGS_MAX 24

enum mc_package_command
{
    MC_PACKAGE_QUERY,
    MC_PACKAGE_INSTALL,
    MC_PACKAGE_UPDATE,
    MC_PACKAGE_UNINSTALL,
    MC_PACKAGE_PURGE,
    MC_PACKAGE_LIST,
    MC_PACKAGE_REFRESH,
    MC_PACKAGE_OUTDATED,
    MC_PACKAGE_CLEAN,
    MC_PACKAGE_COMMANDS,
};

/* What is known of one package; texts are empty when unknown. */
struct mc_package_about
{
    const char *ensure; /* full version or "absent" */
    const char *version;
    const char *release;
    const char *epoch;
    const char *arch;
    bool present;
};

struct mc_package_provider
{
    const char *name;         /* "apt", "dnf", "yum", "apk" */
    const char *const *needs; /* programs that must be there, NULL-terminated */

    /* Command lines; "%p" is the package, "%v" stands for "package=version" or what the
     * manager writes for it, "%m" for the mode of a clean. A NULL first argument means
     * that the manager has no such command. */
    const char *const *commands[MC_PACKAGE_COMMANDS];
    const char *version_form; /* printf-like: %p and %v, e.g. "%p=%v" */
    int outdated_exit;        /* exit code that also means success (yum: 100) */

    /* Read the answer to QUERY. output: text of the child; code: its exit code.
     * Returns 0; -ENOMEM. */
    int (*about)(struct mc_bytes output, int code, struct mc_arena *arena,
                 struct mc_package_about *ret_about);
    /* Whether a line of LIST names an installed package. */
    bool (*installed)(struct mc_bytes line);
    /* Read one line of OUTDATED. Returns true when it names an update. */
    bool (*outdated)(struct mc_bytes line, struct mc_bytes *ret_name,
                     struct mc_bytes *ret_version, struct mc_bytes *ret_repo);
};

/* All providers, in the order in which they are tried; ended by NULL.
 * Returns a constant table. Never blocks. */
const struct mc_package_provider *const *mc_package_providers(void);

/* The manager of this machine: the one of that name, else the first whose programs are
 * all there. "puppet", which configurations of the original hold, is no name.
 * wanted: plugin.package.provider, or NULL.   error: one sentence.
 * ret_provider: NULL when there is none.
 * Returns 0; -EINVAL for a name that is not known. Blocks on the disk. */
int mc_package_choose(const char *wanted,
                      const struct mc_package_provider **ret_provider,
                      struct mc_error *error) MC_MUST_USE;

/* Fill in a command line.
 * package, version, mode: may be NULL when the command does not use them.
 * arena: owns new texts.   ret_argv: MC_PACKAGE_ARGS_MAX places.
 * Returns 0; -ENOSYS when the manager has no such command; -ENOMEM. Never blocks. */
int mc_package_argv(const struct mc_package_provider *provider,
                    enum mc_package_command command, const char *package,
                    const char *version, const char *mode, struct mc_arena *arena,
                    const char **ret_argv) MC_MUST_USE;

/* Whether a name or version is safe to hand to every manager: no option, pattern, path,
 * or mark that asks for the contrary ([A-Za-z0-9] first, then also . + : _ ~ -; neither
 * "-" nor a single "+" last; 200 bytes at the most).
 * text: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_package_name_valid(const char *text);

/* The next line of a text, without its end.
 * text: moved on.
 * Returns false at the end. Never blocks. */
bool mc_package_line(struct mc_bytes *text, struct mc_bytes *ret_line);

/* The fields of a line that are separated by a byte, at most max; missing ones are empty.
 * Returns how many there were. Never blocks. */
size_t mc_package_fields(struct mc_bytes line, uint8_t separator, size_t max,
                         struct mc_bytes *ret_fields);

#endif

/* Kernel parameters: the files below /proc/sys, by their dotted names (sysctl(8)).
 *
 * Names come from the network. Only words of letters, digits, "_" and "-" between single
 * dots are names, so none leads out of the folder. */
#ifndef MC_HOST_SYSCTL_SYSCTL_H
#define MC_HOST_SYSCTL_SYSCTL_H

#include "base/arena.h"

#define MC_SYSCTL_FOLDER "/proc/sys"
/* Of a name. */
#define MC_SYSCTL_NAME_BYTES_MAX 120
/* Of a value; longer ones are refused. */
#define MC_SYSCTL_VALUE_BYTES_MAX ((size_t)4096)

enum
{
    MC_SYSCTL_UNKNOWN = 1, /* this kernel has no such parameter */
    MC_SYSCTL_REFUSED = 2, /* no name, or the kernel does not want that */
};

/* Whether a text is a name of a parameter ("vm.swappiness").
 * name: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_sysctl_name_valid(const char *name);

/* Read a parameter.
 * folder: MC_SYSCTL_FOLDER, or another one in tests.   arena: owns *ret_value.
 * ret_value: its lines and blanks as they are, without the last line end.
 * error: one sentence.
 * Returns 0; MC_SYSCTL_UNKNOWN; MC_SYSCTL_REFUSED; -ENOMEM. Blocks on /proc. */
int mc_sysctl_get(const char *folder, const char *name, struct mc_arena *arena,
                  const char **ret_value, struct mc_error *error) MC_MUST_USE;

/* Write a parameter; see mc_sysctl_get().
 * value: one line. */
int mc_sysctl_set(const char *folder, const char *name, const char *value,
                  struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;

#endif

/* Where the files that come with the programs are.
 *
 * A program that is run from the build directory (build/bin/) finds what lies in its
 * own source tree; an installed one finds what was installed. So nothing has to be
 * configured in either case. */
#ifndef MC_BASE_PATHS_H
#define MC_BASE_PATHS_H

#include "base/config.h"

/* The folders to search for plugins (DDL files), first one wins: those of `libdir`, then
 * the plugins of the tree this program was built in, else the installed ones and those of
 * packages. Folders that do not exist are left out, except those of `libdir`.
 * config: may be NULL.   arena: owns *ret_folders, NULL-terminated.
 * Returns 0; -ENOMEM. Blocks on the disk. */
int mc_paths_plugins(const struct mc_config *config, struct mc_arena *arena,
                     const char *const **ret_folders) MC_MUST_USE;

/* Where packages of plugins are installed; an installed program looks there too.
 * Returns a constant. Never blocks. */
const char *mc_paths_packaged_plugins(void);

/* The folder of the running program's file, symbolic links followed.
 * arena: owns *ret_folder.
 * Returns 0; -ENOMEM; -errno when the system does not tell. Blocks on the disk. */
int mc_paths_program(struct mc_arena *arena, const char **ret_folder) MC_MUST_USE;

#endif

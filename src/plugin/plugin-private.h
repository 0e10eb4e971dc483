/* What the parts of plugin/ share. */
#ifndef MC_PLUGIN_PLUGIN_PRIVATE_H
#define MC_PLUGIN_PLUGIN_PRIVATE_H

#include "base/buffer.h"
#include "base/folder.h"
#include "plugin/plugin.h"

/* The names of each format's tool and what it reads and makes. */
#define MC_PLUGIN__TOOL_DEB "dpkg-deb"
#define MC_PLUGIN__TOOL_RPM "rpmbuild"

/* A program that is run to its end. */
struct mc_plugin__run
{
    const char *const *argv;
    const char *const *env; /* additions, or NULL */
    const char *folder;     /* or NULL */
    struct mc_bytes input;
};

/* Run a program without a shell.
 * arena: owns *ret_output, what it wrote to standard output; NULL when that is not asked
 * for.   error: its name and the last line it said.
 * Returns 0; MC_PLUGIN_REFUSED when it could not be run or failed; -errno. Blocks until
 * it ends, some minutes at most. */
int mc_plugin__run(const struct mc_plugin__run *run, struct mc_arena *arena,
                   struct mc_bytes *ret_output, struct mc_error *error) MC_MUST_USE;

/* The plugin while it is read. */
struct mc_plugin__reading
{
    const struct mc_plugin_wishes *wishes;
    struct mc_arena *arena;
    struct mc_plugin *plugin;
    enum mc_ddl_kind kind;
    const char *required_version; /* of MCollective, or NULL */
    const struct mc_folder_file *files;
    size_t files_count;
    struct mc_error *error;
};

/* Say why a plugin is not packaged.
 * Returns MC_PLUGIN_REFUSED. Never blocks. */
int mc_plugin__refuse(struct mc_plugin__reading *reading, const char *format, ...)
    MC_PRINTF(2, 3);

/* Fill in the texts of the plugin, from the options before the DDL.
 * reading: its root and kind are known.
 * Returns as mc_plugin_read(). Blocks on the disk. */
int mc_plugin__read_texts(struct mc_plugin__reading *reading) MC_MUST_USE;

/* Fill in what options alone say.
 * reading: its texts and format are known.
 * Returns as mc_plugin_read(). Blocks on the disk. */
int mc_plugin__read_wishes(struct mc_plugin__reading *reading) MC_MUST_USE;

/* Whether a text is not empty and of these characters: letters, digits, and others.
 * others: allowed besides.
 * Returns true or false. Never blocks. */
bool mc_plugin__plain(const char *text, const char *others);

/* Whether a text is one line of UTF-8 without control characters.
 * Returns true or false. Never blocks. */
bool mc_plugin__line(const char *text);

/* Write a new file with a mode.
 * error: names the path and the reason.
 * Returns 0; -errno. Blocks on the disk. */
int mc_plugin__write(const char *path, struct mc_bytes content, bool executable,
                     struct mc_error *error) MC_MUST_USE;

/* Make one file of a tree, with the folders above it.
 * root: of the tree.   path: with a slash in front.
 * sums: gets a line "md5  path" for it, or NULL.   error: names the path and the reason.
 * Returns 0; -errno. Blocks on the disk. */
int mc_plugin__put(const char *root, const char *path, struct mc_bytes content,
                   bool executable, struct mc_buffer *sums, struct mc_error *error)
    MC_MUST_USE;

/* Put a built package where it is wanted, in place of one of that name.
 * from: file.   into: folder.   name: of the new file.
 * error: names the path and the reason.
 * Returns 0; -errno. Blocks on the disk. */
int mc_plugin__move(const char *from, const char *into, const char *name,
                    struct mc_error *error) MC_MUST_USE;

/* Copy the files of a part below the folder that becomes the root of a package.
 * sums: gets their lines, or NULL.   ret_bytes: of all files.
 * error: names the file and the reason.
 * Returns 0; MC_PLUGIN_REFUSED; -errno. Blocks on the disk. */
int mc_plugin__stage(const struct mc_plugin *plugin, const struct mc_plugin_part *part,
                     const char *root, struct mc_buffer *sums, uint64_t *ret_bytes,
                     struct mc_error *error) MC_MUST_USE;

/* Build the packages of one format.
 * work: an empty folder of ours.
 * Returns as mc_plugin_package(). Blocks. */
int mc_plugin__build_deb(const struct mc_plugin *plugin,
                         const struct mc_plugin_build *build, const char *work,
                         struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;
/* The same for RPM; see mc_plugin__build_deb(). */
int mc_plugin__build_rpm(const struct mc_plugin *plugin,
                         const struct mc_plugin_build *build, const char *work,
                         struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;

#endif

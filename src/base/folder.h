/* Folders: made, listed with all that is below, and removed with it.
 *
 * Nothing here follows a symbolic link below the folder it is given. */
#ifndef MC_BASE_FOLDER_H
#define MC_BASE_FOLDER_H

#include "base/arena.h"

/* How deep a listing goes, and the longest path of one of its files. */
#define MC_FOLDER_DEPTH_MAX 16
#define MC_FOLDER_PATH_BYTES_MAX 1024

/* One regular file of a listing. */
struct mc_folder_file
{
    const char *path; /* below the folder, as agent/x.ddl */
    bool executable;  /* by its owner */
    uint64_t size_bytes;
    int64_t changed_s; /* since 1970 */
};

/* Make one folder, mode 0755 whatever the umask is.
 * path: its parent is there.   error: names the path and the reason.
 * Returns 0; -EEXIST when something of that name is there; other -errno. Blocks on the
 * disk. */
int mc_folder_make(const char *path, struct mc_error *error) MC_MUST_USE;

/* Make those folders of a path that are not there yet, each as mc_folder_make().
 * base: a folder that is there.   path: below it, without "..".
 * error: names the path and the reason.
 * Returns 0; -ENAMETOOLONG; other -errno. Blocks on the disk. */
int mc_folder_make_all(const char *base, const char *path, struct mc_error *error)
    MC_MUST_USE;

/* Make a folder of a new name below TMPDIR or /tmp, which only we can read.
 * prefix: its name begins so.   arena: owns *ret_path.
 * error: names the path and the reason.
 * Returns 0; -errno. Blocks on the disk. */
int mc_folder_temporary(const char *prefix, struct mc_arena *arena,
                        const char **ret_path, struct mc_error *error) MC_MUST_USE;

/* List the regular files below a folder, sorted by path; names that begin with a dot are
 * left out.
 * path: the folder.   max_files: more are an error.   arena: owns *ret_files.
 * error: names what cannot be listed.
 * Returns 0; -ENOENT when the folder is not there; -EINVAL for what is neither file nor
 * folder; -EFBIG for too many or too deep ones; other -errno. Blocks on the disk. */
int mc_folder_files(const char *path, size_t max_files, struct mc_arena *arena,
                    const struct mc_folder_file **ret_files, size_t *ret_count,
                    struct mc_error *error) MC_MUST_USE;

/* Remove a folder with all that is in it.
 * path: may be NULL.
 * Returns 0; the first -errno, after all that can be removed was. Blocks on the disk. */
int mc_folder_remove(const char *path);

#endif

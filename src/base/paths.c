/* Where the files that come with the programs are.
 *
 * The place of the program itself decides: it is asked of the kernel, so PATH, the
 * current folder and argv[0] have no say in which files are loaded. */
#include "base/paths.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From <tree>/build/bin to <tree>. */
#define TREE_FROM_PROGRAM "../.."
/* A file that only a source tree has beside its plugins. */
#define TREE_MARK "meson.build"

int mc_paths_program(struct mc_arena *arena, const char **ret_folder)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (len < 0) {
        return -errno;
    }
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash) {
        return -ENOENT;
    }
    *slash = '\0';
    const char *folder = mc_arena_strdup(arena, path[0] ? path : "/");
    if (!folder) {
        return -ENOMEM;
    }
    *ret_folder = folder;
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The plugins that belong to this program; *ret_folder stays NULL when there are none. */
static int own_plugins(struct mc_arena *arena, const char **ret_folder)
{
    const char *program = NULL;
    int r = mc_paths_program(arena, &program);

    if (r == -ENOMEM) {
        return r;
    }
    if (r == 0) {
        const char *tree = mc_arena_printf(arena, "%s/" TREE_FROM_PROGRAM, program);
        const char *mark = mc_arena_printf(arena, "%s/" TREE_MARK, tree ? tree : "");
        const char *folder = mc_arena_printf(arena, "%s/plugins", tree ? tree : "");
        if (!tree || !mark || !folder) {
            return -ENOMEM;
        }
        if (access(mark, R_OK) == 0 && is_folder(folder)) {
            *ret_folder = folder;
            return 0;
        }
    }
    if (is_folder(MC_DATADIR "/marionette/plugins")) {
        *ret_folder = MC_DATADIR "/marionette/plugins";
    }
    return 0;
}

int mc_paths_plugins(const struct mc_config *config, struct mc_arena *arena,
                     const char *const **ret_folders)
{
    const char *const none[] = {NULL};
    const char *const *libdir = config ? mc_config_list(config, "libdir") : none;
    const char *own = NULL;
    size_t count = 0;

    while (libdir[count]) {
        count++;
    }
    int r = own_plugins(arena, &own);
    if (r < 0) {
        return r;
    }
    const char **folders = mc_arena_array(arena, count + 2, sizeof(*folders));
    if (!folders) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        folders[i] = mc_arena_strdup(arena, libdir[i]);
        if (!folders[i]) {
            return -ENOMEM;
        }
    }
    folders[count] = own;
    *ret_folders = folders;
    return 0;
}

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
/* Packages do not install below /usr/local, where this program may be. */
#define PACKAGED "/usr/share/marionette/plugins"
/* Folders that belong to a program: the installed ones and those of packages. */
#define OWN_MAX 2

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

const char *mc_paths_packaged_plugins(void)
{
    return PACKAGED;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The plugins that belong to this program, at most OWN_MAX; others stay NULL. */
static int own_plugins(struct mc_arena *arena, const char **ret_folders)
{
    const char *program = NULL;
    size_t count = 0;
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
            ret_folders[0] = folder;
            return 0;
        }
    }
    if (is_folder(MC_DATADIR "/marionette/plugins")) {
        ret_folders[count++] = MC_DATADIR "/marionette/plugins";
    }
    if (strcmp(MC_DATADIR "/marionette/plugins", PACKAGED) != 0 &&
        is_folder(PACKAGED)) {
        ret_folders[count] = PACKAGED;
    }
    return 0;
}

int mc_paths_plugins(const struct mc_config *config, struct mc_arena *arena,
                     const char *const **ret_folders)
{
    const char *const none[] = {NULL};
    const char *const *libdir = config ? mc_config_list(config, "libdir") : none;
    const char *own[OWN_MAX] = {NULL};
    size_t count = 0;

    while (libdir[count]) {
        count++;
    }
    int r = own_plugins(arena, own);
    if (r < 0) {
        return r;
    }
    const char **folders = mc_arena_array(arena, count + OWN_MAX + 1, sizeof(*folders));
    if (!folders) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        folders[i] = mc_arena_strdup(arena, libdir[i]);
        if (!folders[i]) {
            return -ENOMEM;
        }
    }
    memcpy(folders + count, own, sizeof(own));
    *ret_folders = folders;
    return 0;
}

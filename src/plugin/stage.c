/* The tree of a package: the files of a part copied to where they will be installed, with
 * modes that do not depend on the author's umask; and the building as a whole. */
#include "plugin/plugin-private.h"

#include "base/child.h"
#include "base/file.h"
#include "base/folder.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define SUM_BYTES 16

/* Append "md5  path" as dpkg wants it; path without the first slash. */
static int add_sum(struct mc_buffer *sums, const char *path, struct mc_bytes content)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(content.data, content.len, sum, &len, EVP_md5(), NULL) != 1 ||
        len != SUM_BYTES) {
        return -EIO;
    }
    for (unsigned i = 0; i < len; i++) {
        mc_buffer_printf(sums, "%02x", sum[i]);
    }
    mc_buffer_printf(sums, "  %s\n", path + 1);
    return mc_buffer_failed(sums) ? -ENOMEM : 0;
}

int mc_plugin__put(const char *root, const char *path, struct mc_bytes content,
                   bool executable, struct mc_buffer *sums, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *scratch = mc_arena_new(1 << 16);
    char *folder = scratch ? mc_arena_strdup(scratch, path + 1) : NULL;
    const char *whole = scratch ? mc_arena_printf(scratch, "%s%s", root, path) : NULL;

    if (!folder || !whole) {
        return -ENOMEM;
    }
    char *slash = strrchr(folder, '/');
    int r = 0;
    if (slash) {
        *slash = '\0';
        r = mc_folder_make_all(root, folder, error);
    }
    r = r ? r : mc_plugin__write(whole, content, executable, error);
    return r || !sums ? r : add_sum(sums, path, content);
}

int mc_plugin__stage(const struct mc_plugin *plugin, const struct mc_plugin_part *part,
                     const char *root, struct mc_buffer *sums, uint64_t *ret_bytes,
                     struct mc_error *error)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < part->files_count; i++) {
        const struct mc_plugin_file *file = &part->files[i];
        MC_CLEANUP(mc_arena_cleanup)
        struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
        struct mc_bytes content = {NULL, 0};
        if (!scratch) {
            return -ENOMEM;
        }
        const char *from =
            mc_arena_printf(scratch, "%s/%s", plugin->root, file->source);
        const char *to =
            mc_arena_printf(scratch, "%s/%s", plugin->pluginpath, file->source);
        int r = from && to ? mc_file_read(from, MC_PLUGIN_FILE_BYTES_MAX, scratch,
                                          &content, error)
                           : -ENOMEM;
        r = r ? r : mc_plugin__put(root, to, content, file->executable, sums, error);
        if (r) {
            return r;
        }
        bytes += content.len;
        if (bytes > MC_PLUGIN_BYTES_MAX) {
            mc_error_set(error,
                         "cannot create package - the files are longer than %zu "
                         "bytes together",
                         MC_PLUGIN_BYTES_MAX);
            return MC_PLUGIN_REFUSED;
        }
    }
    *ret_bytes = bytes;
    return 0;
}

int mc_plugin__move(const char *from, const char *into, const char *name,
                    struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(4 * MC_PLUGIN_BYTES_MAX);
    struct mc_bytes content = {NULL, 0};

    if (!scratch) {
        return -ENOMEM;
    }
    const char *to = mc_arena_printf(scratch, "%s/%s", into, name);
    int r = to ? mc_file_read(from, 2 * MC_PLUGIN_BYTES_MAX, scratch, &content, error)
               : -ENOMEM;
    if (!r && remove(to) != 0 && errno != ENOENT) {
        r = -errno;
        mc_error_set(error, "%s: %s", to, strerror(-r));
    }
    return r ? r : mc_file_create(to, content, error);
}

int mc_plugin_package(const struct mc_plugin *plugin,
                      const struct mc_plugin_build *build, struct mc_arena *arena,
                      const char **ret_kept, struct mc_error *error)
{
    const char *tool =
        plugin->format == MC_PLUGIN_DEB ? MC_PLUGIN__TOOL_DEB : MC_PLUGIN__TOOL_RPM;
    const char *work = NULL;

    if (!mc_child_available(tool)) {
        mc_error_set(error, "Cannot build package. '%s' is not present on the system.",
                     tool);
        return MC_PLUGIN_REFUSED;
    }
    int r = mc_folder_temporary("mco-plugin", arena, &work, error);
    if (r) {
        return r;
    }
    r = plugin->format == MC_PLUGIN_DEB
            ? mc_plugin__build_deb(plugin, build, work, arena, error)
            : mc_plugin__build_rpm(plugin, build, work, arena, error);
    if (!build->keep) {
        (void)mc_folder_remove(work);
    }
    *ret_kept = build->keep ? work : NULL;
    return r;
}

/* Debian packages: one tree each, put together by dpkg-deb (deb-control(5), Debian Policy
 * 5.3 and 12). The files belong to root whoever builds; their times are the plugin's. */
#include "plugin/plugin-private.h"

#include "base/file.h"
#include "base/folder.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CONTROL_BYTES_MAX ((size_t)64 * 1024)
#define SUMS_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* One package while it is built. */
struct deb
{
    const struct mc_plugin *plugin;
    const struct mc_plugin_part *part;
    struct mc_arena *arena;
    const char *name;    /* of the package */
    const char *version; /* with the revision */
    const char *architecture;
    const char *root;  /* of its tree */
    const char *epoch; /* for the environment of the tools */
    struct mc_buffer sums;
    uint64_t bytes;
    struct mc_error *error;
};

/* Make a file of a tree with all folders above it.
 * sums: as in mc_plugin__stage(). */
static int put_text(struct deb *deb, const char *path, const struct mc_buffer *text,
                    struct mc_buffer *sums)
{
    return mc_buffer_failed(text)
               ? -ENOMEM
               : mc_plugin__put(deb->root, path, mc_buffer_bytes(text), false, sums,
                                deb->error);
}

/* A program of this machine's processor makes the package one for it alone. */
static int find_architecture(struct deb *deb)
{
    static const char *const argv[] = {"dpkg", "--print-architecture", NULL};
    static const struct mc_plugin__run ask = {.argv = argv};
    struct mc_bytes said = {NULL, 0};

    deb->architecture = "all";
    if (!deb->part->binary) {
        return 0;
    }
    int r = mc_plugin__run(&ask, deb->arena, &said, deb->error);
    if (r) {
        return r;
    }
    deb->architecture = mc_arena_text(deb->arena, mc_bytes_trim(said));
    if (deb->architecture && !mc_plugin__plain(deb->architecture, "-")) {
        mc_error_set(deb->error, "dpkg does not tell the architecture");
        return MC_PLUGIN_REFUSED;
    }
    return deb->architecture ? 0 : -ENOMEM;
}

static void put_dependencies(struct deb *deb, struct mc_buffer *out)
{
    const struct mc_plugin *plugin = deb->plugin;

    mc_buffer_printf(out, "Depends: %s", plugin->requirement);
    if (plugin->mcversion) {
        mc_buffer_printf(out, " (>= %s)", plugin->mcversion);
    }
    for (size_t i = 0; plugin->dependencies[i]; i++) {
        mc_buffer_printf(out, ", %s", plugin->dependencies[i]);
    }
    if (deb->part->needs_common) {
        mc_buffer_printf(out, ", %s-common (= %s)", plugin->package, deb->version);
    }
    mc_buffer_text(out, "\n");
}

static int put_control(struct deb *deb)
{
    const struct mc_plugin_texts *texts = &deb->plugin->texts;
    struct mc_buffer out;

    mc_buffer_init(&out, CONTROL_BYTES_MAX);
    mc_buffer_printf(&out, "Package: %s\nSource: %s\nVersion: %s\n", deb->name,
                     deb->plugin->package, deb->version);
    mc_buffer_printf(&out, "Architecture: %s\nMaintainer: %s\nInstalled-Size: %llu\n",
                     deb->architecture, texts->author,
                     (unsigned long long)((deb->bytes + 1023) / 1024));
    put_dependencies(deb, &out);
    mc_buffer_printf(&out, "Section: admin\nPriority: optional\nHomepage: %s\n",
                     texts->url);
    mc_buffer_printf(&out, "Description: %s\n %s.\n", texts->description,
                     deb->part->description);
    int r = put_text(deb, "/DEBIAN/control", &out, NULL);
    mc_buffer_deinit(&out);
    return r;
}

/* The licenses whose text each Debian system has. */
static const char *common_license(const char *license)
{
    static const char *const names[] = {
        "Apache-2.0", "Artistic", "BSD",    "GFDL-1.3", "GPL-2",
        "GPL-3",      "LGPL-2.1", "LGPL-3", "MPL-2.0",
    };

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (strcmp(license, names[i]) == 0) {
            return names[i];
        }
    }
    return NULL;
}

static int put_copyright(struct deb *deb)
{
    const struct mc_plugin_texts *texts = &deb->plugin->texts;
    const char *path =
        mc_arena_printf(deb->arena, "/usr/share/doc/%s/copyright", deb->name);
    struct mc_buffer out;

    mc_buffer_init(&out, CONTROL_BYTES_MAX);
    mc_buffer_printf(
        &out,
        "The plugin %s, packaged by mco plugin package.\n\nAuthor: %s\nVendor: %s\n"
        "Home page: %s\n\nCopyright and license: %s\n",
        texts->name, texts->author, deb->plugin->vendor, texts->url, texts->license);
    if (common_license(texts->license)) {
        mc_buffer_printf(&out, "Its text is in /usr/share/common-licenses/%s.\n",
                         common_license(texts->license));
    }
    int r = path ? put_text(deb, path, &out, &deb->sums) : -ENOMEM;
    mc_buffer_deinit(&out);
    return r;
}

static int put_changelog(struct deb *deb)
{
    static const char *const argv[] = {"gzip", "-9nc", NULL};
    const char *path =
        mc_arena_printf(deb->arena, "/usr/share/doc/%s/changelog.Debian.gz", deb->name);
    time_t when = (time_t)deb->plugin->changed_s;
    struct tm parts;
    char date[64] = "";
    struct mc_buffer out;
    struct mc_bytes packed = {NULL, 0};

    if (!path) {
        return -ENOMEM;
    }
    if (gmtime_r(&when, &parts)) {
        (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &parts);
    }
    mc_buffer_init(&out, CONTROL_BYTES_MAX);
    mc_buffer_printf(&out,
                     "%s (%s) unstable; urgency=low\n\n"
                     "  * Packaged by mco plugin package.\n\n -- %s  %s\n",
                     deb->plugin->package, deb->version, deb->plugin->texts.author,
                     date);
    const struct mc_plugin__run pack = {.argv = argv, .input = mc_buffer_bytes(&out)};
    int r = mc_buffer_failed(&out)
                ? -ENOMEM
                : mc_plugin__run(&pack, deb->arena, &packed, deb->error);
    mc_buffer_deinit(&out);
    return r ? r
             : mc_plugin__put(deb->root, path, packed, false, &deb->sums, deb->error);
}

static int put_script(struct deb *deb, const char *from, const char *to)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
    struct mc_bytes content = {NULL, 0};

    if (!from) {
        return 0;
    }
    int r = scratch ? mc_file_read(from, MC_PLUGIN_FILE_BYTES_MAX, scratch, &content,
                                   deb->error)
                    : -ENOMEM;
    return r ? r : mc_plugin__put(deb->root, to, content, true, NULL, deb->error);
}

/* The whole tree. */
static int fill(struct deb *deb)
{
    int r = mc_folder_make(deb->root, deb->error);

    r = r ? r : find_architecture(deb);
    r = r ? r
          : mc_plugin__stage(deb->plugin, deb->part, deb->root, &deb->sums, &deb->bytes,
                             deb->error);
    r = r ? r : put_copyright(deb);
    r = r ? r : put_changelog(deb);
    r = r ? r : put_control(deb);
    r = r ? r : put_text(deb, "/DEBIAN/md5sums", &deb->sums, NULL);
    r = r ? r : put_script(deb, deb->plugin->preinstall, "/DEBIAN/preinst");
    return r ? r : put_script(deb, deb->plugin->postinstall, "/DEBIAN/postinst");
}

static int build_one(struct deb *deb, const struct mc_plugin_build *build)
{
    int r = fill(deb);
    const char *file = r ? NULL
                         : mc_arena_printf(deb->arena, "%s_%s_%s.deb", deb->name,
                                           deb->version, deb->architecture);
    const char *made = file ? mc_arena_printf(deb->arena, "%s.deb", deb->root) : NULL;

    if (r || !made) {
        return r ? r : -ENOMEM;
    }
    const char *const argv[] = {
        MC_PLUGIN__TOOL_DEB, "--root-owner-group", "--build", deb->root, made, NULL};
    const char *const env[] = {deb->epoch, NULL};
    const struct mc_plugin__run run = {.argv = argv, .env = env};
    r = mc_plugin__run(&run, deb->arena, NULL, deb->error);
    r = r ? r : mc_plugin__move(made, build->into, file, deb->error);
    if (!r && build->built) {
        build->built(build->user, file);
    }
    return r;
}

int mc_plugin__build_deb(const struct mc_plugin *plugin,
                         const struct mc_plugin_build *build, const char *work,
                         struct mc_arena *arena, struct mc_error *error)
{
    const char *version =
        mc_arena_printf(arena, "%s-%s", plugin->texts.version, plugin->revision);
    const char *epoch =
        mc_arena_printf(arena, "SOURCE_DATE_EPOCH=%lld", (long long)plugin->changed_s);

    for (size_t i = 0; version && epoch && i < plugin->parts_count; i++) {
        struct deb deb = {
            .plugin = plugin,
            .part = &plugin->parts[i],
            .arena = arena,
            .name =
                mc_arena_printf(arena, "%s-%s", plugin->package, plugin->parts[i].type),
            .version = version,
            .epoch = epoch,
            .error = error,
        };
        deb.root = mc_arena_printf(arena, "%s/%s", work, deb.name ? deb.name : "");
        if (!deb.name || !deb.root) {
            return -ENOMEM;
        }
        mc_buffer_init(&deb.sums, SUMS_BYTES_MAX);
        int r = build_one(&deb, build);
        mc_buffer_deinit(&deb.sums);
        if (r) {
            return r;
        }
    }
    return version && epoch ? 0 : -ENOMEM;
}

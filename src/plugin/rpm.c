/* RPM packages: all parts from one spec file, built by rpmbuild (rpm-spec(5)).
 *
 * The tree is put together here; the spec's install step copies it from a folder that the
 * environment names. So no text of the plugin reaches the shell that rpmbuild starts, and
 * percent signs in metadata are doubled, as macros may run programs. */
#include "plugin/plugin-private.h"

#include "base/file.h"
#include "base/folder.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SPEC_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* What is built, and where. */
struct rpm
{
    const struct mc_plugin *plugin;
    const char *work;
    const char *tree;
    struct mc_arena *arena;
    struct mc_buffer spec;
    struct mc_error *error;
};

/* A text of the plugin, in which nothing is a macro. */
static void put_text(struct rpm *rpm, const char *text)
{
    for (const char *at = text; *at; at++) {
        mc_buffer_text(&rpm->spec, *at == '%' ? "%" : "");
        mc_buffer_byte(&rpm->spec, (uint8_t)*at);
    }
}

static void put_tag(struct rpm *rpm, const char *key, const char *text)
{
    mc_buffer_printf(&rpm->spec, "%s: ", key);
    put_text(rpm, text);
    mc_buffer_text(&rpm->spec, "\n");
}

static void put_head(struct rpm *rpm)
{
    const struct mc_plugin *plugin = rpm->plugin;
    const struct mc_plugin_texts *texts = &plugin->texts;

    put_tag(rpm, "Name", plugin->package);
    put_tag(rpm, "Version", texts->version);
    put_tag(rpm, "Release", plugin->revision);
    put_tag(rpm, "Summary", texts->description);
    put_tag(rpm, "License", texts->license);
    put_tag(rpm, "URL", texts->url);
    put_tag(rpm, "Vendor", plugin->vendor);
    put_tag(rpm, "Packager", texts->author);
    put_tag(rpm, "Group", "System Tools");
    if (!plugin->binary) {
        put_tag(rpm, "BuildArch", "noarch");
    }
    mc_buffer_text(&rpm->spec, "AutoReqProv: no\n"
                               "%global __os_install_post %{nil}\n"
                               "%global debug_package %{nil}\n"
                               "%description\n\n%prep\n\n%build\n\n"
                               "%install\nmkdir -p \"$RPM_BUILD_ROOT\"\n"
                               "cp -a \"$MC_PLUGIN_TREE/.\" \"$RPM_BUILD_ROOT/\"\n\n");
}

static void put_part(struct rpm *rpm, const struct mc_plugin_part *part)
{
    const struct mc_plugin *plugin = rpm->plugin;
    struct mc_buffer *spec = &rpm->spec;

    mc_buffer_printf(spec, "%%package %s\n", part->type);
    put_tag(rpm, "Summary", plugin->texts.description);
    mc_buffer_printf(spec, "Requires: %s", plugin->requirement);
    if (plugin->mcversion) {
        mc_buffer_printf(spec, " >= %s", plugin->mcversion);
    }
    mc_buffer_text(spec, "\n");
    for (size_t i = 0; plugin->dependencies[i]; i++) {
        mc_buffer_printf(spec, "Requires: %s\n", plugin->dependencies[i]);
    }
    if (part->needs_common) {
        mc_buffer_printf(spec, "Requires: %s-common = %s-%s\n", plugin->package,
                         plugin->texts.version, plugin->revision);
    }
    mc_buffer_printf(spec, "%%description %s\n%s.\n\n", part->type, part->description);
    if (plugin->preinstall) {
        mc_buffer_printf(spec, "%%pre %s -f preinstall\n", part->type);
    }
    if (plugin->postinstall) {
        mc_buffer_printf(spec, "%%post %s -f postinstall\n", part->type);
    }
    mc_buffer_printf(spec, "%%files %s\n%%defattr(-,root,root,0755)\n", part->type);
    for (size_t i = 0; i < part->files_count; i++) {
        mc_buffer_printf(spec, "\"%s/%s\"\n", plugin->pluginpath,
                         part->files[i].source);
    }
    mc_buffer_text(spec, "\n");
}

static int put_spec(struct rpm *rpm, const char *path)
{
    time_t when = (time_t)rpm->plugin->changed_s;
    struct tm parts;
    char date[64] = "";
    uint64_t bytes = 0;
    int r = 0;

    put_head(rpm);
    for (size_t i = 0; !r && i < rpm->plugin->parts_count; i++) {
        put_part(rpm, &rpm->plugin->parts[i]);
        r = mc_plugin__stage(rpm->plugin, &rpm->plugin->parts[i], rpm->tree, NULL,
                             &bytes, rpm->error);
    }
    if (gmtime_r(&when, &parts)) {
        (void)strftime(date, sizeof(date), "%a %b %d %Y", &parts);
    }
    mc_buffer_printf(&rpm->spec, "%%changelog\n* %s ", date);
    put_text(rpm, rpm->plugin->texts.author);
    mc_buffer_printf(&rpm->spec, " - %s-%s\n- Packaged by mco plugin package\n",
                     rpm->plugin->texts.version, rpm->plugin->revision);
    if (!r && mc_buffer_failed(&rpm->spec)) {
        r = -ENOMEM;
    }
    return r ? r
             : mc_plugin__write(path, mc_buffer_bytes(&rpm->spec), false, rpm->error);
}

/* The scripts lie in the build folder, where %pre -f finds them; macros are expanded
 * there too, so each percent sign is doubled. */
static int copy_script(struct rpm *rpm, const char *from, const char *name)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
    struct mc_bytes content = {NULL, 0};

    if (!from) {
        return 0;
    }
    const char *to =
        scratch ? mc_arena_printf(scratch, "%s/build/%s", rpm->work, name) : NULL;
    int r =
        to ? mc_file_read(from, MC_PLUGIN_FILE_BYTES_MAX, scratch, &content, rpm->error)
           : -ENOMEM;
    struct mc_buffer text;
    mc_buffer_init(&text, 2 * MC_PLUGIN_FILE_BYTES_MAX);
    while (!r && content.len) {
        size_t plain = mc_bytes_find(content, '%');
        mc_buffer_append(&text, mc_bytes_slice(content, 0, plain));
        mc_buffer_text(&text, plain < content.len ? "%%" : "");
        content = mc_bytes_slice(content, plain + 1, content.len);
    }
    r = !r && mc_buffer_failed(&text) ? -ENOMEM : r;
    r = r ? r : mc_plugin__write(to, mc_buffer_bytes(&text), false, rpm->error);
    mc_buffer_deinit(&text);
    return r;
}

/* rpmbuild with all of its folders below ours. */
static int run_tool(struct rpm *rpm, const char *spec)
{
    struct mc_arena *arena = rpm->arena;
    const char *top = mc_arena_printf(arena, "_topdir %s", rpm->work);
    const char *build = mc_arena_printf(arena, "_builddir %s/build", rpm->work);
    const char *out = mc_arena_printf(arena, "_rpmdir %s/out", rpm->work);
    const char *tree = mc_arena_printf(arena, "MC_PLUGIN_TREE=%s", rpm->tree);
    const char *epoch = mc_arena_printf(arena, "SOURCE_DATE_EPOCH=%lld",
                                        (long long)rpm->plugin->changed_s);
    const char *const argv[] = {
        MC_PLUGIN__TOOL_RPM,
        "-bb",
        "--quiet",
        "--define",
        top,
        "--define",
        build,
        "--define",
        out,
        "--define",
        "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
        "--define",
        "_buildhost localhost",
        "--define",
        "use_source_date_epoch_as_buildtime 1",
        "--define",
        "clamp_mtime_to_source_date_epoch 1",
        "--define",
        "source_date_epoch_from_changelog 0",
        spec,
        NULL};
    const char *const env[] = {tree, epoch, NULL};
    const struct mc_plugin__run run = {.argv = argv, .env = env, .folder = rpm->work};

    if (!top || !build || !out || !tree || !epoch) {
        return -ENOMEM;
    }
    return mc_plugin__run(&run, arena, NULL, rpm->error);
}

static int fetch(struct rpm *rpm, const struct mc_plugin_build *build)
{
    const char *out = mc_arena_printf(rpm->arena, "%s/out", rpm->work);
    const struct mc_folder_file *files = NULL;
    size_t count = 0;
    int r = out ? mc_folder_files(out, MC_PLUGIN_PARTS_MAX, rpm->arena, &files, &count,
                                  rpm->error)
                : -ENOMEM;

    for (size_t i = 0; !r && i < count; i++) {
        const char *from = mc_arena_printf(rpm->arena, "%s/%s", out, files[i].path);
        r = from ? mc_plugin__move(from, build->into, files[i].path, rpm->error)
                 : -ENOMEM;
        if (!r && build->built) {
            build->built(build->user, files[i].path);
        }
    }
    return r;
}

int mc_plugin__build_rpm(const struct mc_plugin *plugin,
                         const struct mc_plugin_build *build, const char *work,
                         struct mc_arena *arena, struct mc_error *error)
{
    struct rpm rpm = {.plugin = plugin, .work = work, .arena = arena, .error = error};
    const char *spec = mc_arena_printf(arena, "%s/plugin.spec", work);

    /* Our folder becomes the value of macros. */
    if (!mc_plugin__plain(work, "/._+-")) {
        mc_error_set(error,
                     "rpmbuild cannot work in %s: TMPDIR has to name a folder of "
                     "letters, digits and ._+- only",
                     work);
        return MC_PLUGIN_REFUSED;
    }
    rpm.tree = mc_arena_printf(arena, "%s/tree", work);
    if (!rpm.tree || !spec) {
        return -ENOMEM;
    }
    mc_buffer_init(&rpm.spec, SPEC_BYTES_MAX);
    int r = mc_folder_make_all(work, "tree", error);
    r = r ? r : mc_folder_make_all(work, "build", error);
    r = r ? r : mc_folder_make_all(work, "out", error);
    r = r ? r : put_spec(&rpm, spec);
    r = r ? r : copy_script(&rpm, plugin->preinstall, "preinstall");
    r = r ? r : copy_script(&rpm, plugin->postinstall, "postinstall");
    r = r ? r : run_tool(&rpm, spec);
    r = r ? r : fetch(&rpm, build);
    mc_buffer_deinit(&rpm.spec);
    return r;
}

/* Where Puppet keeps its state: our settings, puppet.conf, or what its packages say.
 *
 * This is what `puppet config print --section agent` would tell, without the second and
 * a half that Ruby takes to say it: filters ask this inside a step of the node. The
 * interop tests compare the two. */
#include "host/puppet/puppet.h"

#include "base/file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONF_BYTES_MAX ((size_t)256 * 1024)
#define SETTINGS_MAX 64
#define EXPAND_DEPTH_MAX 4

/* The packages of Puppet, by their folders. */
static const struct vendor
{
    const char *conf;
    const char *vardir;
    const char *publicdir;
    const char *rundir;
} vendors[] = {
    {"/etc/puppetlabs/puppet/puppet.conf", "/opt/puppetlabs/puppet/cache",
     "/opt/puppetlabs/puppet/public", "/var/run/puppetlabs"},
    {"/etc/puppet/puppet.conf", "/var/cache/puppet", "/var/cache/puppet/public",
     "/run/puppet"},
    {"/etc/puppet/puppet.conf", "/var/lib/puppet", "/var/lib/puppet/public",
     "/run/puppet"},
};

/* Puppet's own names, and what they are when nobody says otherwise. */
static const struct
{
    const char *name;
    const char *value;
} files_of[MC_PUPPET_FILES] = {
    [MC_PUPPET_DISABLED_LOCK] = {"agent_disabled_lockfile",
                                 "$statedir/agent_disabled.lock"},
    [MC_PUPPET_RUN_LOCK] = {"agent_catalog_run_lockfile",
                            "$statedir/agent_catalog_run.lock"},
    [MC_PUPPET_PID_FILE] = {"pidfile", "$rundir/agent.pid"},
    [MC_PUPPET_SUMMARY] = {"lastrunfile", "$publicdir/last_run_summary.yaml"},
    [MC_PUPPET_REPORT] = {"lastrunreport", "$statedir/last_run_report.yaml"},
    [MC_PUPPET_RESOURCES] = {"resourcefile", "$statedir/resources.txt"},
};

struct look_up
{
    const struct mc_config *config;
    const struct mc_value *conf;
    const struct vendor *vendor;
    struct mc_arena *arena;
};

static bool folder_there(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static const struct vendor *choose_vendor(void)
{
    for (size_t i = 0; i < MC_COUNT(vendors); i++) {
        if (folder_there(vendors[i].vardir)) {
            return &vendors[i];
        }
    }
    return &vendors[1];
}

/* A line "key = value { owner = x }". */
static int read_line(struct mc_bytes line, struct mc_arena *arena,
                     struct mc_value *settings)
{
    size_t equals = mc_bytes_find(line, '=');
    struct mc_bytes key = mc_bytes_trim(mc_bytes_slice(line, 0, equals));
    struct mc_bytes value = mc_bytes_slice(line, equals + 1, SIZE_MAX);

    if (equals >= line.len || !key.len || mc_value_count(settings) >= SETTINGS_MAX) {
        return 0;
    }
    for (size_t i = 0; i + 1 < value.len; i++) {
        /* ${name} is part of the value, a lone brace begins the owner. */
        if (value.data[i] != '$' && value.data[i + 1] == '{') {
            value.len = i + 1;
        }
    }
    return mc_value_set(arena, settings, mc_value_string(arena, key),
                        mc_value_string(arena, mc_bytes_trim(value)));
}

/* The lines of one section. */
static int read_section(struct mc_bytes text, const char *section,
                        struct mc_arena *arena, struct mc_value *settings)
{
    bool inside = strcmp(section, "[main]") == 0;
    int r = 0;

    while (r == 0 && text.len) {
        size_t end = mc_bytes_find(text, '\n');
        struct mc_bytes line = mc_bytes_trim(mc_bytes_slice(text, 0, end));
        if (line.len && line.data[0] == '[') {
            inside = mc_bytes_is(line, section);
        } else if (inside && line.len && line.data[0] != '#') {
            r = read_line(line, arena, settings);
        }
        text = mc_bytes_slice(text, end + 1, SIZE_MAX);
    }
    return r;
}

int mc_puppet_conf(struct mc_bytes text, struct mc_arena *arena,
                   const struct mc_value **ret_settings)
{
    struct mc_value *settings = mc_value_hash(arena);
    int r = settings ? read_section(text, "[main]", arena, settings) : -ENOMEM;

    r = r ? r : read_section(text, "[agent]", arena, settings);
    if (r == 0) {
        *ret_settings = settings;
    }
    return r;
}

static const char *find(const struct look_up *look, const char *name,
                        const char *fallback, unsigned depth);

/* A value with its $name and ${name} replaced. */
static const char *expand(const struct look_up *look, const char *value, unsigned depth)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    const char *result = "";

    if (depth > EXPAND_DEPTH_MAX) {
        return value;
    }
    while (value && result && *value) {
        size_t plain = strcspn(value, "$");
        const char *name = value + plain + (value[plain] == '$');
        bool brace = value[plain] == '$' && *name == '{';
        name += brace;
        size_t len = value[plain] == '$' ? strspn(name, letters) : 0;
        const char *named =
            len ? mc_arena_text(look->arena, mc_bytes_make(name, len)) : "";
        const char *found = len && named ? find(look, named, "", depth + 1) : "";
        result = mc_arena_printf(look->arena, "%s%.*s%s", result, (int)plain, value,
                                 found ? found : "");
        value = name + len;
        value += brace && *value == '}';
    }
    return result;
}

/* What our settings, puppet.conf or the package say about a name. */
static const char *find(const struct look_up *look, const char *name,
                        const char *fallback, unsigned depth)
{
    const struct
    {
        const char *name;
        const char *value;
    } folders[] = {
        {"vardir", look->vendor->vardir},
        {"statedir", "$vardir/state"},
        {"publicdir", look->vendor->publicdir},
        {"rundir", look->vendor->rundir},
    };
    char key[64];
    const char *value = NULL;

    (void)snprintf(key, sizeof(key), "puppet.%s", name);
    if (look->config) {
        value = mc_config_plugin(look->config, key, NULL);
    }
    if (!value) {
        value = mc_value_cstr(mc_value_get_text(look->conf, name));
    }
    for (size_t i = 0; !value && i < MC_COUNT(folders); i++) {
        value = strcmp(folders[i].name, name) == 0 ? folders[i].value : NULL;
    }
    return expand(look, value ? value : fallback, depth);
}

/* Before version 7 the summary was with the other files. */
static const char *older_summary(const struct look_up *look, const char *path)
{
    struct stat about;

    if (path && stat(path, &about) != 0 && errno == ENOENT) {
        const char *older = mc_arena_printf(look->arena, "%s/last_run_summary.yaml",
                                            find(look, "statedir", "", 0));
        return older && stat(older, &about) == 0 ? older : path;
    }
    return path;
}

static int read_conf(struct look_up *look, struct mc_error *error)
{
    const char *given =
        look->config ? mc_config_plugin(look->config, "puppet.config", NULL) : NULL;
    struct mc_bytes text = MC_BYTES("");
    int r = mc_file_read(given ? given : look->vendor->conf, CONF_BYTES_MAX,
                         look->arena, &text, error);

    if (r == -ENOMEM) {
        return r;
    }
    if (r != 0 && (given || (r != -ENOENT && r != -ENOTDIR))) {
        return MC_PUPPET_BROKEN;
    }
    return mc_puppet_conf(text, look->arena, &look->conf);
}

int mc_puppet_files(const struct mc_config *config, struct mc_arena *arena,
                    struct mc_puppet_files *ret_files, struct mc_error *error)
{
    struct look_up look = {
        .config = config,
        .vendor = choose_vendor(),
        .arena = arena,
    };
    struct mc_puppet_files files = {{NULL}};
    int r = read_conf(&look, error);

    if (r != 0) {
        return r;
    }
    for (size_t i = 0; i < MC_PUPPET_FILES; i++) {
        files.path[i] = find(&look, files_of[i].name, files_of[i].value, 0);
        if (i == MC_PUPPET_SUMMARY) {
            files.path[i] = older_summary(&look, files.path[i]);
        }
        if (!files.path[i]) {
            mc_error_set(error, "not enough memory");
            return -ENOMEM;
        }
    }
    *ret_files = files;
    return 0;
}

size_t mc_puppet_command(const struct mc_config *config, const char *key,
                         const char *fallback, struct mc_arena *arena,
                         const char **ret_words, size_t max)
{
    const char *text = config ? mc_config_plugin(config, key, fallback) : fallback;
    size_t count = 0;

    while (*(text += strspn(text, " \t"))) {
        size_t len = strcspn(text, " \t");
        if (count >= max) {
            return 0;
        }
        ret_words[count] = mc_arena_text(arena, mc_bytes_make(text, len));
        if (!ret_words[count++]) {
            return 0;
        }
        text += len;
    }
    return count;
}

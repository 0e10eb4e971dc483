/* The provider tables and the parsers of what package managers print. */
#include "host/package/provider.h"

#include "base/child.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARGS (const char *const[])

bool mc_package_name_valid(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    static const char more[] = ".+:_~-";

    if (len == 0 || len > 200 || text[len - 1] == '-') {
        return false;
    }
    /* apt-get purge a+ would install a; names such as g++ are its own. */
    if (text[len - 1] == '+' && (len < 3 || text[len - 2] != '+')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || !strchr(more, c))) {
            return false;
        }
    }
    return true;
}

bool mc_package_line(struct mc_bytes *text, struct mc_bytes *ret_line)
{
    if (text->len == 0) {
        return false;
    }
    size_t len = mc_bytes_find(*text, '\n');
    *ret_line = mc_bytes_slice(*text, 0, len);
    *text = mc_bytes_slice(*text, len + 1, SIZE_MAX);
    return true;
}

size_t mc_package_fields(struct mc_bytes line, uint8_t separator, size_t max,
                         struct mc_bytes *ret_fields)
{
    size_t count = 0;

    for (size_t i = 0; i < max; i++) {
        ret_fields[i] = mc_bytes_make("", 0);
    }
    while (line.len && count < max) {
        size_t len = mc_bytes_find(line, separator);
        if (len || separator != ' ') {
            ret_fields[count++] = mc_bytes_slice(line, 0, len);
        }
        line = mc_bytes_slice(line, len + 1, SIZE_MAX);
    }
    return count;
}

static int set_text(struct mc_arena *arena, struct mc_bytes bytes, const char **ret)
{
    *ret = mc_arena_text(arena, bytes);
    return *ret ? 0 : -ENOMEM;
}

/* [epoch:]upstream[-revision] (Debian policy 5.6.12). */
static int split_version(struct mc_arena *arena, struct mc_bytes full,
                         struct mc_package_about *about)
{
    size_t colon = mc_bytes_find(full, ':');
    struct mc_bytes rest = full;
    int r = set_text(arena, full, &about->ensure);

    if (r == 0 && colon < full.len) {
        r = set_text(arena, mc_bytes_slice(full, 0, colon), &about->epoch);
        rest = mc_bytes_slice(full, colon + 1, SIZE_MAX);
    }
    size_t dash = rest.len;
    while (dash > 0 && rest.data[dash - 1] != '-') {
        dash--;
    }
    size_t version_len = dash ? dash - 1 : rest.len;
    if (r == 0) {
        r = set_text(arena, mc_bytes_slice(rest, 0, version_len), &about->version);
    }
    if (r == 0 && dash) {
        r = set_text(arena, mc_bytes_slice(rest, dash, SIZE_MAX), &about->release);
    }
    return r;
}

static struct mc_package_about absent(void)
{
    return (struct mc_package_about){
        .ensure = "absent", .version = "", .release = "", .epoch = "", .arch = ""};
}

/* "install ok installed|5.9-4|amd64"; several lines when several architectures are
 * installed: the first installed one counts. */
static int dpkg_about(struct mc_bytes output, int code, struct mc_arena *arena,
                      struct mc_package_about *ret_about)
{
    struct mc_package_about about = absent();
    struct mc_bytes line;
    struct mc_bytes fields[3];
    int r = 0;

    while (code == 0 && r == 0 && !about.present && mc_package_line(&output, &line)) {
        if (mc_package_fields(line, '|', 3, fields) == 3 &&
            mc_bytes_is(fields[0], "install ok installed")) {
            about.present = true;
            r = split_version(arena, fields[1], &about);
            r = r ? r : set_text(arena, fields[2], &about.arch);
        }
    }
    if (r == 0) {
        *ret_about = about;
    }
    return r;
}

static bool dpkg_installed(struct mc_bytes line)
{
    struct mc_bytes fields[3];

    return mc_package_fields(line, '|', 3, fields) == 3 &&
           mc_bytes_is(fields[0], "install ok installed");
}

/* "Inst NAME [OLD] (NEW REPO [ARCH])" of a simulated upgrade. */
static bool apt_outdated(struct mc_bytes line, struct mc_bytes *ret_name,
                         struct mc_bytes *ret_version, struct mc_bytes *ret_repo)
{
    struct mc_bytes fields[5];
    size_t count = mc_package_fields(line, ' ', 5, fields);
    bool update = count >= 4 && mc_bytes_is(fields[0], "Inst") &&
                  mc_bytes_starts(fields[2], "[") && mc_bytes_starts(fields[3], "(");

    if (update) {
        *ret_name = fields[1];
        *ret_version = mc_bytes_slice(fields[3], 1, SIZE_MAX);
        *ret_repo = fields[4];
        if (ret_repo->len && ret_repo->data[ret_repo->len - 1] == ')') {
            ret_repo->len--;
        }
    }
    return update;
}

/* "EPOCH|VERSION|RELEASE|ARCH", epoch "(none)" when there is none. */
static int rpm_about(struct mc_bytes output, int code, struct mc_arena *arena,
                     struct mc_package_about *ret_about)
{
    struct mc_package_about about = absent();
    struct mc_bytes line;
    struct mc_bytes fields[4];
    int r = 0;

    if (code == 0 && mc_package_line(&output, &line) &&
        mc_package_fields(line, '|', 4, fields) == 4) {
        about.present = true;
        const char *epoch = NULL;
        r = set_text(arena, fields[0], &epoch);
        r = r ? r : set_text(arena, fields[1], &about.version);
        r = r ? r : set_text(arena, fields[2], &about.release);
        r = r ? r : set_text(arena, fields[3], &about.arch);
        if (r == 0) {
            about.epoch = strcmp(epoch, "(none)") == 0 ? "0" : epoch;
            about.ensure =
                mc_arena_printf(arena, "%s-%s", about.version, about.release);
            r = about.ensure ? 0 : -ENOMEM;
        }
    }
    if (r == 0) {
        *ret_about = about;
    }
    return r;
}

static bool any_line(struct mc_bytes line)
{
    return mc_bytes_trim(line).len > 0;
}

/* "name.arch   version   repo": three words, the first with a dot. */
static bool yum_outdated(struct mc_bytes line, struct mc_bytes *ret_name,
                         struct mc_bytes *ret_version, struct mc_bytes *ret_repo)
{
    struct mc_bytes fields[4];
    size_t count = mc_package_fields(mc_bytes_trim(line), ' ', 4, fields);

    if (count != 3 || mc_bytes_find(fields[0], '.') == fields[0].len) {
        return false;
    }
    *ret_name = mc_bytes_slice(fields[0], 0, mc_bytes_find(fields[0], '.'));
    *ret_version = fields[1];
    *ret_repo = fields[2];
    return true;
}

/* Where the version begins in "name-1.2.3-r0": the last but one dash. */
static size_t apk_version_at(struct mc_bytes text)
{
    size_t dashes = 0;

    for (size_t i = text.len; i > 0; i--) {
        dashes += text.data[i - 1] == '-';
        if (dashes == 2) {
            return i;
        }
    }
    return text.len;
}

/* "name-1.2.3-r0 x86_64 {origin} (licence) [installed]". */
static int apk_about(struct mc_bytes output, int code, struct mc_arena *arena,
                     struct mc_package_about *ret_about)
{
    struct mc_package_about about = absent();
    struct mc_bytes line;
    struct mc_bytes fields[2];
    int r = 0;

    if (code == 0 && mc_package_line(&output, &line) &&
        mc_package_fields(line, ' ', 2, fields) == 2) {
        about.present = true;
        size_t at = apk_version_at(fields[0]);
        r = split_version(arena, mc_bytes_slice(fields[0], at, SIZE_MAX), &about);
        r = r ? r : set_text(arena, fields[1], &about.arch);
    }
    if (r == 0) {
        *ret_about = about;
    }
    return r;
}

/* "name-1.2-r0 < 1.3-r0". */
static bool apk_outdated(struct mc_bytes line, struct mc_bytes *ret_name,
                         struct mc_bytes *ret_version, struct mc_bytes *ret_repo)
{
    struct mc_bytes fields[3];

    if (mc_package_fields(mc_bytes_trim(line), ' ', 3, fields) != 3 ||
        !mc_bytes_is(fields[1], "<")) {
        return false;
    }
    size_t at = apk_version_at(fields[0]);
    *ret_name = mc_bytes_slice(fields[0], 0, at ? at - 1 : 0);
    *ret_version = fields[2];
    *ret_repo = mc_bytes_make("", 0);
    return true;
}

/* Options that keep apt from asking, from patterns, and from failing on a lock. */
#define APT                                                        \
    "apt-get", "-q", "-y", "-o", "APT::Cmd::Pattern-Only=1", "-o", \
        "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0", "-o",  \
        "Dpkg::Options::=--force-confold"

static const struct mc_package_provider apt = {
    .name = "apt",
    .needs = ARGS{"apt-get", "dpkg-query", NULL},
    .commands =
        {
            [MC_PACKAGE_QUERY] =
                ARGS{"dpkg-query", "-W", "-f=${Status}|${Version}|${Architecture}\\n",
                     "%p", NULL},
            [MC_PACKAGE_INSTALL] = ARGS{APT, "--no-remove", "install", "%v", NULL},
            [MC_PACKAGE_UPDATE] = ARGS{APT, "install", "--only-upgrade", "%p", NULL},
            [MC_PACKAGE_UNINSTALL] = ARGS{APT, "remove", "%p", NULL},
            [MC_PACKAGE_PURGE] = ARGS{APT, "purge", "%p", NULL},
            [MC_PACKAGE_LIST] =
                ARGS{"dpkg-query", "-W", "-f=${Status}|${Package}|${Version}\\n", NULL},
            [MC_PACKAGE_REFRESH] = ARGS{"apt-get", "-q", "update", NULL},
            [MC_PACKAGE_OUTDATED] = ARGS{"apt-get", "-q", "-s", "-o",
                                         "Debug::NoLocking=1", "dist-upgrade", NULL},
            [MC_PACKAGE_CLEAN] = ARGS{"apt-get", "clean", NULL},
        },
    .version_form = "%p=%v",
    .about = dpkg_about,
    .installed = dpkg_installed,
    .outdated = apt_outdated,
};

#define RPM_COMMANDS(program)                                                      \
    {                                                                              \
        [MC_PACKAGE_QUERY] =                                                       \
            ARGS{"rpm", "-q", "--qf", "%{EPOCH}|%{VERSION}|%{RELEASE}|%{ARCH}\\n", \
                 "%p",  NULL},                                                     \
        [MC_PACKAGE_INSTALL] = ARGS{program, "-y", "-q", "install", "%v", NULL},   \
        [MC_PACKAGE_UPDATE] = ARGS{program, "-y", "-q", "update", "%p", NULL},     \
        [MC_PACKAGE_UNINSTALL] = ARGS{program, "-y", "-q", "remove", "%p", NULL},  \
        [MC_PACKAGE_PURGE] = ARGS{program, "-y", "-q", "remove", "%p", NULL},      \
        [MC_PACKAGE_LIST] = ARGS{"rpm", "-qa", NULL},                              \
        [MC_PACKAGE_REFRESH] = ARGS{program, "-q", "makecache", NULL},             \
        [MC_PACKAGE_OUTDATED] = ARGS{program, "-q", "check-update", NULL},         \
        [MC_PACKAGE_CLEAN] = ARGS{program, "clean", "%m", NULL},                   \
    }

static const struct mc_package_provider dnf = {
    .name = "dnf",
    .needs = ARGS{"dnf", "rpm", NULL},
    .commands = RPM_COMMANDS("dnf"),
    .version_form = "%p-%v",
    .outdated_exit = 100,
    .about = rpm_about,
    .installed = any_line,
    .outdated = yum_outdated,
};

static const struct mc_package_provider yum = {
    .name = "yum",
    .needs = ARGS{"yum", "rpm", NULL},
    .commands = RPM_COMMANDS("yum"),
    .version_form = "%p-%v",
    .outdated_exit = 100,
    .about = rpm_about,
    .installed = any_line,
    .outdated = yum_outdated,
};

static const struct mc_package_provider apk = {
    .name = "apk",
    .needs = ARGS{"apk", NULL},
    .commands =
        {
            [MC_PACKAGE_QUERY] = ARGS{"apk", "list", "--installed", "%p", NULL},
            [MC_PACKAGE_INSTALL] = ARGS{"apk", "add", "%v", NULL},
            [MC_PACKAGE_UPDATE] = ARGS{"apk", "add", "--upgrade", "%p", NULL},
            [MC_PACKAGE_UNINSTALL] = ARGS{"apk", "del", "%p", NULL},
            [MC_PACKAGE_PURGE] = ARGS{"apk", "del", "--purge", "%p", NULL},
            [MC_PACKAGE_LIST] = ARGS{"apk", "info", "-v", NULL},
            [MC_PACKAGE_REFRESH] = ARGS{"apk", "update", NULL},
            [MC_PACKAGE_OUTDATED] = ARGS{"apk", "version", "-l", "<", NULL},
            [MC_PACKAGE_CLEAN] = ARGS{"apk", "cache", "clean", NULL},
        },
    .version_form = "%p=%v",
    .about = apk_about,
    .installed = any_line,
    .outdated = apk_outdated,
};

const struct mc_package_provider *const *mc_package_providers(void)
{
    static const struct mc_package_provider *const all[] = {&apt, &dnf, &yum, &apk,
                                                            NULL};

    return all;
}

/* "package=version" in the manager's form, or the package alone. */
static const char *with_version(const struct mc_package_provider *provider,
                                const char *package, const char *version,
                                struct mc_arena *arena)
{
    bool dash = strcmp(provider->version_form, "%p-%v") == 0;

    return version && *version
               ? mc_arena_printf(arena, dash ? "%s-%s" : "%s=%s", package, version)
               : package;
}

int mc_package_argv(const struct mc_package_provider *provider,
                    enum mc_package_command command, const char *package,
                    const char *version, const char *mode, struct mc_arena *arena,
                    const char **ret_argv)
{
    const char *const *words = provider->commands[command];
    size_t count = 0;

    if (!words) {
        return -ENOSYS;
    }
    for (; words[count] && count + 1 < MC_PACKAGE_ARGS_MAX; count++) {
        const char *word = words[count];
        if (strcmp(word, "%p") == 0) {
            word = package;
        } else if (strcmp(word, "%v") == 0) {
            word = with_version(provider, package, version, arena);
        } else if (strcmp(word, "%m") == 0) {
            word = mode;
        }
        if (!word) {
            return -ENOMEM;
        }
        ret_argv[count] = word;
    }
    ret_argv[count] = NULL;
    return 0;
}

static bool complete(const struct mc_package_provider *provider)
{
    for (size_t i = 0; provider->needs[i]; i++) {
        if (!mc_child_available(provider->needs[i])) {
            return false;
        }
    }
    return true;
}

int mc_package_choose(const char *wanted,
                      const struct mc_package_provider **ret_provider,
                      struct mc_error *error)
{
    const struct mc_package_provider *const *all = mc_package_providers();
    const struct mc_package_provider *chosen = NULL;

    /* "puppet" is what most configurations of the original hold: choose by ourselves. */
    bool named = wanted && strcmp(wanted, "puppet") != 0;
    for (size_t i = 0; all[i] && !chosen; i++) {
        bool fits = named ? strcmp(all[i]->name, wanted) == 0 : complete(all[i]);
        chosen = fits ? all[i] : NULL;
    }
    if (named && !chosen) {
        mc_error_set(error,
                     "plugin.package.provider = %s is not known (apt, dnf, yum, apk)",
                     wanted);
        return -EINVAL;
    }
    *ret_provider = chosen;
    return 0;
}

/* Which files are read, and whether they are still the same.
 *
 * Includes go through one function that counts files and levels, so that files which
 * include each other end. Of everything that was looked at, also of what was not there,
 * the stat is kept: an edited, added or removed file is seen at the next request. */
#include "host/nrpe/nrpe-private.h"

#include "base/file.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define NAMES_MAX 4096
#define CONFIG_FILE "/etc/nagios/nrpe.cfg"
#define CONFIG_FOLDER "/etc/nagios/nrpe.d"

/* What was looked at; all zero when it was not there. */
struct seen
{
    const char *path;
    struct stat about;
};

struct table
{
    struct mc_nrpe nrpe; /* first: the public part */
    struct mc_arena *arena;
    struct seen *seen;
    size_t seen_count;
};

/* A run of reading. */
struct reading
{
    struct table *table;
    unsigned depth;
    bool only_here; /* folders are read without those below */
};

static int look(struct reading *reading, const char *path, struct stat *ret_about)
{
    struct table *table = reading->table;

    *ret_about = (struct stat){0};
    if (stat(path, ret_about) != 0) {
        *ret_about = (struct stat){0};
    }
    if (table->seen_count == MC_NRPE_FILES_MAX) {
        return -EMFILE;
    }
    table->seen[table->seen_count].path = mc_arena_strdup(table->arena, path);
    table->seen[table->seen_count].about = *ret_about;
    return table->seen[table->seen_count++].path ? 0 : -ENOMEM;
}

static int too_much(const struct mc_nrpe__reader *reader, const char *path, int r)
{
    if (r == -ENOMEM) {
        return r;
    }
    mc_nrpe__doubt(reader,
                   "%s: more than %d files and folders, or %d includes in each "
                   "other; this one is left out",
                   path, MC_NRPE_FILES_MAX, MC_NRPE_DEPTH_MAX);
    return 0;
}

/* A text in memory of its own, so that what is kept stays small. */
static int read_file(struct mc_nrpe__reader *reader, const char *path)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_NRPE_FILE_BYTES_MAX + 4096);
    struct mc_error error = {""};
    struct mc_bytes text;

    if (!arena) {
        return -ENOMEM;
    }
    int r = mc_file_read(path, MC_NRPE_FILE_BYTES_MAX, arena, &text, &error);
    if (r != 0) {
        mc_nrpe__doubt(reader, "%s", error.text);
        return r == -ENOMEM ? r : 0;
    }
    return mc_nrpe__parse(reader, text, path);
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* The names in a folder, sorted. Returns their number; -errno. */
static int list(DIR *folder, struct mc_arena *arena, const char **ret_names)
{
    struct dirent *entry = NULL;
    int count = 0;

    while ((entry = readdir(folder)) != NULL && count < NAMES_MAX) {
        ret_names[count] = mc_arena_strdup(arena, entry->d_name);
        if (!ret_names[count++]) {
            return -ENOMEM;
        }
    }
    if (count) {
        qsort(ret_names, (size_t)count, sizeof(*ret_names), by_name);
    }
    return count;
}

static bool is_config(const char *name)
{
    size_t len = strlen(name);

    return len > 4 && strcmp(name + len - 4, ".cfg") == 0;
}

/* One name of a folder: *.cfg are files to be read; other folders are gone into. */
static int take(struct mc_nrpe__reader *reader, const char *folder, const char *name)
{
    const struct reading *reading = reader->include_user;
    char path[PATH_MAX];
    struct stat about;
    bool slash = folder[0] && folder[strlen(folder) - 1] == '/';
    int len = snprintf(path, sizeof(path), "%s%s%s", folder, slash ? "" : "/", name);

    if (len < 0 || (size_t)len >= sizeof(path) || stat(path, &about) != 0) {
        return 0;
    }
    if (S_ISREG(about.st_mode) && is_config(name)) {
        return reader->include(reader, MC_NRPE__FILE, path);
    }
    if (S_ISDIR(about.st_mode) && name[0] != '.' && !reading->only_here) {
        return reader->include(reader, MC_NRPE__FOLDER, path);
    }
    return 0;
}

static int read_folder(struct mc_nrpe__reader *reader, const char *path)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 21);
    const char **names =
        arena ? mc_arena_array(arena, NAMES_MAX, sizeof(*names)) : NULL;
    DIR *folder = names ? opendir(path) : NULL;

    if (!folder) {
        if (names) {
            mc_nrpe__doubt(reader, "%s: %s", path, strerror(errno));
        }
        return names ? 0 : -ENOMEM;
    }
    int r = list(folder, arena, names);
    (void)closedir(folder);
    int count = r;
    for (int i = 0; i < count && r >= 0; i++) {
        r = take(reader, path, names[i]);
    }
    return r < 0 ? r : 0;
}

static int include(struct mc_nrpe__reader *reader, enum mc_nrpe__include kind,
                   const char *path)
{
    struct reading *reading = reader->include_user;
    struct stat about;
    int r = reading->depth < MC_NRPE_DEPTH_MAX ? look(reading, path, &about) : -ELOOP;

    if (r != 0) {
        return too_much(reader, path, r);
    }
    reading->depth++;
    r = kind == MC_NRPE__FOLDER ? read_folder(reader, path) : read_file(reader, path);
    reading->depth--;
    return r;
}

/* plugin.nrpe.conf_path: folders with colons between. */
static int read_path(struct mc_nrpe__reader *reader, const char *path)
{
    int r = 0;

    while (r == 0 && *path) {
        size_t len = strcspn(path, ":");
        const char *folder = mc_arena_text(reader->arena, mc_bytes_make(path, len));
        r = !folder ? -ENOMEM : len ? include(reader, MC_NRPE__FOLDER, folder) : 0;
        path += len + (path[len] == ':');
    }
    return r;
}

/* Where the settings point to, as the original agent has them; without any, where the
 * daemon of NRPE has its file. */
static int read_all(struct mc_nrpe__reader *reader, const struct mc_config *config)
{
    const char *folder =
        config ? mc_config_plugin(config, "nrpe.conf_dir", NULL) : NULL;
    const char *file = config ? mc_config_plugin(config, "nrpe.conf_file", NULL) : NULL;
    const char *path = config ? mc_config_plugin(config, "nrpe.conf_path", NULL) : NULL;
    struct reading *reading = reader->include_user;
    struct stat about;

    if (file && file[0] != '/') {
        file = mc_arena_printf(reader->arena, "%s/%s", folder ? folder : CONFIG_FOLDER,
                               file);
        if (!file) {
            return -ENOMEM;
        }
    }
    if (!file && !path && !folder) {
        int r = look(reading, CONFIG_FILE, &about);
        file = about.st_mode ? CONFIG_FILE : NULL;
        if (r != 0) {
            return r;
        }
    }
    if (file) {
        return include(reader, MC_NRPE__FILE, file);
    }
    reading->only_here = true;
    return path ? read_path(reader, path)
                : include(reader, MC_NRPE__FOLDER, folder ? folder : CONFIG_FOLDER);
}

/* nrpe_user, when we are somebody who can become another. */
static int find_account(struct mc_nrpe__reader *reader)
{
    struct mc_nrpe *nrpe = reader->nrpe;
    struct mc_error error = {""};

    if (!reader->user && !reader->group) {
        return 0;
    }
    int r = mc_account_find(reader->user, reader->group, reader->arena, &nrpe->account,
                            &error);
    if (r == 0 || r == -EPERM || r == -ENOMEM) {
        return r == -EPERM ? 0 : r;
    }
    nrpe->unusable = mc_arena_printf(reader->arena, "nrpe_user: %s", error.text);
    mc_nrpe__doubt(reader, "nrpe_user: %s; no check can run", error.text);
    return nrpe->unusable ? 0 : -ENOMEM;
}

/* The node's own word on arguments, for folders without an nrpe.cfg. */
static void set_arguments(struct mc_nrpe__reader *reader,
                          const struct mc_config *config)
{
    struct mc_error error = {""};

    if (config &&
        mc_config_plugin_bool(config, "nrpe.dont_blame_nrpe", reader->nrpe->arguments,
                              &reader->nrpe->arguments, &error) != 0) {
        mc_nrpe__doubt(reader, "%s", error.text);
    }
}

static struct table *table_new(void)
{
    struct table *table = mc_memory_new(sizeof(*table));

    if (!table) {
        return NULL;
    }
    table->arena = mc_arena_new(TABLE_BYTES_MAX);
    table->seen = table->arena ? mc_arena_array(table->arena, MC_NRPE_FILES_MAX,
                                                sizeof(*table->seen))
                               : NULL;
    if (!table->seen) {
        mc_nrpe_free(&table->nrpe);
        return NULL;
    }
    mc_nrpe__defaults(&table->nrpe);
    return table;
}

int mc_nrpe_read(const struct mc_config *config, mc_nrpe_doubt_fn *doubt, void *user,
                 struct mc_nrpe **ret_nrpe)
{
    struct table *table = table_new();

    if (!table) {
        return -ENOMEM;
    }
    struct reading reading = {.table = table};
    struct mc_nrpe__reader reader = {
        .arena = table->arena,
        .nrpe = &table->nrpe,
        .doubt = doubt,
        .doubt_user = user,
        .include = include,
        .include_user = &reading,
    };
    int r = read_all(&reader, config);
    if (r == 0) {
        set_arguments(&reader, config);
        r = find_account(&reader);
    }
    if (r != 0) {
        mc_nrpe_free(&table->nrpe);
        return r;
    }
    *ret_nrpe = &table->nrpe;
    return 0;
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_mode == b->st_mode && a->st_ino == b->st_ino &&
           a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool mc_nrpe_changed(const struct mc_nrpe *nrpe)
{
    const struct table *table = (const struct table *)nrpe;

    for (size_t i = 0; i < table->seen_count; i++) {
        struct stat about;
        if (stat(table->seen[i].path, &about) != 0) {
            about = (struct stat){0};
        }
        if (!same(&about, &table->seen[i].about)) {
            return true;
        }
    }
    return false;
}

struct mc_nrpe *mc_nrpe_free(struct mc_nrpe *nrpe)
{
    struct table *table = (struct table *)nrpe;

    if (table) {
        table->arena = mc_arena_free(table->arena);
        (void)mc_memory_free(table);
    }
    return NULL;
}

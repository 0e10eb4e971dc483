/* The store: which folder holds a DDL, and every file read at most once.
 *
 * Results are kept in one arena for the life of the store, failures too, so that a
 * broken file costs one read however often it is asked for. */
#include "ddl/ddl-private.h"

#include "base/file.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDERS_MAX 64
#define NAMES_MAX 4096
#define NAME_BYTES_MAX 128
#define PATH_BYTES_MAX 4096

struct entry
{
    struct entry *next;
    enum mc_ddl_kind kind;
    const char *name;
    int result;
    const char *words;
    const struct mc_ddl *ddl;
};

struct mc_ddl_store
{
    struct mc_arena *arena;
    const char **folders;
    struct entry *entries;
};

typedef int load_fn(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                    const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                    struct mc_error *error);

/* Where a file may be below a folder, in the order of preference. */
struct place
{
    const char *middle;
    const char *ending;
    load_fn *load;
    bool own_folder; /* of the name of the plugin, as Choria's external agents have */
};

static const struct place places[] = {
    {"mcollective/", ".ddl", mc_ddl_load_ruby, false},
    {"", ".ddl", mc_ddl_load_ruby, false},
    {"mcollective/", ".json", mc_ddl_load_json, false},
    {"", ".json", mc_ddl_load_json, false},
    {"mcollective/", ".ddl", mc_ddl_load_ruby, true},
    {"", ".ddl", mc_ddl_load_ruby, true},
    {"mcollective/", ".json", mc_ddl_load_json, true},
    {"", ".json", mc_ddl_load_json, true},
};

const char *mc_ddl_kind_name(enum mc_ddl_kind kind)
{
    static const char *const names[MC_DDL_KINDS] = {
        [MC_DDL_AGENT] = "agent",         [MC_DDL_DATA] = "data",
        [MC_DDL_DISCOVERY] = "discovery", [MC_DDL_AGGREGATE] = "aggregate",
        [MC_DDL_VALIDATOR] = "validator", [MC_DDL_CONNECTOR] = "connector",
    };

    return (unsigned)kind < MC_DDL_KINDS ? names[kind] : "unknown";
}

struct mc_ddl_store *mc_ddl_store_new(const char *const *folders)
{
    struct mc_ddl_store *store = mc_memory_new(sizeof(*store));
    size_t count = 0;

    if (!store) {
        return NULL;
    }
    while (folders && folders[count] && count < FOLDERS_MAX) {
        count++;
    }
    store->arena = mc_arena_new(MC_DDL_STORE_BYTES_MAX);
    store->folders =
        store->arena ? mc_arena_array(store->arena, count + 1, sizeof(char *)) : NULL;
    if (!store->folders) {
        return mc_ddl_store_free(store);
    }
    for (size_t i = 0; i < count; i++) {
        store->folders[i] = mc_arena_strdup(store->arena, folders[i]);
        if (!store->folders[i]) {
            return mc_ddl_store_free(store);
        }
    }
    return store;
}

struct mc_ddl_store *mc_ddl_store_free(struct mc_ddl_store *store)
{
    if (store) {
        mc_arena_free(store->arena);
        mc_memory_free(store);
    }
    return NULL;
}

/* Names come from requests (get_data) and command lines: no path may be made of them. */
static bool plain_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > NAME_BYTES_MAX || name[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)name[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && !strchr("_-.", byte)) {
            return false;
        }
    }
    return true;
}

/* The path of a plugin's file in one folder; false when it is too long. */
static bool make_path(const char *folder, const struct place *place,
                      enum mc_ddl_kind kind, const char *name, char *path)
{
    int len = snprintf(path, PATH_BYTES_MAX, "%s/%s%s/%s%s%s%s", folder, place->middle,
                       mc_ddl_kind_name(kind), place->own_folder ? name : "",
                       place->own_folder ? "/" : "", name, place->ending);

    return len > 0 && (size_t)len < PATH_BYTES_MAX;
}

static int load_file(struct mc_ddl_store *store, const struct place *place,
                     const char *path, enum mc_ddl_kind kind, const char *name,
                     const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    struct mc_arena *scratch = mc_arena_new(MC_DDL_FILE_BYTES_MAX + 4096);
    struct mc_bytes text = {NULL, 0};
    struct mc_ddl *ddl = NULL;

    if (!scratch) {
        return -ENOMEM;
    }
    int r = mc_file_read(path, MC_DDL_FILE_BYTES_MAX, scratch, &text, error);
    if (r == 0) {
        r = place->load(text, path, kind, name, store->arena, &ddl, error);
    } else if (r != -ENOMEM) {
        r = MC_DDL_BROKEN;
    }
    mc_arena_free(scratch);
    if (r == 0) {
        *ret_ddl = ddl;
    }
    return r;
}

static int search(struct mc_ddl_store *store, enum mc_ddl_kind kind, const char *name,
                  const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    char path[PATH_BYTES_MAX];

    for (const char *const *folder = store->folders; *folder; folder++) {
        for (size_t p = 0; p < MC_COUNT(places) && plain_name(name); p++) {
            if (make_path(*folder, &places[p], kind, name, path) &&
                mc_file_readable(path)) {
                return load_file(store, &places[p], path, kind, name, ret_ddl, error);
            }
        }
    }
    mc_error_set(error, "Can't find DDL for %s plugin '%s'", mc_ddl_kind_name(kind),
                 name);
    return MC_DDL_NOT_FOUND;
}

static int remember(struct mc_ddl_store *store, enum mc_ddl_kind kind, const char *name,
                    int result, const struct mc_ddl *ddl, const char *words)
{
    struct entry *entry = mc_arena_alloc(store->arena, sizeof(*entry));
    const char *copy = mc_arena_strdup(store->arena, name);

    if (!entry || !copy) {
        return -ENOMEM;
    }
    *entry = (struct entry){
        .next = store->entries,
        .kind = kind,
        .name = copy,
        .result = result,
        .words = mc_arena_strdup(store->arena, words),
        .ddl = ddl,
    };
    store->entries = entry;
    return result;
}

int mc_ddl_find(struct mc_ddl_store *store, enum mc_ddl_kind kind, const char *name,
                const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    struct mc_error words = {""};
    const struct mc_ddl *ddl = NULL;

    for (struct entry *entry = store->entries; entry; entry = entry->next) {
        if (entry->kind == kind && strcmp(entry->name, name) == 0) {
            if (entry->result == 0) {
                *ret_ddl = entry->ddl;
            } else {
                mc_error_set(error, "%s", entry->words ? entry->words : "");
            }
            return entry->result;
        }
    }
    int r = search(store, kind, name, &ddl, &words);
    if (r != 0) {
        mc_error_set(error, "%s", words.text);
    }
    /* A name that is not there is not kept: names come from peers, without end. */
    if (r == 0 || r == MC_DDL_BROKEN) {
        r = remember(store, kind, name, r, ddl, words.text);
    }
    if (r == 0) {
        *ret_ddl = ddl;
    }
    return r;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names
{
    const char **items;
    size_t count;
    size_t room;
};

/* Take one directory entry if it is called <name><ending>. */
static int take_name(struct names *names, struct mc_arena *arena, const char *file,
                     const char *ending)
{
    size_t len = strlen(file);
    size_t tail = strlen(ending);

    if (len <= tail || strcmp(file + len - tail, ending) != 0) {
        return 0;
    }
    const char *name = mc_arena_text(arena, mc_bytes_make(file, len - tail));
    if (!name) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return 0;
        }
    }
    if (!plain_name(name) || names->count >= NAMES_MAX) {
        return 0;
    }
    const char **items =
        mc_ddl__grow(arena, names->items, sizeof(*items), &names->count, &names->room);
    if (!items) {
        return -ENOMEM;
    }
    names->items = items;
    items[names->count - 1] = name;
    return 0;
}

/* Whether a folder of plugins has a folder of that name, and in it such a file. */
static bool has_own_folder(const char *path, const char *name, const char *ending)
{
    char file[PATH_BYTES_MAX];
    int len = plain_name(name)
                  ? snprintf(file, sizeof(file), "%s/%s/%s%s", path, name, name, ending)
                  : -1;

    return len > 0 && (size_t)len < sizeof(file) && mc_file_readable(file);
}

static int list_folder(struct names *names, struct mc_arena *arena, const char *path,
                       const struct place *place)
{
    DIR *folder = path ? opendir(path) : NULL;
    struct dirent *item = NULL;
    int r = path ? 0 : -ENOMEM;

    while (folder && r == 0 && (item = readdir(folder)) != NULL) {
        if (!place->own_folder) {
            r = take_name(names, arena, item->d_name, place->ending);
        } else if (has_own_folder(path, item->d_name, place->ending)) {
            r = take_name(names, arena, item->d_name, "");
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
    return r;
}

int mc_ddl_list(struct mc_ddl_store *store, enum mc_ddl_kind kind,
                struct mc_arena *arena, const char *const **ret_names)
{
    struct names names = {NULL, 0, 0};

    for (const char *const *folder = store->folders; *folder; folder++) {
        for (size_t p = 0; p < MC_COUNT(places); p++) {
            const char *path = mc_arena_printf(
                arena, "%s/%s%s", *folder, places[p].middle, mc_ddl_kind_name(kind));
            int r = list_folder(&names, arena, path, &places[p]);
            if (r != 0) {
                return r;
            }
        }
    }
    if (names.count) {
        qsort(names.items, names.count, sizeof(*names.items), compare_names);
    }
    const char **end =
        mc_ddl__grow(arena, names.items, sizeof(*end), &names.count, &names.room);
    if (!end) {
        return -ENOMEM;
    }
    end[names.count - 1] = NULL;
    *ret_names = end;
    return 0;
}

/* The store: which folder holds a DDL, and every file read at most once.
 *
 * Results are kept in one arena for the life of the store, failures too, so that a
 * broken file costs one read however often it is asked for. */
#include "ddl/ddl-private.h"

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
};

static const struct place places[] = {
    {"mcollective/", ".ddl", mc_ddl_load_ruby},
    {"", ".ddl", mc_ddl_load_ruby},
    {"mcollective/", ".json", mc_ddl_load_json},
    {"", ".json", mc_ddl_load_json},
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

/* Whole file into memory. Returns 0; -errno; -EFBIG. */
static int read_file(FILE *file, struct mc_bytes *ret_text)
{
    size_t room = 16 * 1024;
    size_t len = 0;
    char *text = mc_memory_new(room);

    while (text) {
        len += fread(text + len, 1, room - len, file);
        if (len < room) {
            break;
        }
        char *more = room < MC_DDL_FILE_BYTES_MAX
                         ? mc_memory_resize(text, room, room * 2)
                         : NULL;
        if (!more) {
            mc_memory_free(text);
            return room < MC_DDL_FILE_BYTES_MAX ? -ENOMEM : -EFBIG;
        }
        text = more;
        room *= 2;
    }
    if (!text) {
        return -ENOMEM;
    }
    if (ferror(file)) {
        mc_memory_free(text);
        return -EIO;
    }
    *ret_text = mc_bytes_make(text, len);
    return 0;
}

static int load_file(FILE *file, const struct place *place, const char *path,
                     enum mc_ddl_kind kind, const char *name, struct mc_arena *arena,
                     const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    struct mc_bytes text = {NULL, 0};
    struct mc_ddl *ddl = NULL;
    int r = read_file(file, &text);

    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0) {
        mc_error_set(error, "%s: cannot be read: %s", path, strerror(-r));
        return MC_DDL_BROKEN;
    }
    r = place->load(text, path, kind, name, arena, &ddl, error);
    mc_memory_free((void *)(uintptr_t)text.data);
    if (r == 0) {
        *ret_ddl = ddl;
    }
    return r;
}

/* Open the file of a plugin in one folder; path says where it was. */
static FILE *open_place(const char *folder, const struct place *place,
                        enum mc_ddl_kind kind, const char *name, char *path,
                        size_t path_bytes)
{
    int len = snprintf(path, path_bytes, "%s/%s%s/%s%s", folder, place->middle,
                       mc_ddl_kind_name(kind), name, place->ending);

    return len > 0 && (size_t)len < path_bytes ? fopen(path, "re") : NULL;
}

static int search(struct mc_ddl_store *store, enum mc_ddl_kind kind, const char *name,
                  const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    char path[PATH_BYTES_MAX];

    for (const char *const *folder = store->folders; *folder; folder++) {
        for (size_t p = 0; p < MC_COUNT(places) && plain_name(name); p++) {
            FILE *file =
                open_place(*folder, &places[p], kind, name, path, sizeof(path));
            if (!file) {
                continue;
            }
            int r = load_file(file, &places[p], path, kind, name, store->arena, ret_ddl,
                              error);
            (void)fclose(file);
            return r;
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

static int list_folder(struct names *names, struct mc_arena *arena, const char *path,
                       const char *ending)
{
    DIR *folder = path ? opendir(path) : NULL;
    struct dirent *item = NULL;
    int r = path ? 0 : -ENOMEM;

    while (folder && r == 0 && (item = readdir(folder)) != NULL) {
        r = take_name(names, arena, item->d_name, ending);
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
            int r = list_folder(&names, arena, path, places[p].ending);
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

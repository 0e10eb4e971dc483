/* New plugins (commands.md 1.21).
 *
 * What is made works at once: the DDL loads, and the program beside it answers each of
 * its actions. So only texts stay placeholders, where the original leaves types and
 * numbers open too and its DDL cannot be read. Nothing is left behind after a failure. */
#include "plugin/plugin-private.h"

#include "base/folder.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>

#define CODE_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX 64
#define WORDS_MAX 100
#define TEXT_BYTES_MAX 500
#define TIMEOUT_DEFAULT_S 10

enum skeleton
{
#define MC_SKELETON(id, text) SKELETON_##id,
#include "plugin/skeleton.tbl.h"
#undef MC_SKELETON
    SKELETONS,
    SKELETON_NONE = SKELETONS,
};

static const char *const texts[] = {
#define MC_SKELETON(id, text) [SKELETON_##id] = text,
#include "plugin/skeleton.tbl.h"
#undef MC_SKELETON
};

/* How a program in a language is put together. */
struct language
{
    const char *name;
    enum mc_ddl_kind kind;
    const char *ending;
    bool executable;
    enum skeleton begin;
    enum skeleton first; /* one for each word */
    enum skeleton other;
    enum skeleton table; /* then a table with a row for each word, or nothing */
    enum skeleton row;
    enum skeleton end;
    const char *note;
};

/* The first of a kind is its default. */
static const struct language languages[] = {
    {"python", MC_DDL_AGENT, "", true, SKELETON_python_begin,
     SKELETON_python_action_first, SKELETON_python_action, SKELETON_python_table,
     SKELETON_python_row, SKELETON_python_end, NULL},
    {"shell", MC_DDL_AGENT, "", true, SKELETON_shell_begin, SKELETON_shell_action_first,
     SKELETON_shell_action, SKELETON_NONE, SKELETON_NONE, SKELETON_shell_end,
     "The program needs jq on each node."},
    {"ruby", MC_DDL_AGENT, ".rb", false, SKELETON_ruby_agent_begin,
     SKELETON_ruby_action_first, SKELETON_ruby_action, SKELETON_NONE, SKELETON_NONE,
     SKELETON_ruby_end,
     "The .rb file is for nodes that run the Ruby mcollectived; this one runs "
     "programs, "
     "see --language."},
    {"ruby", MC_DDL_DATA, ".rb", false, SKELETON_ruby_data_begin, SKELETON_ruby_output,
     SKELETON_ruby_output, SKELETON_NONE, SKELETON_NONE, SKELETON_ruby_data_end,
     "The .rb file is for nodes that run the Ruby mcollectived; the data plugins of "
     "this one are part of the program."},
};

/* What stands for what. */
struct filling
{
    const char *name;
    const char *class;
    const char *word;
};

/* Append a text with its marks replaced; a @ that begins none stays. */
static void put(struct mc_buffer *out, enum skeleton id, const struct filling *filling)
{
    const struct
    {
        const char *mark;
        const char *text;
    } marks[] = {{"@NAME@", filling->name},
                 {"@CLASS@", filling->class},
                 {"@WORD@", filling->word}};
    const char *at = id == SKELETON_NONE ? "" : texts[id];

    while (*at) {
        size_t plain = strcspn(at, "@");
        mc_buffer_append(out, mc_bytes_make(at, plain));
        at += plain;
        bool replaced = false;
        for (size_t i = 0; i < MC_COUNT(marks) && !replaced; i++) {
            size_t len = strlen(marks[i].mark);
            replaced = strncmp(at, marks[i].mark, len) == 0;
            if (replaced) {
                mc_buffer_text(out, marks[i].text);
                at += len;
            }
        }
        if (*at && !replaced) {
            mc_buffer_byte(out, (uint8_t)*at++);
        }
    }
}

/* One line of metadata as a Ruby string that says just this. */
static void put_text(struct mc_buffer *out, const char *key, const char *text,
                     const char *placeholder)
{
    mc_buffer_printf(out, "         :%-11s => \"", key);
    for (const char *at = text ? text : placeholder; *at; at++) {
        mc_buffer_text(out, strchr("\"\\#", *at) ? "\\" : "");
        mc_buffer_byte(out, (uint8_t)*at);
    }
    mc_buffer_text(out, "\",\n");
}

/* external: the node looks for a program only when the DDL says that there is one. */
static void put_metadata(struct mc_buffer *out,
                         const struct mc_plugin_skeleton *skeleton, bool external)
{
    struct mc_buffer metadata;
    const struct mc_plugin_texts *is = &skeleton->texts;

    mc_buffer_init(&metadata, CODE_BYTES_MAX);
    put_text(&metadata, "name", is->name, skeleton->name);
    put_text(&metadata, "description", is->description, "%DESCRIPTION%");
    put_text(&metadata, "author", is->author, "%AUTHOR%");
    put_text(&metadata, "license", is->license, "%LICENSE%");
    put_text(&metadata, "version", is->version, "%VERSION%");
    put_text(&metadata, "url", is->url, "%URL%");
    if (external) {
        put_text(&metadata, "provider", "external", "");
    }
    mc_buffer_printf(&metadata, "         :timeout     => %u\n",
                     skeleton->timeout_s ? skeleton->timeout_s : TIMEOUT_DEFAULT_S);
    out->failed |= mc_buffer_failed(&metadata);
    mc_buffer_text(out, "metadata");
    mc_buffer_append(out, mc_bytes_slice(mc_buffer_bytes(&metadata), strlen("metadata"),
                                         metadata.len));
    mc_buffer_deinit(&metadata);
}

static void put_ddl(struct mc_buffer *out, const struct mc_plugin_skeleton *skeleton,
                    const struct language *language, struct filling *filling)
{
    put_metadata(out, skeleton, language->executable);
    bool agent = skeleton->kind == MC_DDL_AGENT;
    put(out, agent ? SKELETON_NONE : SKELETON_ddl_data_begin, filling);
    for (size_t i = 0; skeleton->words[i]; i++) {
        filling->word = skeleton->words[i];
        put(out,
            !agent ? SKELETON_ddl_data_output
            : i    ? SKELETON_ddl_action
                   : SKELETON_ddl_action_first,
            filling);
    }
    put(out, agent ? SKELETON_NONE : SKELETON_ddl_data_end, filling);
}

static void put_code(struct mc_buffer *out, const struct mc_plugin_skeleton *skeleton,
                     const struct language *language, struct filling *filling)
{
    put(out, language->begin, filling);
    for (size_t i = 0; skeleton->words[i]; i++) {
        filling->word = skeleton->words[i];
        put(out, i ? language->other : language->first, filling);
    }
    put(out, language->table, filling);
    for (size_t i = 0; skeleton->words[i]; i++) {
        filling->word = skeleton->words[i];
        put(out, language->row, filling);
    }
    put(out, language->end, filling);
}

static bool is_word(const char *text)
{
    return (isalpha((unsigned char)text[0]) || text[0] == '_') &&
           strlen(text) <= NAME_BYTES_MAX && mc_plugin__plain(text, "_");
}

static int check_texts(const struct mc_plugin_texts *is, struct mc_error *error)
{
    const struct
    {
        const char *key;
        const char *text;
    } all[] = {
        {"name", is->name},       {"description", is->description},
        {"author", is->author},   {"license", is->license},
        {"version", is->version}, {"url", is->url},
    };

    for (size_t i = 0; i < MC_COUNT(all); i++) {
        const char *text = all[i].text;
        if (text && (!mc_plugin__line(text) || strlen(text) > TEXT_BYTES_MAX)) {
            mc_error_set(error,
                         "cannot generate plugin - the %s has to be one line of at "
                         "most %d bytes, without control characters",
                         all[i].key, TEXT_BYTES_MAX);
            return MC_PLUGIN_REFUSED;
        }
    }
    return 0;
}

static int check(const struct mc_plugin_skeleton *skeleton, struct mc_error *error)
{
    const char *what = skeleton->kind == MC_DDL_AGENT ? "action" : "output";

    if (!is_word(skeleton->name)) {
        mc_error_set(error,
                     "cannot generate plugin - the name '%s' is not a word: a letter, "
                     "then letters, digits and _, at most %d",
                     skeleton->name, NAME_BYTES_MAX);
        return MC_PLUGIN_REFUSED;
    }
    for (size_t i = 0; skeleton->words[i]; i++) {
        if (!is_word(skeleton->words[i])) {
            mc_error_set(error, "cannot generate plugin - the %s '%s' is not a word",
                         what, skeleton->words[i]);
            return MC_PLUGIN_REFUSED;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(skeleton->words[k], skeleton->words[i]) == 0) {
                mc_error_set(error,
                             "cannot generate plugin - the %s '%s' is there twice",
                             what, skeleton->words[i]);
                return MC_PLUGIN_REFUSED;
            }
        }
        if (i >= WORDS_MAX) {
            mc_error_set(error, "cannot generate plugin - more than %d %ss", WORDS_MAX,
                         what);
            return MC_PLUGIN_REFUSED;
        }
    }
    if (skeleton->kind == MC_DDL_DATA && !skeleton->words[0]) {
        mc_error_set(error, "data plugin must have at least one output");
        return MC_PLUGIN_REFUSED;
    }
    return check_texts(&skeleton->texts, error);
}

static const struct language *find_language(const struct mc_plugin_skeleton *skeleton,
                                            struct mc_error *error)
{
    for (size_t i = 0; i < MC_COUNT(languages); i++) {
        if (languages[i].kind == skeleton->kind &&
            (!skeleton->language ||
             strcmp(skeleton->language, languages[i].name) == 0)) {
            return &languages[i];
        }
    }
    mc_error_set(error, "cannot generate plugin - the language '%s' is not one of %s",
                 skeleton->language,
                 skeleton->kind == MC_DDL_AGENT ? "python, shell, ruby" : "ruby");
    return NULL;
}

/* The file name of a data plugin ends in _data, without which neither this program nor
 * the original finds it. */
static const char *file_name(const struct mc_plugin_skeleton *skeleton,
                             struct mc_arena *arena)
{
    size_t len = strlen(skeleton->name);
    bool whole = skeleton->kind == MC_DDL_AGENT ||
                 (len > 5 && strcmp(skeleton->name + len - 5, "_data") == 0);

    return mc_arena_printf(arena, "%s%s", skeleton->name, whole ? "" : "_data");
}

/* Make the folders and files. Returns as mc_plugin_generate(). */
static int write_all(const struct mc_plugin_made *made, const char *kind,
                     struct mc_bytes ddl, struct mc_bytes code, bool executable,
                     struct mc_error *error)
{
    struct mc_error why = {{0}};
    int r = mc_folder_make(made->folder, &why);

    if (r == -EEXIST) {
        mc_error_set(error, "cannot generate '%s' : plugin directory already exists.",
                     made->folder);
        return MC_PLUGIN_REFUSED;
    }
    bool ours = !r;
    r = r ? r : mc_folder_make_all(made->folder, kind, &why);
    r = r ? r : mc_plugin__write(made->ddl, ddl, false, &why);
    r = r ? r : mc_plugin__write(made->code, code, executable, &why);
    if (r) {
        if (ours) {
            (void)mc_folder_remove(made->folder);
        }
        mc_error_set(error, "cannot generate plugin - %s", why.text);
        return MC_PLUGIN_REFUSED;
    }
    return 0;
}

int mc_plugin_generate(const struct mc_plugin_skeleton *skeleton,
                       struct mc_arena *arena, struct mc_plugin_made *ret_made,
                       struct mc_error *error)
{
    const struct language *language = NULL;
    const char *kind = mc_ddl_kind_name(skeleton->kind);
    struct mc_buffer ddl;
    struct mc_buffer code;

    if (check(skeleton, error) || !(language = find_language(skeleton, error))) {
        return MC_PLUGIN_REFUSED;
    }
    const char *file = file_name(skeleton, arena);
    char *class = mc_arena_strdup(arena, file);
    const char *base =
        mc_arena_printf(arena, "%s/%s/%s", skeleton->name, kind, file ? file : "");
    const struct mc_plugin_made made = {
        .folder = mc_arena_strdup(arena, skeleton->name),
        .ddl = mc_arena_printf(arena, "%s.ddl", base ? base : ""),
        .code = mc_arena_printf(arena, "%s%s", base ? base : "", language->ending),
        .note = language->note,
    };
    if (!class || !base || !made.folder || !made.ddl || !made.code) {
        return -ENOMEM;
    }
    for (char *at = class; *at; at++) {
        *at = (char)(at == class ? toupper((unsigned char)*at)
                                 : tolower((unsigned char)*at));
    }
    struct filling filling = {skeleton->name, class, ""};
    mc_buffer_init(&ddl, CODE_BYTES_MAX);
    mc_buffer_init(&code, CODE_BYTES_MAX);
    put_ddl(&ddl, skeleton, language, &filling);
    put_code(&code, skeleton, language, &filling);
    int r = mc_buffer_failed(&ddl) || mc_buffer_failed(&code)
                ? -ENOMEM
                : write_all(&made, kind, mc_buffer_bytes(&ddl), mc_buffer_bytes(&code),
                            language->executable, error);
    mc_buffer_deinit(&ddl);
    mc_buffer_deinit(&code);
    if (r == 0) {
        *ret_made = made;
    }
    return r;
}

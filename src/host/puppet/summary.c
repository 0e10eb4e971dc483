/* What the last run has left: its summary, its log, and what Puppet manages. */
#include "host/puppet/puppet.h"

#include "base/file.h"
#include "codec/codec.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

#define LOGS_MAX ((size_t)5000)

static int broken(struct mc_error *error, const char *path, const char *what)
{
    struct mc_error words;

    mc_error_set(&words, "%s", what);
    mc_error_set(error, "%s: %s", path, words.text);
    return MC_PUPPET_BROKEN;
}

static int read_file(const char *path, size_t max_bytes, struct mc_arena *arena,
                     struct mc_bytes *ret_text, struct mc_error *error)
{
    int r = mc_file_read(path, max_bytes, arena, ret_text, error);

    if (r == -ENOENT || r == -ENOTDIR) {
        return MC_PUPPET_NONE;
    }
    return r == 0 || r == -ENOMEM ? r : MC_PUPPET_BROKEN;
}

int mc_puppet_summary_parse(struct mc_bytes text, const char *path,
                            struct mc_arena *arena, const struct mc_value **ret_summary,
                            struct mc_error *error)
{
    static const char *const sections[] = {"resources", "time", "changes", "events",
                                           "version"};
    const struct mc_value *summary = NULL;
    struct mc_error why = {""};

    if (mc_yaml_decode_facts(text, 0, arena, &summary, &why) != 0) {
        return broken(error, path, why.text);
    }
    if (!mc_value_is(summary, MC_HASH)) {
        return broken(error, path, "it is not the summary of a run");
    }
    for (size_t i = 0; i < MC_COUNT(sections); i++) {
        const struct mc_value *section = mc_value_get_text(summary, sections[i]);
        if (section && !mc_value_is(section, MC_HASH)) {
            return broken(error, path, "it is not the summary of a run");
        }
    }
    *ret_summary = summary;
    return 0;
}

int mc_puppet_summary(const struct mc_puppet_files *files, struct mc_arena *arena,
                      const struct mc_value **ret_summary, struct mc_error *error)
{
    const char *path = files->path[MC_PUPPET_SUMMARY];
    struct mc_bytes text;
    int r = read_file(path, MC_PUPPET_SUMMARY_BYTES_MAX, arena, &text, error);

    return r ? r : mc_puppet_summary_parse(text, path, arena, ret_summary, error);
}

const char *mc_puppet_figure(size_t index, const struct mc_value *summary,
                             struct mc_arena *arena, const struct mc_value **ret_value)
{
    static const struct
    {
        const char *output;
        const char *section;
        const char *name;
    } rows[] = {
        {"out_of_sync_resources", "resources", "out_of_sync"},
        {"failed_resources", "resources", "failed"},
        {"corrected_resources", "resources", "corrective_change"},
        {"changed_resources", "resources", "changed"},
        {"total_resources", "resources", "total"},
        {"config_retrieval_time", "time", "config_retrieval"},
        {"total_time", "time", "total"},
        {"lastrun", "time", "last_run"},
    };

    if (index >= MC_COUNT(rows)) {
        return NULL;
    }
    const struct mc_value *value = mc_value_get_text(
        mc_value_get_text(summary, rows[index].section), rows[index].name);
    bool number = mc_value_is(value, MC_INT) || mc_value_is(value, MC_FLOAT);
    *ret_value = number ? value : mc_value_int(arena, 0);
    return rows[index].output;
}

/* The lines of "logs:" alone; the rest of a report is long and full of Ruby objects. */
static struct mc_bytes logs_of(struct mc_bytes text)
{
    bool inside = false;
    size_t from = 0;
    size_t at = 0;

    while (at < text.len) {
        struct mc_bytes line = mc_bytes_slice(text, at, SIZE_MAX);
        size_t len = mc_bytes_find(line, '\n') + 1;
        bool top = line.data[0] != ' ' && line.data[0] != '-' && line.data[0] != '\n';
        if (inside && top) {
            return mc_bytes_slice(text, from, at - from);
        }
        if (!inside && mc_bytes_starts(line, "logs:")) {
            inside = true;
            from = at;
        }
        at = len > line.len ? text.len : at + len;
    }
    return inside ? mc_bytes_slice(text, from, SIZE_MAX) : mc_bytes_slice(text, 0, 0);
}

/* Blank out the tag behind "- " at the beginning of a line, which older reports have. */
static struct mc_bytes without_tags(struct mc_bytes text, struct mc_arena *arena)
{
    static const char tag[] = "\n- !ruby/object:Puppet::Util::Log";
    size_t len = sizeof(tag) - 1;
    char *copy = mc_arena_text(arena, text);

    if (!copy) {
        return mc_bytes_make(NULL, 0);
    }
    for (char *at = copy;
         (at = memmem(at, text.len - (size_t)(at - copy), tag, len)) != NULL;) {
        memset(at + 3, ' ', len - 3);
    }
    return mc_bytes_make(copy, text.len);
}

static int log_line(struct mc_arena *arena, const struct mc_value *from,
                    struct mc_value *logs)
{
    static const char *const names[][2] = {
        {"time", "time"}, {"level", "level"}, {"source", "source"}, {"msg", "message"}};
    struct mc_value *line = mc_value_hash(arena);
    int r = line ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < MC_COUNT(names); i++) {
        const struct mc_value *value = mc_value_get_text(from, names[i][1]);
        r = mc_value_set_text(arena, line, names[i][0],
                              value ? value : mc_value_text(arena, ""));
    }
    return r ? r : mc_value_push(arena, logs, line);
}

int mc_puppet_logs_parse(struct mc_bytes text, const char *path, struct mc_arena *arena,
                         const struct mc_value **ret_logs, struct mc_error *error)
{
    const struct mc_value *decoded = NULL;
    struct mc_value *logs = mc_value_array(arena);
    struct mc_error why = {""};
    int r = logs ? 0 : -ENOMEM;

    text = without_tags(logs_of(text), arena);
    if (text.len && mc_yaml_decode_facts(text, 0, arena, &decoded, &why) != 0) {
        return broken(error, path, why.text);
    }
    decoded = mc_value_get_text(decoded, "logs");
    for (size_t i = 0; r == 0 && mc_value_is(decoded, MC_ARRAY) && i < LOGS_MAX &&
                       i < mc_value_count(decoded);
         i++) {
        r = log_line(arena, mc_value_item(decoded, i), logs);
    }
    if (r == 0) {
        *ret_logs = logs;
    }
    return r;
}

int mc_puppet_logs(const struct mc_puppet_files *files, struct mc_arena *arena,
                   const struct mc_value **ret_logs, struct mc_error *error)
{
    const char *path = files->path[MC_PUPPET_REPORT];
    struct mc_bytes text;
    int r = read_file(path, MC_PUPPET_REPORT_BYTES_MAX, arena, &text, error);

    return r ? r : mc_puppet_logs_parse(text, path, arena, ret_logs, error);
}

/* "mysql::database" as Puppet writes a type: "Mysql::Database". */
static char *type_name(struct mc_bytes line, struct mc_arena *arena)
{
    char *name =
        mc_arena_text(arena, mc_bytes_slice(line, 0, mc_bytes_find(line, '[')));

    for (char *c = name; c && *c; c++) {
        bool first = c == name || c[-1] == ':';
        if (first && *c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    return name;
}

static int count_type(struct mc_arena *arena, struct mc_value *types,
                      struct mc_bytes line)
{
    const char *name = type_name(line, arena);
    int64_t before = name ? mc_value_integer(mc_value_get_text(types, name), 0) : 0;

    return name ? mc_value_set_text(arena, types, name, mc_value_int(arena, before + 1))
                : -ENOMEM;
}

/* The next line of the list of resources; empty ones are left out. */
static bool next_line(struct mc_bytes *text, struct mc_bytes *ret_line)
{
    while (text->len) {
        size_t end = mc_bytes_find(*text, '\n');
        *ret_line = mc_bytes_trim(mc_bytes_slice(*text, 0, end));
        *text = mc_bytes_slice(*text, end + 1, SIZE_MAX);
        if (ret_line->len) {
            return true;
        }
    }
    return false;
}

int mc_puppet_types(const struct mc_puppet_files *files, struct mc_arena *arena,
                    const struct mc_value **ret_types)
{
    struct mc_value *types = mc_value_hash(arena);
    struct mc_bytes text = MC_BYTES("");
    struct mc_bytes line;
    int r = types ? 0 : -ENOMEM;

    (void)!mc_file_read(files->path[MC_PUPPET_RESOURCES], MC_PUPPET_RESOURCES_BYTES_MAX,
                        arena, &text, NULL);
    while (r == 0 && next_line(&text, &line)) {
        r = count_type(arena, types, line);
    }
    if (r == 0) {
        *ret_types = types;
    }
    return r;
}

bool mc_puppet_manages(const struct mc_puppet_files *files, const char *resource,
                       struct mc_arena *arena)
{
    struct mc_bytes wanted = mc_bytes_text(resource);
    struct mc_bytes text = MC_BYTES("");
    struct mc_bytes line;

    (void)!mc_file_read(files->path[MC_PUPPET_RESOURCES], MC_PUPPET_RESOURCES_BYTES_MAX,
                        arena, &text, NULL);
    while (next_line(&text, &line)) {
        /* Puppet writes them in lower case, names and all. */
        if (line.len == wanted.len &&
            strncasecmp((const char *)line.data, resource, line.len) == 0) {
            return true;
        }
    }
    return false;
}

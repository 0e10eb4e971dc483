/* Discovery from a file: one node name a line (commands.md 1.5). */
#include "client/flatfile.h"

#include "base/file.h"
#include "base/regexp.h"
#include <errno.h>
#include <string.h>

#define FLATFILE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Whether the identity filters let a name pass: any of them is enough.
 * Returns 0; MC_CLIENT_USAGE for a broken pattern; -ENOMEM. */
static int chosen(const struct mc_call *call, const char *name, bool *ret_chosen,
                  struct mc_error *error)
{
    const struct mc_name_filters *filters = &call->filter.identities;
    bool found = filters->count == 0;

    for (size_t i = 0; !found && i < filters->count; i++) {
        const struct mc_name_filter *each = &filters->items[i];
        if (!each->pattern) {
            found = strcmp(each->text, name) == 0;
            continue;
        }
        int r = mc_regexp_once(mc_bytes_text(each->pattern), each->options,
                               mc_bytes_text(name), error);
        if (r == -ENOMEM || r == MC_REGEXP_INVALID) {
            return r == -ENOMEM ? r : MC_CLIENT_USAGE;
        }
        found = r == 0;
    }
    *ret_chosen = found;
    return 0;
}

static int add_line(struct mc_call *call, struct mc_bytes line, const char *file,
                    size_t number, struct mc_error *error)
{
    bool wanted = false;

    line = mc_bytes_trim(line);
    if (line.len == 0 || line.data[0] == '#') {
        return 0;
    }
    const char *name = mc_arena_text(call->arena, line);
    if (!name) {
        return -ENOMEM;
    }
    if (strlen(name) != line.len || !mc_identity_valid(name)) {
        mc_error_set(error, "%s:%zu: Identities can only match /^[\\w\\.\\-]+$/", file,
                     number);
        return MC_CLIENT_USAGE;
    }
    int r = chosen(call, name, &wanted, error);
    if (r || !wanted) {
        return r;
    }
    return mc_names__add(&call->found, call->arena, name);
}

int mc_flatfile_parse(struct mc_call *call, struct mc_bytes text, const char *name,
                      struct mc_error *error)
{
    size_t number = 0;

    while (text.len) {
        size_t end = mc_bytes_find(text, '\n');
        int r = add_line(call, mc_bytes_slice(text, 0, end), name, ++number, error);
        if (r) {
            return r;
        }
        text = mc_bytes_slice(text, end + 1, text.len);
    }
    return 0;
}

static int refuse(const char *kind, struct mc_error *error)
{
    mc_error_set(error,
                 "Cannot use %s filters while using the 'flatfile' discovery method",
                 kind);
    return MC_CLIENT_USAGE;
}

int mc_flatfile_read(struct mc_call *call, struct mc_error *error)
{
    struct mc_bytes text;

    if (!call->file) {
        mc_error_set(error,
                     "The flatfile discovery method needs a path to a text file");
        return MC_CLIENT_USAGE;
    }
    if (call->filter.facts_count) {
        return refuse("fact", error);
    }
    if (call->filter.classes.count) {
        return refuse("class", error);
    }
    int r = mc_file_read(call->file, FLATFILE_BYTES_MAX, call->arena, &text, NULL);
    if (r == -ENOMEM) {
        return r;
    }
    if (r) {
        mc_error_set(error, "Cannot read the discovery file %s", call->file);
        return MC_CLIENT_USAGE;
    }
    return mc_flatfile_parse(call, text, call->file, error);
}

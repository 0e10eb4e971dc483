/* Parameters as files. The kernel writes and checks them; a read or write of one is short
 * and never waits for anything. */
#include "host/sysctl/sysctl.h"

#include "base/file.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>

bool mc_sysctl_name_valid(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    bool word = false; /* the last character was of a word */

    if (len > MC_SYSCTL_NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool dot = name[i] == '.';
        if ((dot && !word) || (!dot && !isalnum((unsigned char)name[i]) &&
                               name[i] != '_' && name[i] != '-')) {
            return false;
        }
        word = !dot;
    }
    return word;
}

/* Returns 0; MC_SYSCTL_REFUSED; -ENOMEM. */
static int path_of(const char *folder, const char *name, struct mc_arena *arena,
                   char **ret_path, struct mc_error *error)
{
    if (!mc_sysctl_name_valid(name)) {
        mc_error_set(error, "'%.120s' cannot be the name of a kernel parameter",
                     name ? name : "");
        return MC_SYSCTL_REFUSED;
    }
    char *path = mc_arena_printf(arena, "%s/%s", folder, name);
    if (!path) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    for (char *at = path + strlen(folder); *at; at++) {
        *at = *at == '.' ? '/' : *at;
    }
    *ret_path = path;
    return 0;
}

static int outcome(int r, const char *name, struct mc_error *error)
{
    if (r == -ENOENT || r == -ENOTDIR || r == -EISDIR) {
        mc_error_set(error, "this kernel has no parameter '%s'", name);
        return MC_SYSCTL_UNKNOWN;
    }
    if (r < 0 && r != -ENOMEM) {
        mc_error_set(error, "%s: %s", name, strerror(-r));
        return MC_SYSCTL_REFUSED;
    }
    return r;
}

int mc_sysctl_get(const char *folder, const char *name, struct mc_arena *arena,
                  const char **ret_value, struct mc_error *error)
{
    char *path = NULL;
    struct mc_bytes content;
    int r = path_of(folder, name, arena, &path, error);

    if (r != 0) {
        return r;
    }
    r = outcome(mc_file_read(path, MC_SYSCTL_VALUE_BYTES_MAX, arena, &content, error),
                name, error);
    if (r != 0) {
        return r;
    }
    while (content.len && content.data[content.len - 1] == '\n') {
        content.len--;
    }
    const char *value = mc_arena_text(arena, content);
    if (!value) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    *ret_value = value;
    return 0;
}

int mc_sysctl_set(const char *folder, const char *name, const char *value,
                  struct mc_arena *arena, struct mc_error *error)
{
    char *path = NULL;
    int r = path_of(folder, name, arena, &path, error);

    if (r == 0 && (!*value || strlen(value) > MC_SYSCTL_VALUE_BYTES_MAX ||
                   strpbrk(value, "\r\n"))) {
        mc_error_set(error, "%s: a value is one line that is not empty", name);
        return MC_SYSCTL_REFUSED;
    }
    if (r != 0) {
        return r;
    }
    char *line = mc_arena_printf(arena, "%s\n", value);
    if (!line) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    return outcome(mc_file_poke(path, mc_bytes_text(line), error), name, error);
}

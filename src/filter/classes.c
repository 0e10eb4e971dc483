/* The classes file: one name a line (spec collective.md 3.5). */
#include "filter/filter.h"

#include <errno.h>
#include <stdio.h>

#define LINE_BYTES_MAX 4096
#define CLASSES_MAX 100000

int mc_classes_read(const char *path, struct mc_arena *arena,
                    const struct mc_value **ret_names)
{
    struct mc_value *names = mc_value_array(arena);
    char line[LINE_BYTES_MAX];
    FILE *file = path ? fopen(path, "re") : NULL;
    int r = names ? 0 : -ENOMEM;

    if (!file) {
        return path ? -errno : -ENOENT;
    }
    for (size_t i = 0; r == 0 && i < CLASSES_MAX && fgets(line, sizeof(line), file);
         i++) {
        struct mc_bytes name = mc_bytes_text(line);
        while (name.len &&
               (name.data[name.len - 1] == '\n' || name.data[name.len - 1] == '\r')) {
            name.len--;
        }
        if (name.len) {
            r = mc_value_push(arena, names, mc_value_string(arena, name));
        }
    }
    if (r == 0 && ferror(file)) {
        r = errno ? -errno : -EIO; /* a folder, for example */
    }
    (void)fclose(file);
    if (r == 0) {
        *ret_names = names;
    }
    return r;
}

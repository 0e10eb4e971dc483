/* What package managers print, through every parser of every provider. */
#include "host/package/provider.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)64 * 1024)

static void inside(struct mc_bytes part, struct mc_bytes whole)
{
    if (part.len && (part.len > whole.len || part.data < whole.data ||
                     part.data + part.len > whole.data + whole.len)) {
        abort(); /* a field is a part of its line */
    }
}

static void read_lines(const struct mc_package_provider *provider, struct mc_bytes text)
{
    struct mc_bytes line;
    struct mc_bytes name;
    struct mc_bytes version;
    struct mc_bytes repo;

    while (mc_package_line(&text, &line)) {
        (void)provider->installed(line);
        if (provider->outdated(line, &name, &version, &repo)) {
            inside(name, line);
            inside(version, line);
            inside(repo, line);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_bytes text = mc_bytes_make(data, size);
    const struct mc_package_provider *const *all = mc_package_providers();

    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    for (size_t i = 0; all[i]; i++) {
        struct mc_arena *arena = mc_arena_new(4 * INPUT_BYTES_MAX);
        struct mc_package_about about;
        if (arena && all[i]->about(text, 0, arena, &about) == 0 &&
            (!about.ensure || !about.version || !about.release || !about.epoch ||
             !about.arch)) {
            abort(); /* unknown texts are empty */
        }
        mc_arena_free(arena);
        read_lines(all[i], text);
    }
    return 0;
}

/* Any bytes as options, pattern and text: a match, none, or a limit; never a hang.
 * The first byte holds the options; a NUL ends the pattern. */
#include "base/regexp.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_bytes input = mc_bytes_make(data, size);
    struct mc_bytes rest = mc_bytes_slice(input, 1, size);
    size_t len = mc_bytes_find(rest, 0);
    struct mc_bytes text = mc_bytes_slice(rest, len + 1, size);
    struct mc_regexp *regexp = NULL;
    struct mc_regexp_match match;
    struct mc_error error = {{0}};

    int result = mc_regexp_new(mc_bytes_slice(rest, 0, len), size ? data[0] & 7u : 0,
                               &regexp, &error);
    if (result != 0) {
        assert(!regexp && (result == -ENOMEM || strlen(error.text) > 0));
        return 0;
    }
    if (mc_regexp_search(regexp, text, 0, &match) == 0) {
        assert(match.count >= 1 && match.count <= MC_REGEXP_GROUPS_MAX);
        for (size_t i = 0; i < match.count; i++) {
            assert(match.group[i].from <= match.group[i].to);
            assert(match.group[i].to <= text.len);
        }
    }
    mc_regexp_free(regexp);
    return 0;
}

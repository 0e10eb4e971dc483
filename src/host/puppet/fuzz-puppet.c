/* What Puppet leaves on the disk, through every reader of it. */
#include "host/puppet/puppet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_bytes text = mc_bytes_make(data, size);
    const struct mc_value *value = NULL;
    struct mc_error error = {""};

    if (!arena || size > INPUT_BYTES_MAX) {
        mc_arena_free(arena);
        return 0;
    }
    int r = mc_puppet_summary_parse(text, "f", arena, &value, &error);
    if (r == 0 ? !mc_value_is(value, MC_HASH) : !error.text[0]) {
        abort(); /* a summary is a hash; what is none has words */
    }
    if (mc_puppet_logs_parse(text, "f", arena, &value, &error) == 0 &&
        !mc_value_is(value, MC_ARRAY)) {
        abort();
    }
    if (mc_puppet_conf(text, arena, &value) == 0 && !mc_value_is(value, MC_HASH)) {
        abort();
    }
    mc_arena_free(arena);
    return 0;
}

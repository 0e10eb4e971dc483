/* The text of -S, and lists as a peer may send them: text that parses must compile; any
 * JSON value may be tried as a list. */
#include "codec/codec.h"
#include "filter/compound.h"
#include "filter/data.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mc_value *facts(void *user)
{
    return user;
}

static bool has(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    (void)user;
    return fits(fits_user, "apache");
}

static const char *identity(void *user)
{
    (void)user;
    return "web1";
}

static int ask(void *user, const char *name, const struct mc_value *argument,
               struct mc_arena *arena, const struct mc_value **ret_outputs,
               struct mc_error *error)
{
    (void)user;
    (void)error;
    struct mc_value *outputs = mc_value_hash(arena);
    if (name[0] != 'x' ||
        mc_value_set_symbol(arena, outputs, "i", mc_value_int(arena, 10)) ||
        mc_value_set_symbol(arena, outputs, "t", mc_value_text(arena, "ten")) ||
        mc_value_set_symbol(arena, outputs, "b", mc_value_bool(arena, true)) ||
        (argument && mc_value_set_symbol(arena, outputs, "a", argument))) {
        return MC_DATA_UNKNOWN;
    }
    *ret_outputs = outputs;
    return 0;
}

static const struct mc_host_ops ops = {facts, has, has, identity, ask};

static void try_list(const struct mc_value *list, struct mc_arena *arena)
{
    struct mc_value *known = mc_value_hash(arena);
    const struct mc_host host = {&ops, known};
    struct mc_value *lists = mc_value_array(arena);
    struct mc_filter filter = {.compound = lists};
    struct mc_error error;

    if (mc_value_set_text(arena, known, "a", mc_value_text(arena, "b")) == 0 &&
        mc_value_push(arena, lists, list) == 0) {
        (void)!mc_filter_match(&filter, &host, &error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new((size_t)64 * 1024 * 1024);
    struct mc_value *list = NULL;
    const struct mc_value *json = NULL;
    struct mc_error error;

    if (!arena || size > 4096) {
        return 0;
    }
    const char *text = mc_arena_text(arena, mc_bytes_make(data, size));
    if (text && mc_compound_parse(text, arena, &list, &error) == 0) {
        (void)!mc_compound_check(list, &error);
        if (!mc_value_count(list)) {
            abort();
        }
        try_list(list, arena);
    }
    if (mc_json_decode(mc_bytes_make(data, size), 0, arena, &json, &error) == 0) {
        try_list(json, arena);
    }
    return 0;
}

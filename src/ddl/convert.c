/* Words of a command line -> the declared type (spec 5.3). */
#include "ddl/ddl-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int convert_boolean(const char *text, struct mc_arena *arena,
                           const struct mc_value **ret_value, struct mc_error *error)
{
    static const char *const words[] = {"true",  "t", "yes", "y", "1",
                                        "false", "f", "no",  "n", "0"};

    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (strcasecmp(words[i], text) == 0) {
            *ret_value = mc_value_bool(arena, i < MC_COUNT(words) / 2);
            return *ret_value ? 0 : -ENOMEM;
        }
    }
    mc_error_set(error, "%s does not look like a boolean argument", text);
    return MC_DDL_INVALID;
}

/* Ruby's integers have no end: what int64_t cannot hold stays decimal text. */
static struct mc_value *convert_integer(const char *text, struct mc_arena *arena)
{
    errno = 0;
    long long integer = strtoll(text, NULL, 10);

    if (errno != ERANGE) {
        return mc_value_int(arena, integer);
    }
    struct mc_value *value = mc_value_text(arena, text + strspn(text, "0"));
    if (value) {
        value->type = MC_BIGINT;
    }
    return value;
}

static int convert_number(const char *text, struct mc_arena *arena,
                          const struct mc_value **ret_value, struct mc_error *error)
{
    static const char *const digits = "0123456789";
    size_t whole = strspn(text, digits);
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;

    if (whole && text[whole] == 0) {
        *ret_value = convert_integer(text, arena);
        return *ret_value ? 0 : -ENOMEM;
    }
    if (whole && fraction && text[whole + 1 + fraction] == 0) {
        *ret_value = mc_value_float(arena, strtod(text, NULL));
        return *ret_value ? 0 : -ENOMEM;
    }
    mc_error_set(error, "%s does not look like a number", text);
    return MC_DDL_INVALID;
}

int mc_ddl_convert(const struct mc_ddl_input *input, const char *text,
                   struct mc_arena *arena, const struct mc_value **ret_value,
                   struct mc_error *error)
{
    static const char *const numbers[] = {"number", "integer", "float"};

    if (strcmp(input->type, "boolean") == 0) {
        return convert_boolean(text, arena, ret_value, error);
    }
    for (size_t i = 0; i < MC_COUNT(numbers); i++) {
        if (strcmp(input->type, numbers[i]) == 0) {
            return convert_number(text, arena, ret_value, error);
        }
    }
    const struct mc_value *value = mc_value_text(arena, text);
    if (!value) {
        return -ENOMEM;
    }
    *ret_value = value;
    return 0;
}

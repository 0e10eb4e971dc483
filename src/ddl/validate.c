/* Checking the inputs of a request (spec 4.5, 5.4), in the words of the original.
 *
 * A table maps type and validator names to functions. Ruby's integer and string types
 * are checked first for strings, then the length, then the validation. `array`, `hash`
 * and `any` come from newer DDLs, which write them with a capital; the original refuses
 * them always. */
#include "ddl/ddl-private.h"

#include "base/regexp.h"
#include <string.h>
#include <strings.h>

#define SCRATCH_BYTES_MAX ((size_t)64 * 1024)

typedef bool check_fn(const struct mc_value *value, struct mc_error *error);

static bool refuse(struct mc_error *error, const char *words)
{
    mc_error_set(error, "%s", words);
    return false;
}

static bool check_string(const struct mc_value *value, struct mc_error *error)
{
    return mc_value_is(value, MC_STRING) || refuse(error, "value should be a string");
}

static bool is_integer(const struct mc_value *value)
{
    return mc_value_is(value, MC_INT) || mc_value_is(value, MC_BIGINT);
}

static bool check_integer(const struct mc_value *value, struct mc_error *error)
{
    return is_integer(value) || refuse(error, "value should be a integer");
}

static bool check_float(const struct mc_value *value, struct mc_error *error)
{
    return mc_value_is(value, MC_FLOAT) || refuse(error, "value should be a float");
}

static bool check_number(const struct mc_value *value, struct mc_error *error)
{
    return is_integer(value) || mc_value_is(value, MC_FLOAT) ||
           refuse(error, "value should be a number");
}

static bool check_boolean(const struct mc_value *value, struct mc_error *error)
{
    return mc_value_is(value, MC_BOOL) || refuse(error, "value should be a boolean");
}

static bool check_array(const struct mc_value *value, struct mc_error *error)
{
    return mc_value_is(value, MC_ARRAY) || refuse(error, "value should be a array");
}

static bool check_hash(const struct mc_value *value, struct mc_error *error)
{
    return mc_value_is(value, MC_HASH) || refuse(error, "value should be a hash");
}

static bool check_any(const struct mc_value *value, struct mc_error *error)
{
    (void)value;
    (void)error;
    return true;
}

static bool check_shellsafe(const struct mc_value *value, struct mc_error *error)
{
    static const char *const refused[] = {"`", "$", ";", "|", "&&", ">", "<"};

    if (!mc_value_is(value, MC_STRING)) {
        return refuse(error, "value should be a String");
    }
    for (size_t i = 0; i < MC_COUNT(refused); i++) {
        if (memmem(value->bytes.data, value->bytes.len, refused[i],
                   strlen(refused[i]))) {
            mc_error_set(error, "value should not have %s in it", refused[i]);
            return false;
        }
    }
    return true;
}

static bool check_ipv4(const struct mc_value *value, struct mc_error *error)
{
    return (mc_value_is(value, MC_STRING) && mc_ddl__is_address(value->bytes, false)) ||
           refuse(error, "value should be an ipv4 address");
}

static bool check_ipv6(const struct mc_value *value, struct mc_error *error)
{
    return (mc_value_is(value, MC_STRING) && mc_ddl__is_address(value->bytes, true)) ||
           refuse(error, "value should be an ipv6 address");
}

static const struct
{
    const char *name;
    check_fn *check;
} checks[] = {
    {"string", check_string},    {"integer", check_integer},
    {"float", check_float},      {"number", check_number},
    {"boolean", check_boolean},  {"shellsafe", check_shellsafe},
    {"ipv4address", check_ipv4}, {"ipv6address", check_ipv6},
    {"array", check_array},      {"hash", check_hash},
    {"any", check_any},
};

static bool check_named(const char *name, const struct mc_value *value,
                        struct mc_error *error)
{
    for (size_t i = 0; name && i < MC_COUNT(checks); i++) {
        if (strcasecmp(checks[i].name, name) == 0) {
            return checks[i].check(value, error);
        }
    }
    mc_error_set(error, "Unknown validator: '%s'.", name ? name : "");
    return false;
}

static bool check_list(const struct mc_value *list, const struct mc_value *value,
                       struct mc_error *error)
{
    struct mc_arena *scratch = NULL;

    for (size_t i = 0; i < list->array.count; i++) {
        if (mc_value_equal(list->array.items[i], value)) {
            return true;
        }
    }
    mc_error_set(error, "value should be one of ");
    scratch = mc_arena_new(SCRATCH_BYTES_MAX);
    for (size_t i = 0; scratch && error && i < list->array.count; i++) {
        const char *text = mc_ddl__text(list->array.items[i], scratch);
        size_t len = strlen(error->text);
        struct mc_error rest = {""};
        mc_error_set(&rest, "%s%s", i ? ", " : "", text ? text : "...");
        size_t room = sizeof(error->text) - len - 1;
        size_t more = strlen(rest.text) < room ? strlen(rest.text) : room;
        memcpy(error->text + len, rest.text, more);
        error->text[len + more] = 0;
    }
    mc_arena_free(scratch);
    return false;
}

static bool check_regexp(const struct mc_value *pattern, const struct mc_value *value,
                         struct mc_error *error)
{
    struct mc_error words = {""};
    unsigned options = pattern->type == MC_REGEXP ? pattern->options : 0;

    if (!mc_value_is(value, MC_STRING) && !mc_value_is(value, MC_SYMBOL)) {
        return refuse(error, "value should be a string");
    }
    int r = mc_regexp_once(pattern->bytes, options, value->bytes, &words);
    if (r == 0) {
        return true;
    }
    if (r == MC_REGEXP_INVALID) {
        return refuse(error, words.text);
    }
    if (r != MC_REGEXP_NO_MATCH) {
        return refuse(error, "the pattern of the DDL took too long to match");
    }
    struct mc_arena *scratch = mc_arena_new(SCRATCH_BYTES_MAX);
    const char *text = scratch ? mc_ddl__text(pattern, scratch) : NULL;
    mc_error_set(error, "value should match %s", text ? text : "the pattern");
    mc_arena_free(scratch);
    return false;
}

/* :validation => String and the like, frozen as {:class => "String"}. */
static bool check_class(const struct mc_value *class, const struct mc_value *value,
                        struct mc_error *error)
{
    static const struct
    {
        const char *name;
        unsigned types;
    } classes[] = {
        {"String", 1U << MC_STRING},
        {"Symbol", 1U << MC_SYMBOL},
        {"Integer", 1U << MC_INT | 1U << MC_BIGINT},
        {"Float", 1U << MC_FLOAT},
        {"Numeric", 1U << MC_INT | 1U << MC_BIGINT | 1U << MC_FLOAT},
        {"Array", 1U << MC_ARRAY},
        {"Hash", 1U << MC_HASH},
        {"NilClass", 1U << MC_NIL},
    };

    for (size_t i = 0; i < MC_COUNT(classes); i++) {
        if (mc_bytes_is(class->bytes, classes[i].name) &&
            (classes[i].types & 1U << value->type)) {
            return true;
        }
    }
    mc_error_set(error, "value should be a %.*s", (int)class->bytes.len,
                 (const char *)class->bytes.data);
    return false;
}

static bool check_validation(const struct mc_value *validation,
                             const struct mc_value *value, struct mc_error *error)
{
    if (mc_value_is(validation, MC_STRING) || mc_value_is(validation, MC_REGEXP)) {
        return check_regexp(validation, value, error);
    }
    if (mc_value_is(validation, MC_SYMBOL)) {
        return check_named(mc_value_cstr(validation), value, error);
    }
    if (mc_value_is(validation, MC_ARRAY)) {
        return check_list(validation, value, error);
    }
    const struct mc_value *class = mc_value_get_symbol(validation, "class");
    return !mc_value_is(class, MC_STRING) || check_class(class, value, error);
}

/* Characters when the bytes are UTF-8, else bytes. */
static size_t length_of(struct mc_bytes bytes)
{
    size_t count = 0;

    if (!mc_bytes_utf8(bytes)) {
        return bytes.len;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        count += (bytes.data[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool check_input(const struct mc_ddl_input *input, const struct mc_value *value,
                        struct mc_error *error)
{
    if (strcmp(input->type, "list") == 0) {
        return input->list && check_list(input->list, value, error);
    }
    if (strcmp(input->type, "string") != 0) {
        return check_named(input->type, value, error);
    }
    if (!check_string(value, error)) {
        return false;
    }
    if (input->maxlength > 0 && length_of(value->bytes) > (uint64_t)input->maxlength) {
        mc_error_set(error, "Input string is longer than %lld character(s)",
                     (long long)input->maxlength);
        return false;
    }
    return check_validation(input->validation, value, error);
}

int mc_ddl_validate_input(const struct mc_ddl_input *input,
                          const struct mc_value *value, struct mc_error *error)
{
    struct mc_error words = {""};

    if (check_input(input, value, &words)) {
        return 0;
    }
    mc_error_set(error, "Cannot validate input %s: %s", input->name, words.text);
    return MC_DDL_INVALID;
}

int mc_ddl_validate(const struct mc_ddl_action *action, const struct mc_value *data,
                    struct mc_error *error)
{
    for (size_t i = 0; i < action->inputs_count; i++) {
        const struct mc_ddl_input *input = &action->inputs[i];
        const struct mc_value *value = mc_ddl_input_value(action, input, data);
        if (!value && !input->optional) {
            mc_error_set(error, "Action %s needs a %s argument", action->name,
                         input->name);
            return MC_DDL_INVALID;
        }
        if (value && mc_ddl_validate_input(input, value, error) != 0) {
            return MC_DDL_INVALID;
        }
    }
    return 0;
}

/* Scalars with a tag: one table of tags, each with its maker. */
#include "codec/yaml/tag.h"

#include "base/base64.h"
#include "codec/yaml/scalar.h"
#include <string.h>

struct making
{
    struct mc_arena *arena;
    struct mc_error *error;
    bool patterns;
};

static int fail(struct making *m, int result, const char *what)
{
    mc_error_set(m->error, "%s", what);
    return result;
}

static int out_of_memory(struct making *m)
{
    return fail(m, MC_CODEC_LIMIT, "out of memory");
}

typedef int tag_fn(struct making *m, struct mc_bytes text, struct mc_value **ret_value);

static int as_plain(struct making *m, struct mc_bytes text, struct mc_value **ret_value)
{
    return mc_yaml_scalar(text, m->arena, ret_value, m->error);
}

static int as_string(struct making *m, struct mc_bytes text,
                     struct mc_value **ret_value)
{
    *ret_value = mc_value_string(m->arena, text);
    return *ret_value ? 0 : out_of_memory(m);
}

static int as_symbol(struct making *m, struct mc_bytes text,
                     struct mc_value **ret_value)
{
    *ret_value = mc_value_symbol_bytes(m->arena, text);
    return *ret_value ? 0 : out_of_memory(m);
}

static int as_binary(struct making *m, struct mc_bytes text,
                     struct mc_value **ret_value)
{
    struct mc_bytes bytes = {0};
    int result = mc_bytes_trim(text).len ? mc_base64_decode(text, m->arena, &bytes) : 0;

    if (result == MC_BASE64_INVALID) {
        return fail(m, MC_CODEC_MALFORMED, "!binary that is no base64");
    }
    *ret_value = result == 0 ? mc_value_string(m->arena, bytes) : NULL;
    if (!*ret_value) {
        return out_of_memory(m);
    }
    (*ret_value)->encoding = MC_ENCODING_BINARY;
    return 0;
}

static int as_float(struct making *m, struct mc_bytes text, struct mc_value **ret_value)
{
    int result = as_plain(m, text, ret_value);

    if (result == 0 && (*ret_value)->type == MC_INT) {
        *ret_value = mc_value_float(m->arena, (double)(*ret_value)->integer);
        return *ret_value ? 0 : out_of_memory(m);
    }
    if (result == 0 && (*ret_value)->type != MC_FLOAT) {
        return fail(m, MC_CODEC_MALFORMED, "a float that is no number");
    }
    return result;
}

static bool is_flag(uint8_t letter)
{
    return letter == 'm' || letter == 'i' || letter == 'x' || letter == 'n';
}

static unsigned flag_option(uint8_t flag)
{
    switch (flag) {
    case 'i':
        return MC_REGEXP_IGNORECASE;
    case 'x':
        return MC_REGEXP_EXTENDED;
    case 'm':
        return MC_REGEXP_MULTILINE;
    default:
        return 0; /* n: no encoding, which says nothing here */
    }
}

/* /source/flags: the last slash that only flags follow ends the source. */
static int as_regexp(struct making *m, struct mc_bytes text,
                     struct mc_value **ret_value)
{
    unsigned options = 0;
    size_t end = text.len;

    if (!m->patterns) {
        return fail(m, MC_CODEC_REFUSED, "a pattern is refused");
    }
    while (end > 0 && is_flag(text.data[end - 1])) {
        options |= flag_option(text.data[--end]);
    }
    if (end < 2 || text.data[0] != '/' || text.data[end - 1] != '/') {
        return fail(m, MC_CODEC_MALFORMED, "a pattern without slashes");
    }
    *ret_value = mc_value_regexp(m->arena, mc_bytes_slice(text, 1, end - 2), options);
    return *ret_value ? 0 : out_of_memory(m);
}

static const struct tag
{
    const char *name;
    tag_fn *make;
} tags[] = {
    {"!", as_plain}, /* how Psych marks a quoted symbol */
    {"!ruby/regexp", as_regexp},
    {"!ruby/symbol", as_symbol},
    {"!ruby/sym", as_symbol},
    {"!binary", as_binary},
    {"tag:yaml.org,2002:binary", as_binary},
    {"!str", as_string},
    {"!ruby/string", as_string},
    {"tag:yaml.org,2002:str", as_string},
    {"!float", as_float},
    {"tag:yaml.org,2002:float", as_float},
    {"tag:yaml.org,2002:int", as_plain},
    {"tag:yaml.org,2002:bool", as_plain},
    {"tag:yaml.org,2002:null", as_plain},
};

int mc_yaml_refuse_tag(const char *tag, struct mc_error *error)
{
    char text[64];
    size_t len = 0;

    for (; len < sizeof(text) - 1 && tag[len]; len++) {
        text[len] = tag[len] > 0x20 && tag[len] < 0x7f ? tag[len] : '?';
    }
    text[len] = 0;
    mc_error_set(error, "tag %s is refused", text);
    return MC_CODEC_REFUSED;
}

int mc_yaml_tagged(const char *tag, struct mc_bytes text, bool patterns,
                   struct mc_arena *arena, struct mc_value **ret_value,
                   struct mc_error *error)
{
    struct making m = {arena, error, patterns};

    for (size_t i = 0; i < MC_COUNT(tags); i++) {
        if (strcmp(tag, tags[i].name) == 0) {
            return tags[i].make(&m, text, ret_value);
        }
    }
    return mc_yaml_refuse_tag(tag, error);
}

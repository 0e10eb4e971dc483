/* Ruby's regular expressions on top of Oniguruma.
 *
 * A pattern that is valid UTF-8 is compiled twice, for characters and for bytes; the
 * text that is searched decides which one is used. Effort is limited for each search
 * by itself with a match parameter, so that no setting of the library changes under
 * other users of it. As in Ruby \d \s \w know ASCII only. */
#include "base/regexp.h"

#include "base/memory.h"
#include <errno.h>
#include <string.h>

#define ONIG_ESCAPE_REGEX_T_COLLISION
#include <oniguruma.h>

/* Steps back that one search may take (about ten milliseconds), and what it may
 * remember for them. */
#define RETRIES_MAX 1000000
#define STACK_ENTRIES_MAX 65536

struct mc_regexp
{
    OnigRegex utf8;   /* NULL when the pattern is no UTF-8 */
    OnigRegex binary; /* NULL when the pattern makes sense for characters only */
};

static const uint8_t *begin_of(struct mc_bytes bytes)
{
    return bytes.data ? bytes.data : (const uint8_t *)"";
}

static OnigOptionType options_of(unsigned options)
{
    OnigOptionType result = ONIG_OPTION_NONE;

    result |= ONIG_OPTION_DIGIT_IS_ASCII | ONIG_OPTION_SPACE_IS_ASCII |
              ONIG_OPTION_WORD_IS_ASCII;
    result |= options & 1 ? ONIG_OPTION_IGNORECASE : 0;
    result |= options & 2 ? ONIG_OPTION_EXTEND : 0;
    result |= options & 4 ? ONIG_OPTION_MULTILINE : 0;
    return result;
}

static int compile(struct mc_bytes pattern, unsigned options, OnigEncoding encoding,
                   OnigRegex *ret_regex, struct mc_error *error)
{
    OnigErrorInfo info;
    OnigRegex regex = NULL;
    const uint8_t *begin = begin_of(pattern);
    int result = onig_new(&regex, begin, begin + pattern.len, options_of(options),
                          encoding, ONIG_SYNTAX_RUBY, &info);

    if (result == ONIG_NORMAL) {
        *ret_regex = regex;
        return 0;
    }
    if (result == ONIGERR_MEMORY) {
        return -ENOMEM;
    }
    OnigUChar words[ONIG_MAX_ERROR_MESSAGE_LEN * 2] = {0};
    (void)onig_error_code_to_str(words, result, &info);
    mc_error_set(error, "invalid regular expression: %s", (const char *)words);
    return MC_REGEXP_INVALID;
}

int mc_regexp_new(struct mc_bytes pattern, unsigned options,
                  struct mc_regexp **ret_regexp, struct mc_error *error)
{
    OnigEncoding known[] = {ONIG_ENCODING_UTF8, ONIG_ENCODING_ASCII};
    bool utf8 = mc_bytes_utf8(pattern);

    if (pattern.len > MC_REGEXP_PATTERN_BYTES_MAX) {
        mc_error_set(error, "regular expression longer than %d bytes",
                     MC_REGEXP_PATTERN_BYTES_MAX);
        return MC_REGEXP_INVALID;
    }
    /* May be called any number of times. */
    if (onig_initialize(known, (int)MC_COUNT(known)) != ONIG_NORMAL) {
        return -ENOMEM;
    }
    struct mc_regexp *regexp = mc_memory_new(sizeof(*regexp));
    if (!regexp) {
        return -ENOMEM;
    }
    int result = 0;
    if (utf8) {
        result = compile(pattern, options, ONIG_ENCODING_UTF8, &regexp->utf8, error);
    }
    if (result == 0) {
        int bytes = compile(pattern, options, ONIG_ENCODING_ASCII, &regexp->binary,
                            utf8 ? NULL : error);
        result = utf8 && bytes == MC_REGEXP_INVALID ? 0 : bytes;
    }
    if (result != 0) {
        mc_regexp_free(regexp);
        return result;
    }
    *ret_regexp = regexp;
    return 0;
}

struct mc_regexp *mc_regexp_free(struct mc_regexp *regexp)
{
    if (regexp) {
        onig_free(regexp->utf8);
        onig_free(regexp->binary);
    }
    return mc_memory_free(regexp);
}

static void copy_groups(const OnigRegion *region, struct mc_regexp_match *match)
{
    size_t count = region->num_regs < 0 ? 0 : (size_t)region->num_regs;

    *match = (struct mc_regexp_match){0};
    match->count = count < MC_REGEXP_GROUPS_MAX ? count : MC_REGEXP_GROUPS_MAX;
    for (size_t i = 0; i < match->count; i++) {
        if (region->beg[i] >= 0 && region->end[i] >= 0) {
            match->group[i].set = true;
            match->group[i].from = (size_t)region->beg[i];
            match->group[i].to = (size_t)region->end[i];
        }
    }
}

static int search(OnigRegex regex, struct mc_bytes text, size_t from,
                  OnigMatchParam *limits, OnigRegion *region)
{
    const uint8_t *begin = begin_of(text);
    const uint8_t *end = begin + text.len;

    (void)onig_initialize_match_param(limits);
    (void)onig_set_match_stack_limit_size_of_match_param(limits, STACK_ENTRIES_MAX);
    (void)onig_set_retry_limit_in_match_of_match_param(limits, RETRIES_MAX);
    (void)onig_set_retry_limit_in_search_of_match_param(limits, RETRIES_MAX);
    int result = onig_search_with_param(regex, begin, end, begin + from, end, region,
                                        ONIG_OPTION_NONE, limits);
    if (result >= 0) {
        return 0;
    }
    if (result == ONIG_MISMATCH) {
        return MC_REGEXP_NO_MATCH;
    }
    /* All that is left are the limits. */
    return result == ONIGERR_MEMORY ? -ENOMEM : MC_REGEXP_EFFORT;
}

int mc_regexp_search(const struct mc_regexp *regexp, struct mc_bytes text, size_t from,
                     struct mc_regexp_match *ret_match)
{
    OnigRegex regex =
        regexp->utf8 && mc_bytes_utf8(text) ? regexp->utf8 : regexp->binary;

    if (!regex || from > text.len) {
        return MC_REGEXP_NO_MATCH;
    }
    OnigMatchParam *limits = onig_new_match_param();
    OnigRegion *region = onig_region_new();
    int result = -ENOMEM;
    if (limits && region) {
        result = search(regex, text, from, limits, region);
    }
    if (result == 0 && ret_match) {
        copy_groups(region, ret_match);
    }
    if (region) {
        onig_region_free(region, 1);
    }
    if (limits) {
        onig_free_match_param(limits);
    }
    return result;
}

int mc_regexp_once(struct mc_bytes pattern, unsigned options, struct mc_bytes text,
                   struct mc_error *error)
{
    struct mc_regexp *regexp = NULL;
    int result = mc_regexp_new(pattern, options, &regexp, error);

    if (result != 0) {
        return result;
    }
    result = mc_regexp_search(regexp, text, 0, NULL);
    mc_regexp_free(regexp);
    return result;
}

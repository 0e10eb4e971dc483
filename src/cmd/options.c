/* The command line, as Ruby's OptionParser reads one; see options.h. */
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The largest number that an option takes. */
#define NUMBER_MAX 1000000000ul
#define NUMBER_DIGITS_MAX 9
/* Columns of the help: blanks in front, then the options. */
#define HELP_MARGIN 4
#define HELP_COLUMNS 32

struct option
{
    unsigned section;
    const char *command;
    char letter;
    const char *names;
    const char *argument;
    enum mc_option_type type;
    const char *help;
};

static const struct option table[] = {
#define MC_OPTION(id, section, command, letter, names, argument, type, help) \
    [MC_OPT_##id] = {MC_SECTION_##section, command, letter, names, argument, \
                     MC_OPTION_##type,     help},
#include "cmd/options.tbl.h"
#undef MC_OPTION
};

static bool applies(const struct mc_options *options, const struct option *option)
{
    return (option->section & options->sections) != 0 &&
           (!option->command[0] || strcmp(option->command, options->command) == 0);
}

/* Step through the names of an option, separated by |. Returns false after the last. */
static bool next_name(const char **names, struct mc_bytes *ret_name)
{
    if (!**names) {
        return false;
    }
    size_t len = strcspn(*names, "|");
    *ret_name = mc_bytes_make(*names, len);
    *names += len + ((*names)[len] == '|');
    return true;
}

/* How well a long name fits an option: 2 exactly, 1 as a beginning, 0 not. */
static int likeness(const struct option *option, struct mc_bytes name)
{
    const char *names = option->names;
    struct mc_bytes each;
    int best = 0;

    while (next_name(&names, &each)) {
        if (mc_bytes_equal(each, name)) {
            return 2;
        }
        if (name.len < each.len &&
            mc_bytes_equal(mc_bytes_slice(each, 0, name.len), name)) {
            best = 1;
        }
    }
    return best;
}

/* Find a long name. Returns 0; -EINVAL. */
static int find_long(const struct mc_options *options, const char *arg, size_t len,
                     enum mc_option_id *ret_id, struct mc_error *error)
{
    struct mc_bytes name = mc_bytes_make(arg + 2, len - 2);
    size_t similar = 0;

    for (size_t i = 0; i < MC_OPT_COUNT; i++) {
        int like = applies(options, &table[i]) ? likeness(&table[i], name) : 0;
        if (like == 2) {
            *ret_id = (enum mc_option_id)i;
            return 0;
        }
        if (like == 1) {
            similar++;
            *ret_id = (enum mc_option_id)i;
        }
    }
    if (similar == 1) {
        return 0;
    }
    mc_error_set(error, "%s option: %.*s", similar ? "ambiguous" : "invalid", (int)len,
                 arg);
    return -EINVAL;
}

static int find_letter(const struct mc_options *options, char letter,
                       enum mc_option_id *ret_id, struct mc_error *error)
{
    for (size_t i = 0; i < MC_OPT_COUNT; i++) {
        if (applies(options, &table[i]) && table[i].letter == letter) {
            *ret_id = (enum mc_option_id)i;
            return 0;
        }
    }
    mc_error_set(error, "invalid option: -%c", letter);
    return -EINVAL;
}

static bool value_valid(enum mc_option_type type, const char *value)
{
    size_t digits = strspn(value, "0123456789");
    const char *rest = value + digits;

    switch (type) {
    case MC_OPTION_NUMBER:
        return digits && digits <= NUMBER_DIGITS_MAX && !*rest;
    case MC_OPTION_SIZE:
        return digits && digits <= NUMBER_DIGITS_MAX &&
               (!*rest || strcmp(rest, "%") == 0);
    case MC_OPTION_REAL:
        if (*rest == '.') {
            digits += strspn(rest + 1, "0123456789");
            rest = value + digits + 1;
        }
        return digits && digits <= 2 * NUMBER_DIGITS_MAX && !*rest;
    case MC_OPTION_FLAG:
    case MC_OPTION_TEXT:
        break;
    }
    return true;
}

static int add_given(struct mc_options *options, enum mc_option_id id,
                     const char *value)
{
    size_t count = options->given_count;
    struct mc_given *given = mc_arena_array(options->arena, count + 1, sizeof(*given));
    const char *copy = mc_arena_strdup(options->arena, value);

    if (!given || !copy) {
        return -ENOMEM;
    }
    if (count) {
        memcpy(given, options->given, count * sizeof(*given));
    }
    given[count] = (struct mc_given){.id = id, .value = copy};
    options->given = given;
    options->given_count++;
    return 0;
}

static int add_word(struct mc_options *options, const char *word)
{
    size_t count = options->words_count;
    const char **words = mc_arena_array(options->arena, count + 1, sizeof(*words));
    const char *copy = mc_arena_strdup(options->arena, word);

    if (!words || !copy) {
        return -ENOMEM;
    }
    if (count) {
        memcpy(words, options->words, count * sizeof(*words));
    }
    words[count] = copy;
    options->words = words;
    options->words_count++;
    return 0;
}

/* Note an option with its value; shown: the option as it was written. */
static int take(struct mc_options *options, enum mc_option_id id, const char *shown,
                size_t shown_len, const char *value, struct mc_error *error)
{
    if (!value_valid(table[id].type, value)) {
        mc_error_set(error, "invalid argument: %.*s %s", (int)shown_len, shown, value);
        return -EINVAL;
    }
    return add_given(options, id, value);
}

/* What is left of the command line. */
struct rest
{
    const char *const *args;
    size_t count;
    size_t at;
};

static int missing(const char *shown, size_t len, struct mc_error *error)
{
    mc_error_set(error, "missing argument: %.*s", (int)len, shown);
    return -EINVAL;
}

static int read_long(struct mc_options *options, const char *arg, struct rest *rest,
                     struct mc_error *error)
{
    size_t len = strcspn(arg, "=");
    const char *value = arg[len] ? arg + len + 1 : NULL;
    enum mc_option_id id;
    int r = find_long(options, arg, len, &id, error);

    if (r) {
        return r;
    }
    if (table[id].type == MC_OPTION_FLAG) {
        if (value) {
            mc_error_set(error, "needless argument: %s", arg);
            return -EINVAL;
        }
        return add_given(options, id, "");
    }
    if (!value) {
        if (rest->at >= rest->count) {
            return missing(arg, len, error);
        }
        value = rest->args[rest->at++];
    }
    return take(options, id, arg, len, value, error);
}

/* -xyz: flags until one takes a value, which is the rest or the next argument. */
static int read_letters(struct mc_options *options, const char *arg, struct rest *rest,
                        struct mc_error *error)
{
    for (const char *at = arg + 1; *at; at++) {
        char shown[] = {'-', *at, '\0'};
        enum mc_option_id id;
        int r = find_letter(options, *at, &id, error);
        if (r) {
            return r;
        }
        if (table[id].type == MC_OPTION_FLAG) {
            r = add_given(options, id, "");
            if (r) {
                return r;
            }
            continue;
        }
        if (at[1]) {
            return take(options, id, shown, 2, at + 1, error);
        }
        if (rest->at >= rest->count) {
            return missing(shown, 2, error);
        }
        return take(options, id, shown, 2, rest->args[rest->at++], error);
    }
    return 0;
}

int mc_options_parse(struct mc_options *options, const char *const *args, size_t count,
                     struct mc_error *error)
{
    struct rest rest = {.args = args, .count = count};
    bool ended = false;

    while (rest.at < rest.count) {
        const char *arg = rest.args[rest.at++];
        int r;
        if (ended || arg[0] != '-' || !arg[1]) {
            r = add_word(options, arg);
        } else if (strcmp(arg, "--") == 0) {
            ended = true;
            r = 0;
        } else if (arg[1] == '-') {
            r = read_long(options, arg, &rest, error);
        } else {
            r = read_letters(options, arg, &rest, error);
        }
        if (r) {
            return r;
        }
    }
    return 0;
}

/* Cut the next word off a text in shell notation; it is made in place.
 * Returns false at the end. */
static bool shell_word(char **text, char **ret_word)
{
    char *from = *text + strspn(*text, " \t\n");
    char *to = from;
    char quote = '\0';

    *ret_word = from;
    if (!*from) {
        return false;
    }
    for (; *from && (quote || !strchr(" \t\n", *from)); from++) {
        if (*from == quote) {
            quote = '\0';
        } else if (!quote && (*from == '\'' || *from == '"')) {
            quote = *from;
        } else {
            if (*from == '\\' && quote != '\'' && from[1]) {
                from++;
            }
            *to++ = *from;
        }
    }
    *text = *from ? from + 1 : from;
    *to = '\0';
    return true;
}

int mc_options_parse_text(struct mc_options *options, const char *text,
                          struct mc_error *error)
{
    size_t room = strlen(text) / 2 + 1;
    const char **args = mc_arena_array(options->arena, room, sizeof(*args));
    char *copy = mc_arena_strdup(options->arena, text);
    const char **words = options->words;
    size_t words_count = options->words_count;
    size_t count = 0;
    char *word;

    if (!args || !copy) {
        return -ENOMEM;
    }
    while (count < room && shell_word(&copy, &word)) {
        args[count++] = word;
    }
    int r = mc_options_parse(options, args, count, error);
    options->words = words;
    options->words_count = words_count;
    return r;
}

const char *mc_options_text(const struct mc_options *options, enum mc_option_id id)
{
    for (size_t i = options->given_count; i > 0; i--) {
        if (options->given[i - 1].id == id) {
            return options->given[i - 1].value;
        }
    }
    return NULL;
}

bool mc_options_has(const struct mc_options *options, enum mc_option_id id)
{
    return mc_options_text(options, id) != NULL;
}

unsigned mc_options_number(const struct mc_options *options, enum mc_option_id id,
                           unsigned fallback)
{
    const char *text = mc_options_text(options, id);

    return text ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

static void help_line(const struct option *option, struct mc_out *out)
{
    char left[128];
    size_t len = 0;
    const char *names = option->names;
    struct mc_bytes name;

    len += (size_t)snprintf(left, sizeof(left), option->letter ? "-%c" : "    ",
                            option->letter);
    for (bool first = true; next_name(&names, &name); first = false) {
        const char *comma = !first || option->letter ? ", " : "";
        len += (size_t)snprintf(left + len, sizeof(left) - len, "%s--%.*s", comma,
                                (int)name.len, (const char *)name.data);
    }
    (void)snprintf(left + len, sizeof(left) - len, "%s%s",
                   option->argument[0] ? " " : "", option->argument);
    mc_out_blanks(out, HELP_MARGIN);
    if (strlen(left) > HELP_COLUMNS) {
        mc_out_printf(out, "%s\n", left);
        mc_out_blanks(out, HELP_MARGIN + HELP_COLUMNS + 1);
    } else {
        mc_out_left(out, left, HELP_COLUMNS + 1);
    }
    mc_out_printf(out, "%s\n", option->help);
}

void mc_options_help(const struct mc_options *options, struct mc_out *out)
{
    static const char *const titles[] = {
        [MC_SECTION_APP] = "Application Options",
        [MC_SECTION_RPC] = "RPC Options",
        [MC_SECTION_COMMON] = "Common Options",
        [MC_SECTION_FILTER] = "Host Filters",
    };
    unsigned section = 0;

    for (size_t i = 0; i < MC_OPT_COUNT; i++) {
        if (!applies(options, &table[i])) {
            continue;
        }
        if (table[i].section != section && table[i].section != MC_SECTION_REQUIRED) {
            mc_out_printf(out, "%s%s\n", section ? "\n" : "", titles[table[i].section]);
        }
        section = table[i].section;
        help_line(&table[i], out);
    }
}

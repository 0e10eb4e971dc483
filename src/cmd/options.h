/* The command line, as Ruby's OptionParser reads one (commands.md 1.2).
 *
 * Options and words mix in any order; --opt=val, --opt val, -oval, -o val and -xyz are
 * understood, long names may be cut as long as they stay unique, -- ends the options.
 * The options are declared once, in options.tbl.h. */
#ifndef MC_CMD_OPTIONS_H
#define MC_CMD_OPTIONS_H

#include "base/arena.h"
#include "display/out.h"

enum mc_option_section
{
    MC_SECTION_APP = 1,
    MC_SECTION_RPC = 2,
    MC_SECTION_REQUIRED = 4,
    MC_SECTION_COMMON = 8,
    MC_SECTION_FILTER = 16,
    MC_SECTION_ALL = 31,
};

enum mc_option_type
{
    MC_OPTION_FLAG,
    MC_OPTION_TEXT,
    MC_OPTION_NUMBER, /* whole, 0 or more */
    MC_OPTION_REAL,   /* 0 or more */
    MC_OPTION_SIZE,   /* 5 or 5% */
};

enum mc_option_id
{
#define MC_OPTION(id, section, command, letter, names, argument, type, help) \
    MC_OPT_##id,
#include "cmd/options.tbl.h"
#undef MC_OPTION
    MC_OPT_COUNT
};

/* One option as it was given. */
struct mc_given
{
    enum mc_option_id id;
    const char *value; /* "" for flags */
};

struct mc_options
{
    const char *command; /* name, "" before it is known */
    unsigned sections;   /* that it has, a mask */
    struct mc_arena *arena;
    struct mc_given *given; /* in their order */
    size_t given_count;
    const char **words;
    size_t words_count;
};

/* Read a command line.
 * options: command, sections and arena filled in; gets the rest. May be called again to
 * add more.   args: count of them, borrowed.
 * error: "invalid option: --frob" and so on.
 * Returns 0; -EINVAL; -ENOMEM. Never blocks. */
int mc_options_parse(struct mc_options *options, const char *const *args, size_t count,
                     struct mc_error *error) MC_MUST_USE;

/* Read options, no words, from a text in shell notation.
 * text: blanks separate; quotes and backslashes as in a shell.
 * Returns as mc_options_parse(). Never blocks. */
int mc_options_parse_text(struct mc_options *options, const char *text,
                          struct mc_error *error) MC_MUST_USE;

/* The last value of an option.
 * Returns it, "" for a flag that was given, NULL when it was not. Never blocks. */
const char *mc_options_text(const struct mc_options *options, enum mc_option_id id);

/* Whether an option was given.
 * Returns true or false. Never blocks. */
bool mc_options_has(const struct mc_options *options, enum mc_option_id id);

/* The last value of a NUMBER.
 * fallback: when it was not given.
 * Returns the number. Never blocks. */
unsigned mc_options_number(const struct mc_options *options, enum mc_option_id id,
                           unsigned fallback);

/* Write the help of the sections that a command has.
 * Returns nothing. Blocks when the stream does. */
void mc_options_help(const struct mc_options *options, struct mc_out *out);

#endif

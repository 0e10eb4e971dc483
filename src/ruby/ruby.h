/* Ruby that runs inside of our programs: one mruby machine for one file.
 *
 * The machine has the core classes, class Regexp over Oniguruma, and the words that its
 * user defines. Input, output, sockets, processes, eval and require are not merely
 * hidden: the parts of mruby that have them are not linked, because we supply the list
 * of parts. Memory is counted and capped; time is not limited here: files that are not
 * trusted are run in a process that is (base/confine.h).
 *
 * mruby raises through longjmp: functions that may raise hold nothing that would have
 * to be given back. */
#ifndef MC_RUBY_RUBY_H
#define MC_RUBY_RUBY_H

#include "value/value.h"

#include <mruby.h>

enum
{
    MC_RUBY_BROKEN = 1, /* no Ruby, or it raised */
};

/* Parts of mruby beside the core. */
enum mc_ruby_parts
{
    MC_RUBY_PARTS_DATA,   /* more methods for strings, lists, hashes, numbers */
    MC_RUBY_PARTS_REPORT, /* and sprintf, times, Math, Struct, ranges */
};

/* Defines the words; may raise. mrb->ud is the user of the spec. */
typedef void mc_ruby_setup_fn(mrb_state *mrb);

struct mc_ruby_spec
{
    enum mc_ruby_parts parts;
    size_t heap_bytes_max;
    mc_ruby_setup_fn *setup;
    void *user;
};

/* Run a file in a machine of its own, which is closed at the end.
 * text: borrowed.   path: for messages.
 * error: "path:line: words (Class)".
 * Returns 0; MC_RUBY_BROKEN; -ENOMEM when there is no memory for a machine. Blocks as
 * long as the file loops. */
int mc_ruby_run(const struct mc_ruby_spec *spec, struct mc_bytes text, const char *path,
                struct mc_error *error) MC_MUST_USE;

/* Make a Proc of a piece of Ruby that stands elsewhere.
 * text: borrowed.   name, line: where it stands, for messages.
 * error: "name:line: this is not Ruby: …".
 * Returns 0; MC_RUBY_BROKEN. Raises when memory is short. Never blocks. */
int mc_ruby_compile(mrb_state *mrb, struct mc_bytes text, const char *name,
                    unsigned line, mrb_value *ret_proc, struct mc_error *error)
    MC_MUST_USE;

/* Where an exception was raised: "path:line" of the first place of its backtrace whose
 * name begins with path, "" when there is none.
 * ret_place: at most len bytes, NUL-terminated.
 * Returns nothing. Raises when memory is short. */
void mc_ruby_place(mrb_state *mrb, mrb_value exception, const char *path,
                   char *ret_place, size_t len);

/* The words of an exception.
 * Returns them, "?" when it has none; owned by the machine. May raise. */
const char *mc_ruby_words(mrb_state *mrb, mrb_value exception);

/* The line of the call that is being served: the nearest frame that is Ruby.
 * Returns the line, 0 when it is not known. Never blocks. */
int64_t mc_ruby_line(const mrb_state *mrb);

/* Define class Regexp and the methods of String that use it.
 * mrb: fresh. Raises when memory is short. */
void mc_ruby_define_regexp(mrb_state *mrb);

/* Take away what core has of the outside world and of ways around our words.
 * mrb: fresh. Raises when memory is short. */
void mc_ruby_remove_outside(mrb_state *mrb);

/* The bytes of a Ruby String.
 * Returns them, borrowed from the machine. Never blocks. */
struct mc_bytes mc_ruby_bytes(mrb_value string);

/* Copy a Ruby value out of the machine. A Class becomes {:class => name}; what no
 * mc_value can hold raises TypeError, a full arena NoMemoryError.
 * depth: 0.
 * Returns a value in the arena, never NULL. */
struct mc_value *mc_ruby_freeze(mrb_state *mrb, struct mc_arena *arena, mrb_value value,
                                unsigned depth);

/* Copy a value into the machine. Symbols become Strings, as a machine never forgets a
 * Symbol and these come from elsewhere; so do integers that are too large.
 * value: not deeper than MC_VALUE_DEPTH_MAX; NULL is nil.
 * Returns the Ruby value. Raises when memory is short. */
mrb_value mc_ruby_thaw(mrb_state *mrb, const struct mc_value *value);

#endif

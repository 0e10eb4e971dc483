/* The parts of the Ruby loader: the machine, what it says back, and Regexp.
 *
 * The machine knows core classes and a handful of their extensions only. Input,
 * output, sockets, processes, eval and require are not merely hidden: the parts of
 * mruby that have them are not linked, because we supply the list of parts. */
#ifndef MC_DDL_RUBY_PRIVATE_H
#define MC_DDL_RUBY_PRIVATE_H

#include "ddl/ddl-private.h"

#include <mruby.h>

/* What the machine may allocate for one file. */
#define MC_DDL_RUBY_HEAP_BYTES_MAX ((size_t)24 * 1024 * 1024)
/* Processor time for one file; normal ones take two milliseconds. */
#define MC_DDL_RUBY_CPU_MS 1000
/* Real time for one file, in case the machine that we run on is busy. */
#define MC_DDL_RUBY_WALL_MS 20000
/* What the evaluating process may send back. */
#define MC_DDL_RUBY_RESULT_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* Hangs off mrb_state.ud while a file is evaluated. */
struct mc_ddl__recorder
{
    struct mc_arena *arena;
    struct mc_value *statements;
    int status;       /* first failure that is not Ruby's */
    size_t summaries; /* open summarize blocks */
};

/* Evaluate a file in this process: no time limit, memory capped.
 * text: borrowed.   path: for messages.   arena: owns *ret_statements.
 * Returns 0; MC_DDL_BROKEN; -ENOMEM. Blocks as long as the file loops. */
int mc_ddl__ruby_evaluate(struct mc_bytes text, const char *path,
                          struct mc_arena *arena,
                          const struct mc_value **ret_statements,
                          struct mc_error *error) MC_MUST_USE;

/* Give the top-level object the statements of a DDL, and take away what is left of
 * the outside world.
 * mrb: ud is a struct mc_ddl__recorder. Raises when memory is short. */
void mc_ddl__ruby_define_statements(mrb_state *mrb);

/* Define class Regexp and the methods of String that use it.
 * mrb: fresh. Raises when memory is short. */
void mc_ddl__ruby_define_regexp(mrb_state *mrb);

/* Source and options of an instance of our class Regexp.
 * value: any.   ret_source: a Ruby String.   ret_options: as in mc_value.
 * Returns true when it is one. */
bool mc_ddl__ruby_is_regexp(mrb_state *mrb, mrb_value value, mrb_value *ret_source,
                            unsigned *ret_options);

/* Copy a Ruby value out of the machine; what a DDL cannot hold raises TypeError.
 * Returns a value in the recorder's arena, never NULL. */
struct mc_value *mc_ddl__ruby_freeze(mrb_state *mrb, mrb_value value, unsigned depth);

#endif

/* The parts of the Ruby loader; the machine is in ruby/. */
#ifndef MC_DDL_RUBY_PRIVATE_H
#define MC_DDL_RUBY_PRIVATE_H

#include "ddl/ddl-private.h"
#include "ruby/ruby.h"

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

/* Give the top-level object the statements of a DDL, and take away what is left of
 * the outside world.
 * mrb: ud is a struct mc_ddl__recorder. Raises when memory is short. */
void mc_ddl__ruby_define_statements(mrb_state *mrb);

#endif

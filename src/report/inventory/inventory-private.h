/* What the words of a report share. */
#ifndef MC_REPORT_INVENTORY_PRIVATE_H
#define MC_REPORT_INVENTORY_PRIVATE_H

#include "base/buffer.h"
#include "report/format/format.h"
#include "report/inventory/inventory.h"
#include "ruby/ruby.h"

/* One line of a table at the most. */
#define MC_INVENTORY_ROW_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* What the names of columns and a page may take, each. */
#define MC_INVENTORY_ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* A field may be so wide ("%9999s"). */
#define MC_INVENTORY_WIDTH_MAX 10000
/* Columns of a table at the most. */
#define MC_INVENTORY_COLUMNS_MAX 1000

/* Hangs off mrb_state.ud. Ruby values are kept alive by mc_inventory__keep(). */
struct mc_inventory__run
{
    const struct mc_inventory_ops *ops;
    void *user;
    enum mc_inventory_output output;
    struct mc_bytes text;
    const char *path;
    mrb_state *mrb;
    size_t tables;       /* begun */
    size_t rows;         /* of this one */
    int64_t fields_line; /* where the fields of this one are */
    bool on_node;        /* identity and so on mean something */
    bool on_page;        /* time and page do */
    bool gather_failed;
    struct mc_error gather_error;
    bool refused;
    struct mc_error refused_error;

    /* formatted_inventory */
    struct mc_pages pages;
    struct mc_arena *arena;     /* for the whole run */
    struct mc_arena *row_arena; /* for a row, or a page body; or NULL */
    struct mc_format *heading;  /* or NULL */
    struct mc_format *body;
};

/* The run of a machine. Never blocks. */
struct mc_inventory__run *mc_inventory__run_of(mrb_state *mrb);

/* Keep a value under a name, or get it; nil before. May raise without memory. */
void mc_inventory__keep(mrb_state *mrb, const char *name, mrb_value value);
/* The value; see mc_inventory__keep(). */
mrb_value mc_inventory__kept(mrb_state *mrb, const char *name);

/* Work on the node that is at hand. May raise. */
typedef void mc_inventory__node_fn(mrb_state *mrb, struct mc_inventory__run *run);

/* Gather; fn is called for each node. Raises what it raised, when gathering failed, and
 * when it is called below fn. */
void mc_inventory__each_node(mrb_state *mrb, mc_inventory__node_fn *fn);

/* Define the streams, substitutions with patterns, Time in words: what scripts use that
 * mruby lacks. May raise. */
void mc_inventory__define_core(mrb_state *mrb);

/* Define the words of formatted_inventory. May raise. */
void mc_inventory__define_pages(mrb_state *mrb);

/* format % row as Ruby does it, widths counted in characters, text taken as a number
 * where a number is wanted.
 * format: a String.   row: an Array.
 * Returns a String. Raises ArgumentError and so on. */
mrb_value mc_inventory__fill(mrb_state *mrb, mrb_value format, mrb_value row);

/* What the columns of fields { [ … ] } are called, by their source: facts["x"] is x.
 * text: the script.   line: of the word fields.   arena: owns the result.
 * ret_count: how many.
 * Returns the names; NULL when no list can be found there. Never blocks. */
const struct mc_bytes *mc_inventory__headings(struct mc_bytes text, int64_t line,
                                              struct mc_arena *arena,
                                              size_t *ret_count);

/* Write the beginning of a table, a row, the end, as CSV, JSON or HTML.
 * headings, row: an Array. May raise. */
void mc_inventory__table_begin(mrb_state *mrb, mrb_value headings);
/* A row; see mc_inventory__table_begin(). */
void mc_inventory__table_row(mrb_state *mrb, mrb_value headings, mrb_value row);
/* The end; see mc_inventory__table_begin(). */
void mc_inventory__table_end(mrb_state *mrb);

#endif

/* One running aggregate, and the table of functions. */
#ifndef MC_DDL_AGGREGATE_PRIVATE_H
#define MC_DDL_AGGREGATE_PRIVATE_H

#include "ddl/ddl-private.h"

#define MC_DDL_AGGREGATE_BUCKETS 256
/* How many distinct values are counted, and how long the text of one may be. */
#define MC_DDL_AGGREGATE_DISTINCT_MAX ((size_t)100000)
#define MC_DDL_AGGREGATE_TEXT_BYTES_MAX ((size_t)64 * 1024)

/* One distinct value and how often it was given. */
struct mc_ddl__count
{
    struct mc_ddl__count *next;
    const struct mc_value *value;
    const char *text;
    int64_t count;
};

struct mc_ddl__lines
{
    const char **items;
    size_t count;
    size_t room;
};

struct mc_ddl__aggregate;

/* Steps return 0; MC_DDL_INVALID, which disables this aggregate; -ENOMEM. */
struct mc_ddl__function
{
    const char *name;
    /* Optional: prepare, check the options. */
    int (*begin)(struct mc_ddl__aggregate *item);
    /* One reply's value; NULL when the reply has none. */
    int (*add)(struct mc_ddl__aggregate *item, const struct mc_value *value);
    /* Make the lines, and the structured value. */
    int (*finish)(struct mc_ddl__aggregate *item, const struct mc_value **ret_value);
};

struct mc_ddl__aggregate
{
    struct mc_arena *arena;
    const struct mc_ddl_aggregate *declared;
    const struct mc_ddl__function *function;
    const char *display_as;
    const char *failure;
    bool symbol;
    struct mc_ddl__lines lines;
    /* collections */
    struct mc_ddl__count *buckets[MC_DDL_AGGREGATE_BUCKETS];
    size_t distinct;
    /* numbers: exact until a float or an overflow comes */
    int64_t integer;
    double real;
    bool is_real;
    int64_t replies;
    /* process_summary */
    int64_t hosts;
    double sizes[2];
};

/* A function by name.
 * Returns a constant, or NULL when there is none. Never blocks. */
const struct mc_ddl__function *mc_ddl__aggregate_function(const char *name);

/* Append a line made with the DDL's format.
 * fallback: used when the DDL gives no format.
 * Returns 0; MC_DDL_INVALID; -ENOMEM. Never blocks. */
int mc_ddl__aggregate_line(struct mc_ddl__aggregate *item, const char *fallback,
                           const struct mc_value *const *args, size_t count)
    MC_MUST_USE;

#endif

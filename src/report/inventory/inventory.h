/* Report scripts: Ruby that says what of each node goes where (commands.md 1.11).
 *
 *     inventory do
 *         format "%s: %s"
 *         fields { [identity, facts["productname"]] }
 *     end
 *
 *     formatted_inventory do
 *         page_length 20
 *         page_heading TEXT       in the format language of report/format
 *         page_body TEXT
 *     end
 *
 * A script is trusted by the person who names it, as a shell script is; it runs in this
 * process, without a time limit, so that Ctrl-C ends it. What nodes sent is not: it
 * reaches the script as strings, numbers and lists, and never as text to be evaluated.
 *
 * The machine asks nobody and prints nothing itself: nodes come from, and text goes to,
 * the functions of mc_inventory_ops. */
#ifndef MC_REPORT_INVENTORY_INVENTORY_H
#define MC_REPORT_INVENTORY_INVENTORY_H

#include "value/value.h"

enum mc_inventory_output
{
    MC_INVENTORY_TEXT, /* as the format says */
    MC_INVENTORY_CSV,  /* RFC 4180 */
    MC_INVENTORY_JSON, /* one array of objects */
    MC_INVENTORY_HTML, /* one page with one table */
};

enum mc_inventory_outcome
{
    MC_INVENTORY_BROKEN = 1,   /* the script is no Ruby, or raised */
    MC_INVENTORY_REFUSED = 2,  /* no report could be made: the error has all words */
    MC_INVENTORY_NO_NODES = 3, /* ops->gather failed; the error has its words */
};

enum mc_inventory_door
{
    MC_INVENTORY_OUT,    /* the report; may hold what nodes sent */
    MC_INVENTORY_PAGE,   /* a form feed */
    MC_INVENTORY_ERRORS, /* what the script writes to $stderr */
};

/* A script as a file, at the most. */
#define MC_INVENTORY_SCRIPT_BYTES_MAX ((size_t)1024 * 1024)
/* What its machine may use. */
#define MC_INVENTORY_HEAP_BYTES_MAX ((size_t)512 * 1024 * 1024)

/* One node. identity, data: borrowed for the call; data is a reply of rpcutil's action
 * inventory. Returns 0; anything else wants no more. */
typedef int mc_inventory_node_fn(void *node_user, const char *identity,
                                 const struct mc_value *data);

struct mc_inventory_ops
{
    /* Ask the nodes, and hand each to node(), until it wants no more.
     * Returns 0; anything else, and words in error. Blocks. */
    int (*gather)(void *user, mc_inventory_node_fn *node, void *node_user,
                  struct mc_error *error);
    /* Take text. Blocks when the stream does. */
    void (*write)(void *user, enum mc_inventory_door door, struct mc_bytes text);
};

/* Run a script.
 * text: borrowed.   path: for messages.   output: of inventory.
 * error: "path:line: words (Class)", or as the outcome says.
 * Returns 0; MC_INVENTORY_BROKEN; MC_INVENTORY_REFUSED; MC_INVENTORY_NO_NODES; -ENOMEM.
 * Blocks as long as the script and ops do. */
int mc_inventory_run(struct mc_bytes text, const char *path,
                     enum mc_inventory_output output,
                     const struct mc_inventory_ops *ops, void *user,
                     struct mc_error *error) MC_MUST_USE;

#endif

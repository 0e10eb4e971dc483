/* What the parts of ddl/ share.
 *
 * Both loaders reduce a file to a flat list of statements; build.c alone knows the
 * rules. A statement is an array [line, Symbol verb, array of arguments]; verbs that
 * open a block (action, dataquery, discovery, summarize) are followed, after the
 * statements of the block, by the verb "end". */
#ifndef MC_DDL_DDL_PRIVATE_H
#define MC_DDL_DDL_PRIVATE_H

#include "base/buffer.h"
#include "ddl/ddl.h"

/* The largest file that is read. */
#define MC_DDL_FILE_BYTES_MAX ((size_t)1024 * 1024)
/* What one frozen DDL may take, and all DDLs of a store. */
#define MC_DDL_ARENA_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define MC_DDL_STORE_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* How many statements one file may make; loops may multiply what is written. */
#define MC_DDL_STATEMENTS_MAX ((size_t)5000)

/* Append one statement.
 * statements: array in arena.   line: 0 when unknown.   args: array in arena.
 * Returns 0; MC_DDL_BROKEN when there are too many; -ENOMEM. Never blocks. */
int mc_ddl__statement(struct mc_arena *arena, struct mc_value *statements, int64_t line,
                      const char *verb, const struct mc_value *args) MC_MUST_USE;

/* Turn statements into a DDL, checking every rule of spec 5.2.
 * statements: must live as long as arena, parts of it are kept.
 * arena: owns *ret_ddl.   error: file, line and statement in one sentence.
 * Returns 0; MC_DDL_BROKEN; -ENOMEM. Never blocks. */
int mc_ddl__build(const struct mc_value *statements, const char *path,
                  enum mc_ddl_kind kind, const char *name, struct mc_arena *arena,
                  struct mc_ddl **ret_ddl, struct mc_error *error) MC_MUST_USE;

/* What Ruby's to_s gives for a value. The work is bounded by the buffer.
 * out: appended to.
 * Returns nothing; ask mc_buffer_failed(). Never blocks. */
void mc_ddl__put_text(const struct mc_value *value, struct mc_buffer *out);

/* What Ruby's to_s gives for a value, for messages and texts.
 * arena: owns the result.
 * Returns a C string (bytes after a NUL are lost), or NULL when the arena is full. */
const char *mc_ddl__text(const struct mc_value *value, struct mc_arena *arena);

/* The text of a float as Ruby prints it ("1.0", "1.0e+20").
 * arena: owns the result.
 * Returns the text, or NULL when the arena is full. Never blocks. */
const char *mc_ddl__float_text(double real, struct mc_arena *arena);

/* Expand a Ruby format string; the format never reaches printf.
 * format: flags - + 0 and blank, width, precision, and %s %d %i %u %f %e %g %x %o %%;
 * anything else is refused.   args: as many as the format names, more are ignored.
 * arena: owns *ret_text.
 * Returns 0; MC_DDL_INVALID (bad format, too few arguments, wrong type, too wide);
 * -ENOMEM. Never blocks. */
int mc_ddl__format(const char *format, const struct mc_value *const *args, size_t count,
                   struct mc_arena *arena, const char **ret_text) MC_MUST_USE;

/* Whether a text is an address, perhaps with prefix, mask or zone.
 * text: borrowed.   six: IPv6, else IPv4.
 * Returns true or false. Never blocks. */
bool mc_ddl__is_address(struct mc_bytes text, bool six);

/* Room for one more item in a growing array.
 * arena: owns the items.   items: NULL at first.   size: bytes of one item.
 * count, room: items used and allocated, changed.
 * Returns the items, perhaps moved, with count raised by one; NULL when the arena is
 * full. Never blocks. */
void *mc_ddl__grow(struct mc_arena *arena, void *items, size_t size, size_t *count,
                   size_t *room);

#endif

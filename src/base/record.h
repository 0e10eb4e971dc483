/* A file that lines are appended to: records, not a log. Each line is one write at the end
 * of the file, so that several programs may share it, and no byte of a line can end it
 * or steer a terminal: such bytes are written as \n, \t, \r and \xHH. */
#ifndef MC_BASE_RECORD_H
#define MC_BASE_RECORD_H

#include "base/bytes.h"
#include "base/error.h"

struct mc_record;

/* A record file. It is opened by the first line, and created then.
 * path: copied.
 * Returns the file, owned by the caller (mc_record_free), or NULL without memory. Never
 * blocks. */
struct mc_record *mc_record_new(const char *path);

/* Close.
 * record: may be NULL.
 * Returns NULL. Blocks on the disk. */
struct mc_record *mc_record_free(struct mc_record *record);

/* Append one line.
 * line: borrowed, without a line end.
 * Returns 0; -errno when it was not written, or not all of it: the next line then
 * begins a new one. Blocks on the disk. */
int mc_record_line(struct mc_record *record, struct mc_bytes line) MC_MUST_USE;

/* Close and open the file again, after somebody has moved it away.
 * record: borrowed.
 * Returns 0; -errno (the old file stays open). Blocks on the disk. */
int mc_record_reopen(struct mc_record *record) MC_MUST_USE;

/* Where it is.
 * record: owns the result.
 * Returns the path. Never blocks. */
const char *mc_record_path(const struct mc_record *record);

#endif

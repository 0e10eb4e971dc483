/* The processes of this machine, one after the other (libproc2 over /proc).
 *
 * A walk opens /proc once and reads one process at a time, so that the caller decides
 * how many it takes before others have a turn: reading one costs some 30 microseconds.
 * What a command line says was written by the process itself: any bytes, cut at a
 * limit. */
#ifndef MC_HOST_PROCESS_PROCESS_H
#define MC_HOST_PROCESS_PROCESS_H

#include "base/bytes.h"
#include "base/error.h"

/* Of a command line; the rest is cut off. */
#define MC_PROCESS_COMMAND_BYTES_MAX ((size_t)1024)

enum
{
    MC_PROCESS_END = 1, /* there are no more */
};

struct mc_process
{
    int64_t pid;
    int64_t ppid;
    int64_t uid; /* effective */
    int64_t gid;
    int64_t tty;         /* device number, 0 without a terminal */
    int64_t vsize_bytes; /* virtual size */
    int64_t rss_kb;      /* resident size, in units of 1024 bytes */
    char state;          /* R S D Z T t I … as in proc(5) */
    const char *user;    /* name, or the number when there is none */
    const char *name;    /* of the program, 15 bytes at the most */
    struct mc_bytes
        command; /* arguments with a blank between; name when there are none */
};

struct mc_processes;

/* Begin a walk.
 * ret_processes: owned by the caller (mc_processes_free()).   error: one sentence.
 * Returns 0; -errno when /proc cannot be read; -ENOMEM. Blocks on /proc. */
int mc_processes_new(struct mc_processes **ret_processes, struct mc_error *error)
    MC_MUST_USE;

/* End a walk.
 * processes: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_processes *mc_processes_free(struct mc_processes *processes);

/* The next process. One that ends meanwhile is left out.
 * ret_process: its texts are borrowed until the next call.
 * Returns 0; MC_PROCESS_END. Blocks on /proc, some 30 microseconds. */
int mc_processes_next(struct mc_processes *processes, struct mc_process *ret_process)
    MC_MUST_USE;

#endif

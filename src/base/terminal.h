/* Asking the person at the terminal for a line, for example a password. */
#ifndef MC_BASE_TERMINAL_H
#define MC_BASE_TERMINAL_H

#include "base/arena.h"

/* The longest answer, in bytes. */
#define MC_TERMINAL_ANSWER_BYTES_MAX 1024

/* Ask on the controlling terminal, whatever standard input is.
 * question: written as it is.   secret: the answer is not shown while it is typed.
 * arena: owns *ret_answer (without its line end).
 * Returns 0; -ENXIO when there is no terminal; -EINTR after Ctrl-C or Ctrl-D; -EMSGSIZE
 * for an answer that is too long; -ENOMEM; other -errno. Blocks until a line is typed. */
int mc_terminal_ask(const char *question, bool secret, struct mc_arena *arena,
                    const char **ret_answer) MC_MUST_USE;

/* The same on a terminal that is open already.
 * fd: a terminal, borrowed; its settings are put back.
 * Returns as mc_terminal_ask(); -ENOTTY when it is no terminal. Blocks. */
int mc_terminal_ask_on(int fd, const char *question, bool secret,
                       struct mc_arena *arena, const char **ret_answer) MC_MUST_USE;

#endif

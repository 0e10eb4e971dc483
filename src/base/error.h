/* How functions here say that something went wrong.
 *
 * Three kinds of results (house rule): 0 is success; a negative value is -errno,
 * fatal for the operation and passed up unchanged; a positive value is an outcome
 * that the function names itself and its caller must handle. Words for people go
 * into an optional struct mc_error, a fixed buffer, so that nothing is allocated
 * while failing. */
#ifndef MC_BASE_ERROR_H
#define MC_BASE_ERROR_H

#include "marionette/error.h"
#include <stdarg.h>
#include <stddef.h>

#define MC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MC_MUST_USE __attribute__((warn_unused_result))
#define MC_CLEANUP(fn) __attribute__((cleanup(fn)))

#define MC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Write the reason of a failure.
 * error: may be NULL, then nothing happens; a longer text is cut.
 * Returns nothing. Never blocks, never allocates. */
void mc_error_set(struct mc_error *error, const char *format, ...) MC_PRINTF(2, 3);

/* The same with a va_list.
 * error: may be NULL.
 * Returns nothing. Never blocks, never allocates. */
void mc_error_vset(struct mc_error *error, const char *format, va_list args)
    MC_PRINTF(2, 0);

/* Put words in front of a reason that a lower layer wrote ("file x: ").
 * error: may be NULL; a text that becomes too long is cut at its end.
 * Returns nothing. Never blocks, never allocates. */
void mc_error_prefix(struct mc_error *error, const char *format, ...) MC_PRINTF(2, 3);

#endif

/* Words for people, in a fixed buffer. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

void mc_error_vset(struct mc_error *error, const char *format, va_list args)
{
    if (error) {
        (void)vsnprintf(error->text, sizeof(error->text), format, args);
    }
}

void mc_error_set(struct mc_error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mc_error_vset(error, format, args);
    va_end(args);
}

void mc_error_prefix(struct mc_error *error, const char *format, ...)
{
    struct mc_error whole;
    va_list args;

    if (!error) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(whole.text, sizeof(whole.text), format, args);
    va_end(args);
    size_t used = strlen(whole.text);
    (void)snprintf(whole.text + used, sizeof(whole.text) - used, "%s", error->text);
    *error = whole;
}

/* Streams for people: control bytes are escaped on a terminal; see out.h. */
#include "display/out.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Terminal width: COLUMNS when LINES is there too, else what the terminal says. */
static unsigned width_of(FILE *file)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    if (columns && getenv("LINES")) {
        long number = strtol(columns, NULL, 10);
        if (number > 0 && number < 10000) {
            return (unsigned)number;
        }
    }
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col) {
        return size.ws_col;
    }
    return 80;
}

struct mc_out mc_out_make(FILE *file, enum mc_color color)
{
    int fd = fileno(file);
    struct mc_out out = {.file = file, .terminal = fd >= 0 && isatty(fd) == 1};
    const char *no_color = getenv("NO_COLOR");

    out.columns = out.terminal ? width_of(file) : 0;
    out.color = color == MC_COLOR_ON ||
                (color == MC_COLOR_AUTO && out.terminal && !(no_color && no_color[0]));
    return out;
}

bool mc_text_acts(uint32_t code)
{
    return (code < 0x20 && code != '\n' && code != '\t') ||
           (code >= 0x7f && code <= 0x9f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void escape(struct mc_out *out, struct mc_bytes bytes)
{
    if (bytes.data[0] == 0x1b) {
        (void)fputs("\\e", out->file);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        (void)fprintf(out->file, "\\x%02X", bytes.data[i]);
    }
}

void mc_out_bytes(struct mc_out *out, struct mc_bytes bytes)
{
    if (!out->terminal) {
        (void)fwrite(bytes.data, 1, bytes.len, out->file);
        return;
    }
    while (bytes.len) {
        uint32_t code;
        size_t len = mc_text_character(bytes, &code);
        struct mc_bytes one = mc_bytes_slice(bytes, 0, len ? len : 1);
        if (!len || mc_text_acts(code)) {
            escape(out, one);
        } else {
            (void)fwrite(one.data, 1, one.len, out->file);
        }
        bytes = mc_bytes_slice(bytes, one.len, bytes.len);
    }
}

void mc_out_text(struct mc_out *out, const char *text)
{
    mc_out_bytes(out, mc_bytes_text(text));
}

static void MC_PRINTF(2, 0) print(struct mc_out *out, const char *format, va_list args)
{
    char text[1024];
    int len = vsnprintf(text, sizeof(text), format, args);

    if (len >= 0) {
        size_t fits = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
        mc_out_bytes(out, mc_bytes_make(text, fits));
    }
}

void mc_out_printf(struct mc_out *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(out, format, args);
    va_end(args);
}

void mc_out_raw(struct mc_out *out, const char *text)
{
    (void)fputs(text, out->file);
}

void mc_out_paint(struct mc_out *out, enum mc_paint paint, const char *text)
{
    const char *const parts[] = {text, NULL};

    mc_out_paint_all(out, paint, parts);
}

void mc_out_paint_all(struct mc_out *out, enum mc_paint paint, const char *const *parts)
{
    static const char *const codes[] = {
        [MC_PAINT_NONE] = "",           [MC_PAINT_BOLD] = "\033[1m",
        [MC_PAINT_RED] = "\033[31m",    [MC_PAINT_GREEN] = "\033[32m",
        [MC_PAINT_YELLOW] = "\033[33m", [MC_PAINT_CYAN] = "\033[36m",
    };
    bool on = out->color && paint != MC_PAINT_NONE;

    mc_out_raw(out, on ? codes[paint] : "");
    for (size_t i = 0; parts[i]; i++) {
        mc_out_text(out, parts[i]);
    }
    mc_out_raw(out, on ? "\033[0m" : "");
}

void mc_out_blanks(struct mc_out *out, size_t count)
{
    while (count--) {
        (void)fputc(' ', out->file);
    }
}

void mc_out_left(struct mc_out *out, const char *text, size_t width)
{
    size_t have = mc_text_width(mc_bytes_text(text));

    mc_out_text(out, text);
    mc_out_blanks(out, have < width ? width - have : 0);
}

void mc_out_right(struct mc_out *out, const char *text, size_t width)
{
    size_t have = mc_text_width(mc_bytes_text(text));

    mc_out_blanks(out, have < width ? width - have : 0);
    mc_out_text(out, text);
}

void mc_out_flush(struct mc_out *out)
{
    (void)fflush(out->file);
}

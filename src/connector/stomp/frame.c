/* The STOMP frame parser: a small state machine over chunks of any size.
 *
 * The head is collected in `head` line by line with its line ends; when the empty line
 * has come, it is cut into C strings in place (NULs are refused in a head, so a string
 * ends where it seems to end). Pointers in parser->frame point into head and body and
 * live until the next feed. */
#include "connector/stomp/frame.h"

#include <errno.h>
#include <string.h>

/* A body buffer that grew beyond this is given back after its frame. */
#define KEEP_BODY_BYTES ((size_t)64 * 1024)

typedef int step_fn(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                    struct mc_error *error);

void mc_stomp_parser_init(struct mc_stomp_parser *parser, size_t body_bytes_max)
{
    memset(parser, 0, sizeof(*parser));
    parser->body_bytes_max = body_bytes_max;
    mc_buffer_init(&parser->head, MC_STOMP_HEAD_BYTES_MAX);
    mc_buffer_init(&parser->body, body_bytes_max);
}

void mc_stomp_parser_deinit(struct mc_stomp_parser *parser)
{
    mc_buffer_deinit(&parser->head);
    mc_buffer_deinit(&parser->body);
}

static void begin_frame(struct mc_stomp_parser *parser)
{
    parser->head.len = 0;
    parser->line_start = 0;
    parser->frame = (struct mc_stomp_frame){.headers = parser->headers};
    if (parser->body.size > KEEP_BODY_BYTES) {
        mc_buffer_deinit(&parser->body);
    }
    parser->body.len = 0;
}

static int step_between(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                        struct mc_error *error)
{
    (void)error;
    if (in.data[*at] == '\n' || in.data[*at] == '\r') {
        (*at)++;
        return 0;
    }
    begin_frame(parser);
    parser->state = MC_STOMP_HEAD;
    return 0;
}

/* Undo the escapes of 1.1 in place; an unknown one stays as it is. */
static void unescape(char *text)
{
    char *out = text;

    while (*text) {
        char c = *text++;
        if (c == '\\' && (*text == 'n' || *text == 'c' || *text == '\\')) {
            c = *text == 'n' ? '\n' : *text == 'c' ? ':' : '\\';
            text++;
        }
        *out++ = c;
    }
    *out = 0;
}

static char *strip(char *text)
{
    char *end = text + strlen(text);

    while (end > text && strchr(" \t\r", end[-1])) {
        *--end = 0;
    }
    return text + strspn(text, " \t\r");
}

/* One header line, already a C string. */
static int add_header(struct mc_stomp_parser *parser, char *line, bool escaped,
                      struct mc_error *error)
{
    struct mc_stomp_frame *frame = &parser->frame;
    char *colon = strchr(line, ':');

    if (!colon) {
        mc_error_set(error, "a header line without a colon");
        return -EPROTO;
    }
    if (frame->header_count == MC_STOMP_HEADERS_MAX) {
        mc_error_set(error, "more than %zu headers", MC_STOMP_HEADERS_MAX);
        return -EPROTO;
    }
    *colon = 0;
    char *name = line;
    char *value = colon + 1;
    if (parser->version == MC_STOMP_1_0) {
        name = strip(name);
        value = strip(value);
    } else if (escaped) {
        unescape(name);
        unescape(value);
    }
    struct mc_stomp_header *header = &parser->headers[frame->header_count++];
    header->name = name;
    header->value = value;
    return 0;
}

static int read_command(struct mc_stomp_parser *parser, char *line,
                        struct mc_error *error)
{
    size_t len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *rest = line + len;

    if (len == 0 || len > MC_STOMP_COMMAND_BYTES_MAX ||
        strspn(rest, "\r") != strlen(rest)) {
        mc_error_set(error, "no STOMP command where a frame should begin");
        return -EPROTO;
    }
    line[len] = 0;
    parser->frame.command = line;
    return 0;
}

static int read_length(const char *text, size_t *ret_len, struct mc_error *error)
{
    size_t len = 0;

    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || len > MC_STOMP_SKIP_BYTES_MAX) {
            len = SIZE_MAX;
            break;
        }
        len = len * 10 + (size_t)(*c - '0');
    }
    if (len > MC_STOMP_SKIP_BYTES_MAX || !*text) {
        mc_error_set(error, "bad content-length \"%.40s\"", text);
        return -EPROTO;
    }
    *ret_len = len;
    return 0;
}

/* The empty line has come: cut the head, decide how the body ends. */
static int end_head(struct mc_stomp_parser *parser, struct mc_error *error)
{
    char *line = (char *)parser->head.data;
    char *end = line + parser->line_start; /* where the empty line begins */
    bool escaped = true;

    while (line < end) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        *stop = 0;
        int r = parser->frame.command ? add_header(parser, line, escaped, error)
                                      : read_command(parser, line, error);
        if (r < 0) {
            return r;
        }
        if (line == (char *)parser->head.data) {
            escaped = strcmp(parser->frame.command, "CONNECTED") != 0;
        }
        line = stop + 1;
    }
    const char *length = mc_stomp_frame_header(&parser->frame, "content-length");
    parser->state = MC_STOMP_BODY_NUL;
    if (length) {
        int r = read_length(length, &parser->body_left, error);
        if (r < 0) {
            return r;
        }
        parser->frame.body_bytes = parser->body_left;
        parser->frame.too_long = parser->body_left > parser->body_bytes_max;
        parser->state = MC_STOMP_BODY_LENGTH;
    }
    return 0;
}

static int step_head(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                     struct mc_error *error)
{
    struct mc_bytes rest = mc_bytes_slice(in, *at, in.len);
    size_t newline = mc_bytes_find(rest, '\n');
    bool whole = newline < rest.len;
    struct mc_bytes part = mc_bytes_slice(rest, 0, whole ? newline + 1 : newline);

    if (mc_bytes_find(part, 0) < part.len) {
        mc_error_set(error, "a NUL byte inside the head of a frame");
        return -EPROTO;
    }
    if (part.len > MC_STOMP_HEAD_BYTES_MAX - parser->head.len) {
        mc_error_set(error, "the head of a frame is longer than %zu bytes",
                     MC_STOMP_HEAD_BYTES_MAX);
        return -EPROTO;
    }
    mc_buffer_append(&parser->head, part);
    if (mc_buffer_failed(&parser->head)) {
        return -ENOMEM;
    }
    *at += part.len;
    if (!whole) {
        return 0;
    }
    struct mc_bytes line = mc_bytes_slice(mc_buffer_bytes(&parser->head),
                                          parser->line_start, parser->head.len);
    if (mc_bytes_is(line, "\n") || mc_bytes_is(line, "\r\n")) {
        return end_head(parser, error);
    }
    parser->line_start = parser->head.len;
    return 0;
}

static int keep_body(struct mc_stomp_parser *parser, struct mc_bytes part)
{
    if (!parser->frame.too_long) {
        mc_buffer_append(&parser->body, part);
    }
    return mc_buffer_failed(&parser->body) ? -ENOMEM : 0;
}

static int step_length(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                       struct mc_error *error)
{
    struct mc_bytes part = mc_bytes_slice(in, *at, parser->body_left);

    (void)error;
    *at += part.len;
    parser->body_left -= part.len;
    if (parser->body_left == 0) {
        parser->state = MC_STOMP_BODY_END;
    }
    return keep_body(parser, part);
}

static int end_frame(struct mc_stomp_parser *parser)
{
    parser->frame.body = mc_buffer_bytes(&parser->body);
    parser->state = MC_STOMP_BETWEEN;
    return MC_STOMP_FRAME;
}

static int step_end(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                    struct mc_error *error)
{
    if (in.data[*at] != 0) {
        mc_error_set(error, "no NUL byte behind a body of %zu bytes",
                     parser->frame.body_bytes);
        return -EPROTO;
    }
    (*at)++;
    return end_frame(parser);
}

static int step_nul(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                    struct mc_error *error)
{
    struct mc_bytes rest = mc_bytes_slice(in, *at, in.len);
    size_t len = mc_bytes_find(rest, 0);
    struct mc_stomp_frame *frame = &parser->frame;

    frame->body_bytes += len;
    if (frame->body_bytes > MC_STOMP_SKIP_BYTES_MAX) {
        mc_error_set(error, "a body without end");
        return -EPROTO;
    }
    if (frame->body_bytes > parser->body_bytes_max) {
        frame->too_long = true;
        mc_buffer_deinit(&parser->body);
    }
    int r = keep_body(parser, mc_bytes_slice(rest, 0, len));
    *at += len;
    if (r < 0 || len == rest.len) {
        return r;
    }
    (*at)++;
    return end_frame(parser);
}

static int step_broken(struct mc_stomp_parser *parser, struct mc_bytes in, size_t *at,
                       struct mc_error *error)
{
    (void)parser;
    *at = in.len;
    mc_error_set(error, "an earlier frame was broken");
    return -EPROTO;
}

int mc_stomp_parser_feed(struct mc_stomp_parser *parser, struct mc_bytes in,
                         size_t *ret_used, struct mc_error *error)
{
    static step_fn *const steps[] = {
        [MC_STOMP_BETWEEN] = step_between,    [MC_STOMP_HEAD] = step_head,
        [MC_STOMP_BODY_LENGTH] = step_length, [MC_STOMP_BODY_END] = step_end,
        [MC_STOMP_BODY_NUL] = step_nul,       [MC_STOMP_BROKEN] = step_broken,
    };
    size_t at = 0;
    int r = 0;

    while (r == 0 && at < in.len) {
        r = steps[parser->state](parser, in, &at, error);
    }
    if (r < 0) {
        parser->state = MC_STOMP_BROKEN;
        return r;
    }
    *ret_used = at;
    return r;
}

const char *mc_stomp_frame_header(const struct mc_stomp_frame *frame, const char *name)
{
    for (size_t i = 0; i < frame->header_count; i++) {
        if (strcmp(frame->headers[i].name, name) == 0) {
            return frame->headers[i].value;
        }
    }
    return NULL;
}

/* Whether a version can carry a name or value. */
static bool can_carry(enum mc_stomp_version version, const char *text, bool is_name)
{
    if (!*text) {
        return !is_name && version != MC_STOMP_1_0;
    }
    if (version == MC_STOMP_1_0) {
        return !strpbrk(text, is_name ? "\r\n:" : "\r\n");
    }
    return true;
}

static void write_text(enum mc_stomp_version version, const char *text,
                       struct mc_buffer *out)
{
    static const char plain[] = "\n:\\";
    static const char escape[] = "nc\\";

    if (version == MC_STOMP_1_0) {
        mc_buffer_text(out, text);
        return;
    }
    for (; *text; text++) {
        const char *hit = strchr(plain, *text);
        if (hit) {
            mc_buffer_byte(out, '\\');
        }
        mc_buffer_byte(out, (uint8_t)(hit ? escape[hit - plain] : *text));
    }
}

int mc_stomp_frame_write(enum mc_stomp_version version, const char *command,
                         const struct mc_stomp_header *headers, size_t header_count,
                         struct mc_bytes body, struct mc_buffer *out)
{
    if (strcmp(command, "CONNECT") == 0) {
        version = MC_STOMP_1_0;
    }
    for (size_t i = 0; i < header_count; i++) {
        if (headers[i].value && (!can_carry(version, headers[i].name, true) ||
                                 !can_carry(version, headers[i].value, false))) {
            return -EINVAL;
        }
    }
    mc_buffer_text(out, command);
    mc_buffer_byte(out, '\n');
    for (size_t i = 0; i < header_count; i++) {
        if (headers[i].value) {
            write_text(version, headers[i].name, out);
            mc_buffer_byte(out, ':');
            write_text(version, headers[i].value, out);
            mc_buffer_byte(out, '\n');
        }
    }
    if (strcmp(command, "SEND") == 0) {
        mc_buffer_printf(out, "content-length:%zu\n", body.len);
    }
    mc_buffer_byte(out, '\n');
    mc_buffer_append(out, body);
    mc_buffer_byte(out, 0);
    return mc_buffer_failed(out) ? -ENOMEM : 0;
}

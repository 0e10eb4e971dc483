/* STOMP frames: bytes <-> command, headers, body (spec collective.md 1.1; STOMP 1.0 and
 * 1.1 specifications, stomp.github.io).
 *
 * Sans-I/O: the parser is fed whatever a socket gave and stops after each frame. It
 * holds at most one head and one body, both capped; a body that is too long is skipped
 * without being kept, so that the link survives it. */
#ifndef MC_CONNECTOR_STOMP_FRAME_H
#define MC_CONNECTOR_STOMP_FRAME_H

#include "base/buffer.h"

/* Command and header lines of one frame. */
#define MC_STOMP_HEAD_BYTES_MAX ((size_t)64 * 1024)
#define MC_STOMP_HEADERS_MAX ((size_t)128)
#define MC_STOMP_COMMAND_BYTES_MAX ((size_t)16)
/* A body is skipped up to this length; one that says it is longer is a bad length. */
#define MC_STOMP_SKIP_BYTES_MAX ((size_t)1024 * 1024 * 1024)

enum
{
    MC_STOMP_FRAME = 1, /* a whole frame has been read */
};

enum mc_stomp_version
{
    MC_STOMP_1_0, /* no escapes; blanks around keys and values are stripped */
    MC_STOMP_1_1, /* \n \c \\ in keys and values */
};

struct mc_stomp_header
{
    const char *name;
    const char *value;
};

/* One frame, borrowed until the parser is fed again. */
struct mc_stomp_frame
{
    const char *command;
    const struct mc_stomp_header *headers;
    size_t header_count;
    struct mc_bytes body;
    bool too_long;     /* the body was skipped, body is empty */
    size_t body_bytes; /* how long it was */
};

enum mc_stomp_state
{
    MC_STOMP_BETWEEN,
    MC_STOMP_HEAD,
    MC_STOMP_BODY_LENGTH, /* content-length bytes */
    MC_STOMP_BODY_END,    /* the NUL behind them */
    MC_STOMP_BODY_NUL,    /* no content-length: up to the NUL */
    MC_STOMP_BROKEN,
};

/* Embedded by its user; the fields are the parser's own. */
struct mc_stomp_parser
{
    enum mc_stomp_version version;
    enum mc_stomp_state state;
    size_t body_bytes_max;
    size_t line_start; /* in head */
    size_t body_left;  /* BODY_LENGTH */
    struct mc_buffer head;
    struct mc_buffer body;
    struct mc_stomp_frame frame;
    struct mc_stomp_header headers[MC_STOMP_HEADERS_MAX];
};

/* Begin, as 1.0.
 * parser: embedded in the caller.   body_bytes_max: longer bodies are skipped.
 * Returns nothing. Never blocks. */
void mc_stomp_parser_init(struct mc_stomp_parser *parser, size_t body_bytes_max);

/* Give the buffers back.
 * parser: zeroed or initialised.
 * Returns nothing. Never blocks. */
void mc_stomp_parser_deinit(struct mc_stomp_parser *parser);

/* Read on. The command and, in 1.1, every frame but CONNECTED has its escapes undone.
 * in: borrowed for the call.   ret_used: how many bytes were taken; all of them unless
 * a frame ended before.   error: what is wrong with the bytes.
 * Returns 0 (more is needed); MC_STOMP_FRAME with parser->frame filled; -EPROTO, and
 * from then on always -EPROTO; -ENOMEM. Never blocks. */
int mc_stomp_parser_feed(struct mc_stomp_parser *parser, struct mc_bytes in,
                         size_t *ret_used, struct mc_error *error) MC_MUST_USE;

/* The first header of that name.
 * frame: owns the result.   name: C string.
 * Returns its value or NULL. Never blocks. */
const char *mc_stomp_frame_header(const struct mc_stomp_frame *frame, const char *name);

/* Append a frame to a buffer: SEND always gets a content-length (without it ActiveMQ
 * makes a text message of it and destroys binary bodies), the others none.
 * out: appended to.   headers: value NULL leaves one out; CONNECT is never escaped.
 * Returns 0; -EINVAL for a text that this version cannot carry (line ends, NUL-free
 * empty values in 1.0), nothing is appended then; -ENOMEM. Never blocks. */
int mc_stomp_frame_write(enum mc_stomp_version version, const char *command,
                         const struct mc_stomp_header *headers, size_t header_count,
                         struct mc_bytes body, struct mc_buffer *out) MC_MUST_USE;

#endif

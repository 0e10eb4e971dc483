/* The frame parser with arbitrary splits: the first byte chooses the version and how
 * the rest is cut, and the frames must not depend on the cuts. */
#include "base/memory.h"
#include "connector/stomp/frame.h"
#include <stdlib.h>

#define BODY_MAX ((size_t)256)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A checksum of all that was seen, so that two runs can be compared. */
static uint64_t mix(uint64_t sum, struct mc_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        sum = (sum ^ bytes.data[i]) * 1099511628211u;
    }
    return sum * 31 + bytes.len;
}

static uint64_t frame_sum(uint64_t sum, const struct mc_stomp_frame *frame)
{
    sum = mix(sum, mc_bytes_text(frame->command));
    for (size_t i = 0; i < frame->header_count; i++) {
        sum = mix(sum, mc_bytes_text(frame->headers[i].name));
        sum = mix(sum, mc_bytes_text(frame->headers[i].value));
    }
    return mix(sum, frame->body) + frame->body_bytes + frame->too_long;
}

static uint64_t run(enum mc_stomp_version version, struct mc_bytes in, size_t step)
{
    struct mc_stomp_parser parser;
    uint64_t sum = 0;
    int r = 0;

    mc_stomp_parser_init(&parser, BODY_MAX);
    parser.version = version;
    for (size_t at = 0; at < in.len && r >= 0;) {
        size_t used = 0;
        struct mc_bytes piece = mc_bytes_slice(in, at, step);
        char *copy = mc_memory_copy(piece);
        if (!copy) {
            break;
        }
        struct mc_error error;
        r = mc_stomp_parser_feed(&parser, mc_bytes_make(copy, piece.len), &used,
                                 &error);
        if (r == MC_STOMP_FRAME) {
            sum = frame_sum(sum, &parser.frame);
        }
        at += used;
        mc_memory_free(copy);
    }
    mc_stomp_parser_deinit(&parser);
    return sum + (r < 0 ? 1 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct mc_bytes in = mc_bytes_make(data + 1, size - 1);
    enum mc_stomp_version version = data[0] & 1 ? MC_STOMP_1_1 : MC_STOMP_1_0;
    size_t step = (size_t)(data[0] >> 1) % 40 + 1;
    if (run(version, in, step) != run(version, in, in.len ? in.len : 1)) {
        abort();
    }
    return 0;
}

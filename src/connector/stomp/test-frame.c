/* Frames: any split of the bytes gives the same frames; wrong bytes give errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "connector/stomp/frame.h"
#include <errno.h>

#define BODY_MAX ((size_t)64)

/* What came out, as one text: command|name=value|...|body or <too long N>. */
struct seen
{
    struct mc_buffer text;
    struct mc_error error;
    int r;
};

static void note(struct seen *seen, const struct mc_stomp_frame *frame)
{
    mc_buffer_text(&seen->text, frame->command);
    for (size_t i = 0; i < frame->header_count; i++) {
        mc_buffer_printf(&seen->text, "|%s=%s", frame->headers[i].name,
                         frame->headers[i].value);
    }
    mc_buffer_byte(&seen->text, '|');
    if (frame->too_long) {
        assert_int_equal(frame->body.len, 0);
        mc_buffer_printf(&seen->text, "<too long %zu>", frame->body_bytes);
    }
    for (size_t i = 0; i < frame->body.len; i++) {
        uint8_t c = frame->body.data[i];
        mc_buffer_printf(&seen->text, c >= ' ' && c < 127 ? "%c" : "<%02x>", c);
    }
    mc_buffer_byte(&seen->text, ';');
}

/* Feed in pieces of `step` bytes, each piece in memory of its own so that a sanitizer
 * sees every byte read beyond it. */
static void run(enum mc_stomp_version version, struct mc_bytes in, size_t step,
                struct seen *seen)
{
    struct mc_stomp_parser parser;

    memset(seen, 0, sizeof(*seen));
    mc_buffer_init(&seen->text, 100000);
    mc_stomp_parser_init(&parser, BODY_MAX);
    parser.version = version;
    for (size_t at = 0; at < in.len && seen->r >= 0; at += step) {
        struct mc_bytes piece = mc_bytes_slice(in, at, step);
        char *copy = mc_memory_copy(piece);
        struct mc_bytes left = mc_bytes_make(copy, piece.len);
        while (left.len && seen->r >= 0) {
            size_t used = 0;
            seen->r = mc_stomp_parser_feed(&parser, left, &used, &seen->error);
            if (seen->r == MC_STOMP_FRAME) {
                note(seen, &parser.frame);
            } else if (seen->r == 0) {
                assert_int_equal(used, left.len);
            }
            left = mc_bytes_slice(left, used, left.len);
        }
        mc_memory_free(copy);
    }
    mc_buffer_byte(&seen->text, 0);
    mc_stomp_parser_deinit(&parser);
}

struct vector
{
    const char *name;
    enum mc_stomp_version version;
    struct mc_bytes in;
    const char *out;
    const char *error; /* part of the text, or NULL */
};

#define V10 MC_STOMP_1_0
#define V11 MC_STOMP_1_1

#define LITERAL(text)                             \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static const struct vector vectors[] = {
    {"login", V10, LITERAL("CONNECTED\nversion:1.0\n\n\0\n"), "CONNECTED|version=1.0|;",
     NULL},
    {"two frames and heartbeats", V10,
     LITERAL("\n\n\nRECEIPT\nreceipt-id:7\n\n\0\n\nERROR\n\nno\0\n"),
     "RECEIPT|receipt-id=7|;ERROR|no;", NULL},
    {"length with NULs inside", V10, LITERAL("MESSAGE\ncontent-length:3\n\na\0b\0"),
     "MESSAGE|content-length=3|a<00>b;", NULL},
    {"length zero", V10, LITERAL("MESSAGE\ncontent-length:0\n\n\0"),
     "MESSAGE|content-length=0|;", NULL},
    {"1.0 strips blanks, first of two counts", V10,
     LITERAL("MESSAGE\n a : b c \na:2\nx:\\c\n\n\0"), "MESSAGE|a=b c|a=2|x=\\c|;",
     NULL},
    {"1.1 undoes escapes and keeps blanks", V11,
     LITERAL("MESSAGE\nmessage-id:ID\\cvm\\n\\\\ \nk\\cy:v\\q\n\n\0"),
     "MESSAGE|message-id=ID:vm\n\\ |k:y=v\\q|;", NULL},
    {"1.1 leaves CONNECTED alone", V11, LITERAL("CONNECTED\nsession:ID:a\\c\n\n\0"),
     "CONNECTED|session=ID:a\\c|;", NULL},
    {"carriage returns", V10, LITERAL("ERROR\r\nmessage:x\r\n\r\ny\0"),
     "ERROR|message=x|y;", NULL},
    {"body at the limit",
     V10,
     {(const uint8_t
           *)"MESSAGE\n\n"
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0",
      74},
     "MESSAGE|0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;",
     NULL},
    {"body too long, then the next frame",
     V10,
     {(const uint8_t
           *)"MESSAGE\n\n"
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefg\0"
             "ERROR\n\n\0",
      83},
     "MESSAGE|<too long 65>;ERROR|;",
     NULL},
    {"length too long, then the next frame",
     V10,
     {(const uint8_t
           *)"MESSAGE\ncontent-length:70\n\n"
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
             "ghijkl\0ERROR\n\n\0",
      106},
     "MESSAGE|content-length=70|<too long 70>;ERROR|;",
     NULL},
    {"negative length", V10, LITERAL("MESSAGE\ncontent-length:-1\n\n\0"), "",
     "bad content-length \"-1\""},
    {"length that is no number", V10, LITERAL("MESSAGE\ncontent-length:3x\n\nabc\0"),
     "", "bad content-length \"3x\""},
    {"empty length", V10, LITERAL("MESSAGE\ncontent-length:\n\nabc\0"), "",
     "bad content-length \"\""},
    {"length that overflows", V10,
     LITERAL("MESSAGE\ncontent-length:99999999999999999999999\n\nabc\0"), "",
     "bad content-length"},
    {"length too short", V10, LITERAL("MESSAGE\ncontent-length:1\n\nabc\0"), "",
     "no NUL byte behind a body of 1 bytes"},
    {"no colon", V10, LITERAL("MESSAGE\nabc\n\n\0"), "", "without a colon"},
    {"another protocol", V10, LITERAL("HTTP/1.1 400 Bad\r\n\r\n"), "",
     "no STOMP command"},
    {"lower case", V10, LITERAL("message\n\n\0"), "", "no STOMP command"},
    {"NUL in the head", V10, LITERAL("MESSAGE\na\0b:c\n\n\0"), "",
     "NUL byte inside the head"},
};

static void vectors_hold_for_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        for (size_t step = 1; step <= vectors[i].in.len; step++) {
            struct seen seen;
            run(vectors[i].version, vectors[i].in, step, &seen);
            const char *text = (const char *)mc_buffer_bytes(&seen.text).data;
            if (strcmp(text, vectors[i].out) != 0) {
                fail_msg("%s, step %zu: %s", vectors[i].name, step, text);
            }
            if (vectors[i].error &&
                (seen.r != -EPROTO || !strstr(seen.error.text, vectors[i].error))) {
                fail_msg("%s, step %zu: %d %s", vectors[i].name, step, seen.r,
                         seen.error.text);
            }
            if (!vectors[i].error && seen.r < 0) {
                fail_msg("%s, step %zu: %s", vectors[i].name, step, seen.error.text);
            }
            mc_buffer_deinit(&seen.text);
        }
    }
}

/* An endless head, of one line or of many. */
static void head_is_bounded(void **state)
{
    static const struct mc_bytes units[] = {{(const uint8_t *)"x", 1},
                                            {(const uint8_t *)"a:b\n", 4}};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(units); i++) {
        struct mc_buffer in;
        struct seen seen;
        mc_buffer_init(&in, 2 * MC_STOMP_HEAD_BYTES_MAX);
        mc_buffer_text(&in, "MESSAGE\n");
        while (in.len < MC_STOMP_HEAD_BYTES_MAX + 10) {
            mc_buffer_append(&in, units[i]);
        }
        run(V10, mc_buffer_bytes(&in), 1000, &seen);
        assert_int_equal(seen.r, -EPROTO);
        assert_non_null(strstr(seen.error.text, "longer than 65536 bytes"));
        mc_buffer_deinit(&seen.text);
        mc_buffer_deinit(&in);
    }
}

static void header_count_is_bounded(void **state)
{
    struct mc_buffer in;
    struct seen seen;

    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        mc_buffer_init(&in, 10000);
        mc_buffer_text(&in, "MESSAGE\n");
        for (size_t i = 0; i < MC_STOMP_HEADERS_MAX + extra; i++) {
            mc_buffer_text(&in, "a:b\n");
        }
        mc_buffer_byte(&in, '\n');
        mc_buffer_byte(&in, 0);
        run(V10, mc_buffer_bytes(&in), 17, &seen);
        assert_int_equal(seen.r, extra ? -EPROTO : 0 + MC_STOMP_FRAME);
        mc_buffer_deinit(&seen.text);
        mc_buffer_deinit(&in);
    }
}

static void a_broken_parser_stays_broken(void **state)
{
    struct mc_stomp_parser parser;
    size_t used = 0;

    (void)state;
    mc_stomp_parser_init(&parser, BODY_MAX);
    assert_int_equal(mc_stomp_parser_feed(&parser, MC_BYTES("what\n\n"), &used, NULL),
                     -EPROTO);
    assert_int_equal(mc_stomp_parser_feed(&parser, MC_BYTES("ERROR\n\n"), &used, NULL),
                     -EPROTO);
    mc_stomp_parser_deinit(&parser);
}

static void frames_are_written(void **state)
{
    const struct mc_stomp_header headers[] = {
        {"destination", "/topic/a:b"}, {"left-out", NULL}, {"x", "\\"}};
    struct mc_buffer out;

    (void)state;
    mc_buffer_init(&out, 1000);
    assert_int_equal(
        mc_stomp_frame_write(V10, "SEND", headers, 3, mc_bytes_make("a\0b", 3), &out),
        0);
    assert_true(mc_bytes_equal(
        mc_buffer_bytes(&out),
        MC_BYTES("SEND\ndestination:/topic/a:b\nx:\\\ncontent-length:3\n\na\0b\0")));
    mc_buffer_deinit(&out);
    assert_int_equal(
        mc_stomp_frame_write(V11, "SUBSCRIBE", headers, 3, MC_BYTES(""), &out), 0);
    assert_true(
        mc_bytes_equal(mc_buffer_bytes(&out),
                       MC_BYTES("SUBSCRIBE\ndestination:/topic/a\\cb\nx:\\\\\n\n\0")));
    mc_buffer_deinit(&out);
}

static void nobody_can_smuggle_a_header_in(void **state)
{
    static const struct
    {
        enum mc_stomp_version version;
        const char *value;
        int r;
    } tries[] = {
        {V10, "/queue/x\nselector:1", -EINVAL},
        {V10, "a\r", -EINVAL},
        {V10, "", -EINVAL},
        {V10, "plain", 0},
        {V11, "a\nb", 0},
        {V11, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(tries); i++) {
        const struct mc_stomp_header header = {"destination", tries[i].value};
        struct mc_buffer out;
        mc_buffer_init(&out, 1000);
        assert_int_equal(mc_stomp_frame_write(tries[i].version, "SEND", &header, 1,
                                              MC_BYTES("x"), &out),
                         tries[i].r);
        if (tries[i].r) {
            assert_int_equal(out.len, 0);
        } else if (*tries[i].value == 'a') {
            assert_non_null(strstr((const char *)out.data, "destination:a\\nb\n"));
        }
        mc_buffer_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold_for_every_split),
        cmocka_unit_test(head_is_bounded),
        cmocka_unit_test(header_count_is_bounded),
        cmocka_unit_test(a_broken_parser_stays_broken),
        cmocka_unit_test(frames_are_written),
        cmocka_unit_test(nobody_can_smuggle_a_header_in),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

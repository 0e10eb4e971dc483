/* Pictures against what perl's own formats print (t/fixtures/format), and pages. */
#include "report/format/format.h"

#include "base/file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define VALUES_MAX 16

struct values
{
    struct mc_format_datum data[VALUES_MAX];
    const struct mc_format *format;
};

/* The expressions are v0, v1 … */
static int fetch(void *user, size_t expression, struct mc_format_datum *ret_datum)
{
    const struct values *values = user;
    unsigned line = 0;
    struct mc_bytes name = mc_format_expression(values->format, expression, &line);

    if (name.len != 2 || name.data[0] != 'v') {
        return -1;
    }
    *ret_datum = values->data[name.data[1] - '0'];
    return 0;
}

/* Print a picture. Returns what the library returned; *ret_text is in the arena. */
static int print(struct mc_arena *arena, struct mc_bytes picture, struct values *values,
                 struct mc_bytes *ret_text, struct mc_error *error)
{
    struct mc_format *format = NULL;
    struct mc_buffer out;
    int r = mc_format_parse(picture, arena, &format, error);

    if (r) {
        return r;
    }
    values->format = format;
    mc_buffer_init(&out, MC_FORMAT_OUTPUT_BYTES_MAX);
    r = mc_format_print(format, fetch, values, arena, &out, error);
    if (!r) {
        r = mc_buffer_copy(&out, arena, ret_text);
    }
    mc_buffer_deinit(&out);
    return r;
}

static unsigned digit(uint8_t c)
{
    return c <= '9' ? c - (unsigned)'0' : c - (unsigned)'a' + 10;
}

static struct mc_bytes unhex(struct mc_arena *arena, struct mc_bytes hex)
{
    uint8_t *bytes = mc_arena_alloc(arena, hex.len / 2 + 1);

    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        bytes[i / 2] = (uint8_t)(digit(hex.data[i]) * 16 + digit(hex.data[i + 1]));
    }
    return mc_bytes_make(bytes, hex.len / 2);
}

static struct mc_bytes word(struct mc_bytes *line)
{
    size_t end = mc_bytes_find(*line, ' ');
    struct mc_bytes first = mc_bytes_slice(*line, 0, end);

    *line = mc_bytes_slice(*line, end + 1, SIZE_MAX);
    return first;
}

/* A number as perl has it; the text of one is never shown by our cases but in @<<<. */
static struct mc_format_datum datum(struct mc_arena *arena, struct mc_bytes text)
{
    struct mc_bytes rest = mc_bytes_slice(text, 1, SIZE_MAX);
    struct mc_format_datum datum = {.nil = text.data[0] == 'u'};

    if (text.data[0] == 's') {
        datum.text = unhex(arena, rest);
    } else if (text.data[0] == 'n') {
        datum.text = rest;
    }
    datum.number = strtod(mc_arena_text(arena, datum.text), NULL);
    return datum;
}

static void check_case(struct mc_bytes line)
{
    struct mc_arena *arena = mc_arena_new(CASES_BYTES_MAX);
    struct mc_error error = {""};
    struct values values = {0};
    struct mc_bytes picture = unhex(arena, word(&line));
    struct mc_bytes wanted = unhex(arena, word(&line));
    struct mc_bytes text = {NULL, 0};

    for (size_t i = 0; line.len && i < VALUES_MAX; i++) {
        values.data[i] = datum(arena, word(&line));
    }
    int r = print(arena, picture, &values, &text, &error);
    if (r != 0 || !mc_bytes_equal(text, wanted)) {
        print_message("%d %s\n--- picture\n%s--- perl\n%s--- we\n%s---\n", r,
                      error.text, mc_arena_text(arena, picture),
                      mc_arena_text(arena, wanted), mc_arena_text(arena, text));
        for (size_t i = 0; i < VALUES_MAX && values.data[i].text.data; i++) {
            print_message("v%zu '%s'\n", i, mc_arena_text(arena, values.data[i].text));
        }
        fail();
    }
    mc_arena_free(arena);
}

/* MC_FORMAT_CASES names another file of cases. */
static void test_agrees_with_perl(void **state)
{
    const char *path = getenv("MC_FORMAT_CASES");
    struct mc_arena *arena = mc_arena_new(CASES_BYTES_MAX);
    struct mc_bytes rest = {NULL, 0};
    size_t count = 0;

    (void)state;
    path = path ? path : MC_SOURCE_ROOT "/t/fixtures/format/cases";
    assert_int_equal(mc_file_read(path, CASES_BYTES_MAX / 2, arena, &rest, NULL), 0);
    while (rest.len) {
        size_t end = mc_bytes_find(rest, '\n');
        check_case(mc_bytes_slice(rest, 0, end));
        rest = mc_bytes_slice(rest, end + 1, SIZE_MAX);
        count++;
    }
    assert_true(count >= 30);
    mc_arena_free(arena);
}

static const struct
{
    const char *picture;
    int result;
    const char *words;
} refused[] = {
    {"a\n@<<\n", MC_FORMAT_MALFORMED,
     "line 2: malformed format, not enough variables provided."},
    {"@<< @<<\nv0\n", MC_FORMAT_MALFORMED,
     "line 2: malformed format, not enough variables provided."},
    {"@<< @<<\nv0,\n", MC_FORMAT_MALFORMED,
     "line 2: malformed format, not enough variables provided."},
    {"@<<\nv0, v1\n", MC_FORMAT_MALFORMED,
     "line 2: malformed format, too many variables provided."},
    {"@< @<\na), b\n", MC_FORMAT_MALFORMED,
     "line 2: malformed format, a bracket closes nothing."},
    {"~~ @##\nv0\n", MC_FORMAT_MALFORMED,
     "line 1: a line with ~~ and @# would never end"},
    {"~~ @<<\nv0\n", MC_FORMAT_RUNAWAY,
     "line 1: Runaway format: a line with ~~ must use up its values with ^ fields"},
    {"@<<\nnone\n", MC_FORMAT_STOPPED, ""},
};

static void test_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(refused); i++) {
        struct mc_arena *arena = mc_arena_new(1000000);
        struct values values = {.data = {{.text = MC_BYTES("x")}}};
        struct mc_error error = {""};
        struct mc_bytes text = {NULL, 0};
        int r = print(arena, mc_bytes_text(refused[i].picture), &values, &text, &error);
        assert_string_equal(error.text, refused[i].words);
        assert_int_equal(r, refused[i].result);
        mc_arena_free(arena);
    }
}

static void test_splits_expressions(void **state)
{
    static const char *const wanted[] = {
        "facts[\"a, b\"]",
        "[1, 2].join(', ')",
        "\"\\\",\"",
        "x",
    };
    struct mc_arena *arena = mc_arena_new(1000000);
    struct mc_format *format = NULL;
    unsigned line = 0;

    (void)state;
    assert_int_equal(
        mc_format_parse(mc_bytes_text("# none\n@ @ @ @ @\n  facts[\"a, b\"], "
                                      "[1, 2].join(', ') , \"\\\",\",x, x\n"),
                        arena, &format, NULL),
        0);
    assert_int_equal(mc_format_expressions(format), MC_COUNT(wanted));
    for (size_t i = 0; i < MC_COUNT(wanted); i++) {
        struct mc_bytes text = mc_format_expression(format, i, &line);
        assert_true(mc_bytes_is(text, wanted[i]));
        assert_int_equal(line, 3);
    }
    mc_arena_free(arena);
}

static void test_bounds(void **state)
{
    struct mc_arena *arena = mc_arena_new(100000000);
    char *text = mc_arena_alloc(arena, MC_FORMAT_BYTES_MAX + 2);
    struct mc_format *format = NULL;
    struct mc_error error = {""};

    (void)state;
    memset(text, 'x', MC_FORMAT_BYTES_MAX + 1);
    assert_int_equal(mc_format_parse(mc_bytes_text(text), arena, &format, &error),
                     MC_FORMAT_MALFORMED);
    assert_string_equal(error.text, "the format is too long");
    memset(text, '\n', MC_FORMAT_BYTES_MAX);
    text[MC_FORMAT_BYTES_MAX] = 0;
    assert_int_equal(mc_format_parse(mc_bytes_text(text), arena, &format, &error),
                     MC_FORMAT_MALFORMED);
    assert_string_equal(error.text, "the format has too many lines");
    mc_arena_free(arena);
}

/* --- pages ----------------------------------------------------------------- */

struct paper
{
    struct mc_pages pages;
    struct mc_buffer out;
};

static int heading(void *user, struct mc_buffer *out)
{
    struct paper *paper = user;

    mc_buffer_printf(out, "page %u\n\n", paper->pages.page);
    return 0;
}

static void write_out(void *user, struct mc_bytes lines, bool form_feed)
{
    struct paper *paper = user;

    (void)form_feed;
    mc_buffer_append(&paper->out, lines);
}

static void assert_pages(int64_t length, mc_pages_heading_fn *fn, const char *body,
                         unsigned times, const char *wanted)
{
    struct paper paper = {.pages = {.length = length}};

    mc_buffer_init(&paper.out, 100000);
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(
            mc_pages_add(&paper.pages, mc_bytes_text(body), fn, write_out, &paper), 0);
    }
    mc_buffer_byte(&paper.out, 0);
    assert_string_equal((const char *)paper.out.data, wanted);
    mc_buffer_deinit(&paper.out);
}

static void test_pages(void **state)
{
    (void)state;
    assert_pages(6, heading, "a\nb\n", 3, "page 1\n\na\nb\na\nb\n\fpage 2\n\na\nb\n");
    assert_pages(5, heading, "a\nb\n", 2, "page 1\n\na\nb\n\fpage 2\n\na\nb\n");
    assert_pages(5, NULL, "a\nb\n", 4, "a\nb\na\nb\na\nb\na\nb\n");
    assert_pages(4, heading, "a\nb\nc\n", 2,
                 "page 1\n\na\nb\n\fpage 2\n\nc\n\fpage 3\n\na\nb\n\fpage 4\n\nc\n");
    assert_pages(1, heading, "a\nb\n", 2, "page 1\n\na\nb\n\fpage 2\n\na\nb\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_perl),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_splits_expressions),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_pages),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("report-format", tests, NULL, NULL);
}

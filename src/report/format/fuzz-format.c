/* Any bytes as a picture, printed with a value that is the end of the same bytes. */
#include "report/format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fetch(void *user, size_t expression, struct mc_format_datum *ret_datum)
{
    const struct mc_bytes *bytes = user;
    struct mc_bytes text = mc_bytes_slice(*bytes, bytes->len / (expression + 2), 200);

    *ret_datum = (struct mc_format_datum){
        .text = text,
        .number = text.len ? (double)text.data[0] * 1e3 - 5e4 : 0.5,
        .nil = expression % 5 == 4,
    };
    return 0;
}

static int heading(void *user, struct mc_buffer *out)
{
    mc_buffer_append(out, mc_bytes_slice(*(struct mc_bytes *)user, 0, 20));
    return 0;
}

static void write_out(void *user, struct mc_bytes lines, bool form_feed)
{
    (void)user;
    (void)lines;
    (void)form_feed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_bytes bytes = mc_bytes_make(data, size);
    struct mc_arena *arena = mc_arena_new((size_t)32 * 1024 * 1024);
    struct mc_pages pages = {.length = size ? data[size - 1] : 0};
    struct mc_format *format = NULL;
    struct mc_error error = {""};
    struct mc_buffer out;

    mc_buffer_init(&out, MC_FORMAT_OUTPUT_BYTES_MAX);
    if (arena && mc_format_parse(bytes, arena, &format, &error) == 0 &&
        mc_format_print(format, fetch, &bytes, arena, &out, &error) == 0) {
        (void)!mc_pages_add(&pages, mc_buffer_bytes(&out), heading, write_out, &bytes);
        (void)!mc_pages_add(&pages, mc_buffer_bytes(&out), heading, write_out, &bytes);
    }
    mc_buffer_deinit(&out);
    mc_arena_free(arena);
    return 0;
}

/* Pages as perl's write() makes them: a body that fits goes onto the open page; one
 * that does not opens the next. */
#include "report/format/format.h"

static int64_t lines_in(struct mc_bytes text)
{
    int64_t lines = 0;

    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    return lines;
}

/* The first lines of a text. */
static struct mc_bytes first_lines(struct mc_bytes text, int64_t lines)
{
    size_t at = 0;

    while (lines-- > 0 && at < text.len) {
        at += mc_bytes_find(mc_bytes_slice(text, at, SIZE_MAX), '\n') + 1;
    }
    return mc_bytes_slice(text, 0, at);
}

static int open_page(struct mc_pages *pages, mc_pages_heading_fn *heading,
                     mc_pages_write_fn *put, void *user)
{
    struct mc_buffer out;

    pages->page++;
    mc_buffer_init(&out, MC_FORMAT_OUTPUT_BYTES_MAX);
    int r = heading(user, &out);
    if (r == 0) {
        if (pages->page > 1) {
            put(user, MC_BYTES("\f"), true);
        }
        put(user, mc_buffer_bytes(&out), false);
        pages->left = pages->length - lines_in(mc_buffer_bytes(&out));
    }
    mc_buffer_deinit(&out);
    return r;
}

int mc_pages_add(struct mc_pages *pages, struct mc_bytes body,
                 mc_pages_heading_fn *heading, mc_pages_write_fn *put, void *user)
{
    int64_t lines = lines_in(body);

    while (heading && (pages->page == 0 || lines > pages->left)) {
        int r = open_page(pages, heading, put, user);
        if (r != 0) {
            return r;
        }
        if (lines <= pages->left || pages->left <= 0) {
            break;
        }
        struct mc_bytes part = first_lines(body, pages->left);
        put(user, part, false);
        body = mc_bytes_slice(body, part.len, SIZE_MAX);
        lines -= pages->left;
        pages->left = 0;
    }
    put(user, body, false);
    pages->left -= lines;
    return 0;
}

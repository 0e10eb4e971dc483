/* Order of version texts (spec 5.2).
 *
 * A version is cut into pieces: a dash, a dot, a run of digits, a run of anything
 * else. The first pair of pieces that differs decides; when one list ends, the whole
 * texts are compared. Numbers that begin with 0 are compared as text: 1.06 < 1.5. */
#include "ddl/ddl-private.h"

#include <string.h>

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_mark(uint8_t byte)
{
    return byte == '-' || byte == '.';
}

static struct mc_bytes next_piece(struct mc_bytes *rest)
{
    size_t len = rest->len ? 1 : 0;

    if (len && !is_mark(rest->data[0])) {
        while (len < rest->len && !is_mark(rest->data[len]) &&
               is_digit(rest->data[len]) == is_digit(rest->data[0])) {
            len++;
        }
    }
    struct mc_bytes piece = mc_bytes_slice(*rest, 0, len);
    *rest = mc_bytes_slice(*rest, len, rest->len - len);
    return piece;
}

static int upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte;
}

static int compare_texts(struct mc_bytes a, struct mc_bytes b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int difference = upper(a.data[i]) - upper(b.data[i]);
        if (difference) {
            return difference;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* Neither begins with 0, so the longer one is larger. */
static int compare_numbers(struct mc_bytes a, struct mc_bytes b)
{
    if (a.len != b.len) {
        return a.len > b.len ? 1 : -1;
    }
    return mc_bytes_compare(a, b);
}

static int compare_pieces(struct mc_bytes a, struct mc_bytes b)
{
    static const uint8_t marks[] = {'-', '.'};

    for (size_t i = 0; i < sizeof(marks); i++) {
        bool in_a = a.data[0] == marks[i];
        bool in_b = b.data[0] == marks[i];
        if (in_a || in_b) {
            return in_a && in_b ? 0 : (in_a ? -1 : 1);
        }
    }
    if (is_digit(a.data[0]) && is_digit(b.data[0]) && a.data[0] != '0' &&
        b.data[0] != '0') {
        return compare_numbers(a, b);
    }
    return compare_texts(a, b);
}

int mc_ddl_compare_versions(const char *a, const char *b)
{
    struct mc_bytes rest_a = mc_bytes_text(a);
    struct mc_bytes rest_b = mc_bytes_text(b);

    while (rest_a.len && rest_b.len) {
        struct mc_bytes piece_a = next_piece(&rest_a);
        struct mc_bytes piece_b = next_piece(&rest_b);
        if (mc_bytes_equal(piece_a, piece_b)) {
            continue;
        }
        return compare_pieces(piece_a, piece_b);
    }
    return mc_bytes_compare(mc_bytes_text(a), mc_bytes_text(b));
}

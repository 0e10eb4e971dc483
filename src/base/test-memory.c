/* Arena, buffer, cursor, bytes, base64: caps, sticky errors, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/cursor.h"
#include "base/memory.h"

static void arena_stops_at_its_cap(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1024);

    (void)state;
    assert_non_null(mc_arena_alloc(arena, 1000));
    assert_null(mc_arena_alloc(arena, 1000));
    assert_null(mc_arena_array(arena, SIZE_MAX / 2, 4));
    assert_non_null(mc_arena_alloc(arena, 8));
    assert_true(mc_arena_used(arena) <= 1024);
}

static void arena_memory_is_zeroed_and_apart(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 1; i < 300; i++) {
        uint8_t *memory = mc_arena_alloc(arena, i);
        assert_non_null(memory);
        for (size_t k = 0; k < i; k++) {
            assert_int_equal(memory[k], 0);
        }
        memset(memory, 0xaa, i);
    }
}

static void buffer_error_is_sticky(void **state)
{
    struct mc_buffer buffer;

    (void)state;
    mc_buffer_init(&buffer, 10);
    mc_buffer_text(&buffer, "12345");
    assert_false(mc_buffer_failed(&buffer));
    mc_buffer_printf(&buffer, "%d", 123456);
    assert_true(mc_buffer_failed(&buffer));
    mc_buffer_byte(&buffer, 'x');
    assert_int_equal(buffer.len, 5);
    mc_buffer_deinit(&buffer);
}

static void buffer_drops_at_the_front(void **state)
{
    struct mc_buffer buffer;

    (void)state;
    mc_buffer_init(&buffer, 100);
    mc_buffer_text(&buffer, "one two");
    mc_buffer_drop(&buffer, 4);
    assert_true(mc_bytes_is(mc_buffer_bytes(&buffer), "two"));
    mc_buffer_drop(&buffer, 400);
    assert_int_equal(buffer.len, 0);
    mc_buffer_deinit(&buffer);
}

static void cursor_never_leaves_its_bounds(void **state)
{
    struct mc_cursor cursor = mc_cursor_make(MC_BYTES("ab:cd"));

    (void)state;
    assert_true(mc_bytes_is(mc_cursor_until(&cursor, ':'), "ab"));
    assert_int_equal(mc_cursor_peek(&cursor), 'c');
    assert_int_equal(mc_cursor_take(&cursor, 3).len, 0);
    assert_true(cursor.failed);
    assert_int_equal(mc_cursor_byte(&cursor), 0);
    assert_int_equal(mc_cursor_left(&cursor), 0);
}

static void utf8_is_strict(void **state)
{
    (void)state;
    assert_true(mc_bytes_utf8(MC_BYTES("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80")));
    assert_false(mc_bytes_utf8(MC_BYTES("\xc0\xaf")));
    assert_false(mc_bytes_utf8(MC_BYTES("\xed\xa0\x80")));
    assert_false(mc_bytes_utf8(MC_BYTES("\xf4\x90\x80\x80")));
    assert_false(mc_bytes_utf8(MC_BYTES("\xc3")));
    assert_false(mc_bytes_utf8(MC_BYTES("\xff")));
}

static void base64_is_rubys(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 16);
    struct mc_bytes out;
    struct mc_bytes back;
    uint8_t in[200];

    (void)state;
    assert_int_equal(mc_base64_encode(MC_BYTES("foo"), 60, arena, &out), 0);
    assert_true(mc_bytes_is(out, "Zm9v\n"));
    assert_int_equal(mc_base64_encode(MC_BYTES(""), 60, arena, &out), 0);
    assert_int_equal(out.len, 0);
    for (size_t len = 0; len < sizeof(in); len++) {
        in[len] = (uint8_t)(len * 37);
        assert_int_equal(mc_base64_encode(mc_bytes_make(in, len + 1), 60, arena, &out),
                         0);
        assert_int_equal(out.data[out.len - 1], '\n');
        assert_int_equal(mc_base64_decode(out, arena, &back), 0);
        assert_true(mc_bytes_equal(back, mc_bytes_make(in, len + 1)));
        mc_arena_free(arena);
        arena = mc_arena_new(1 << 16);
    }
    assert_int_equal(mc_base64_decode(MC_BYTES("."), arena, &back), MC_BASE64_INVALID);
    assert_int_equal(mc_base64_decode(MC_BYTES(""), arena, &back), MC_BASE64_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_stops_at_its_cap),
        cmocka_unit_test(arena_memory_is_zeroed_and_apart),
        cmocka_unit_test(buffer_error_is_sticky),
        cmocka_unit_test(buffer_drops_at_the_front),
        cmocka_unit_test(cursor_never_leaves_its_bounds),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(base64_is_rubys),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

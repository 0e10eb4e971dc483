/* Ruby Marshal: the vectors of the specification, hostile inputs, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/test-support.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int decode(struct mc_arena *arena, const char *hex, unsigned options,
                  const struct mc_value **ret_value)
{
    struct mc_error error = {""};
    int r = mc_marshal_decode(mc_codec_test_hex(arena, hex), options, arena, ret_value,
                              &error);

    if (r != 0 && error.text[0] == 0) {
        fail_msg("%s was refused without a word", hex);
    }
    return r;
}

static void assert_encodes(struct mc_arena *arena, const struct mc_value *value,
                           const char *hex)
{
    struct mc_bytes want = mc_codec_test_hex(arena, hex);
    struct mc_bytes got;

    assert_int_equal(mc_marshal_encode(value, arena, &got, NULL), 0);
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.data, want.data, want.len);
}

/* Specification 8.4, and the bounds of each integer form. */
static void integers_as_ruby_writes_them(void **state)
{
    static const struct
    {
        int64_t number;
        const char *hex;
    } rows[] = {
        {0, "04086900"},
        {1, "04086906"},
        {122, "0408697f"},
        {123, "040869017b"},
        {255, "04086901ff"},
        {256, "040869020001"},
        {65536, "04086903000001"},
        {1073741823, "04086904ffffff3f"},
        {-1, "040869fa"},
        {-123, "04086980"},
        {-124, "040869ff84"},
        {-256, "040869ff00"},
        {-257, "040869fefffe"},
        {-1073741824, "040869fc000000c0"},
        {1073741824, "04086c2b0700000040"},
        {INT64_C(1) << 40, "04086c2b08000000000001"},
        {INT64_MAX, "04086c2b09ffffffffffffff7f"},
        {INT64_MIN, "04086c2d090000000000000080"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        assert_encodes(arena, mc_value_int(arena, rows[i].number), rows[i].hex);
        assert_int_equal(decode(arena, rows[i].hex, 0, &value), 0);
        assert_int_equal(value->type, MC_INT);
        assert_true(value->integer == rows[i].number);
    }
}

static void big_integers_are_decimal_text(void **state)
{
    static const char *const rows[][2] = {
        {"-18446744073709551616", "04086c2d0a00000000000000000100"},
        {"9223372036854775808", "04086c2b090000000000000080"},
        {"-9223372036854775809", "04086c2d090100000000000080"},
        {"1000000000000000000000000000", "04086c2b0b000000e83c80d09f3c2e3b03"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        assert_int_equal(decode(arena, rows[i][1], 0, &value), 0);
        assert_int_equal(value->type, MC_BIGINT);
        assert_string_equal((const char *)value->bytes.data, rows[i][0]);
        assert_encodes(arena, value, rows[i][1]);
    }
}

static void floats_as_ruby_writes_them(void **state)
{
    static const struct
    {
        double real;
        const char *text;
    } rows[] = {
        {1.5, "1.5"},         {100.0, "1e2"},         {-0.0, "-0"},
        {0.0, "0"},           {0.1, "0.1"},           {1e100, "1e100"},
        {HUGE_VAL, "inf"},    {-HUGE_VAL, "-inf"},    {(double)NAN, "nan"},
        {0.0001, "0.0001"},   {0.00001, "1e-5"},      {1 / 3.0, "0.3333333333333333"},
        {5e-324, "5e-324"},   {1.25e-7, "1.25e-7"},   {123.456, "123.456"},
        {-2.5e30, "-2.5e30"}, {1234567.0, "1234567"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_bytes got;
        const struct mc_value *back = NULL;
        assert_int_equal(
            mc_marshal_encode(mc_value_float(arena, rows[i].real), arena, &got, NULL),
            0);
        assert_string_equal((const char *)got.data + 4, rows[i].text);
        assert_int_equal(mc_marshal_decode(got, 0, arena, &back, NULL), 0);
        assert_memory_equal(&back->real, &rows[i].real, isnan(rows[i].real) ? 0 : 8);
    }
}

static void strings_keep_their_mark(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;
    static const char *const rows[] = {
        "0408220678",             /* binary */
        "040849220678063a064554", /* UTF-8 */
        "040849220678063a064546", /* US-ASCII */
        "0408492f0661013a",       /* only to show the rows differ */
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(decode(arena, rows[i], 0, &value), 0);
        assert_string_equal(mc_value_cstr(value), "x");
        assert_encodes(arena, value, rows[i]);
    }
    assert_int_equal(decode(arena, rows[3], 0, &value), MC_CODEC_MALFORMED);
}

static void patterns_defaults_and_links(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;

    (void)state;
    assert_int_equal(decode(arena, "0408492f066101063a064546", 0, &value), 0);
    assert_int_equal(value->type, MC_REGEXP);
    assert_int_equal(value->options, MC_REGEXP_IGNORECASE);
    assert_encodes(arena, value, "0408492f066101063a064546");
    assert_int_equal(decode(arena, "04087d0669066907690a", 0, &value), 0);
    assert_int_equal(value->hash.count, 1);
    assert_int_equal(decode(arena, "04085b0749220673063a0645544006", 0, &value), 0);
    assert_string_equal(mc_value_cstr(value->array.items[1]), "s");
    assert_int_equal(decode(arena, "04085b076608312e354006", 0, &value), 0);
    assert_true(mc_value_equal(value->array.items[0], value->array.items[1]));
}

static const char request[] =
    "04087b093a0a6167656e7449220c7270637574696c063a0645543a0b616374696f6e49220970696e"
    "67063b06543a0b63616c6c657249220a7569643d30063b06543a09646174617b063a1470726f6365"
    "73735f726573756c747354";
static const char reply[] =
    "04087b083a0f737461747573636f646569003a0e7374617475736d73674922074f4b063a0645543a"
    "09646174617b063a09706f6e676c2b07259a026b";
static const char ping[] =
    "04087b0f3a09626f64792213040849220970696e67063a0645543a0d73656e646572696449220c63"
    "6c69656e7431063a0645543a0e726571756573746964492225303132333435363738396162636465"
    "6630313233343536373839616263646566063b07463a0b66696c7465727b0a49220966616374063b"
    "07545b0049220d63665f636c617373063b07545b0049220a6167656e74063b07545b0649220e6469"
    "73636f76657279063b075449220d6964656e74697479063b07545b0049220d636f6d706f756e6406"
    "3b07545b003a0f636f6c6c6563746976654922106d636f6c6c656374697665063b07543a0a616765"
    "6e7449220e646973636f76657279063b07543a0d63616c6c6572696449220a7569643d30063b0754"
    "3a0874746c69413a0c6d736774696d656c2b07259a026b3a09686173684922253165343566303831"
    "616436343736323538663832363761346463613732373236063b0746";
static const char pong[] =
    "04087b0b3a0d73656e6465726964492210776562312e6d792e6e6574063a0645543a0e7265717565"
    "73746964492225303132333435363738396162636465663031323334353637383961626364656606"
    "3b06463a1073656e6465726167656e7449220e646973636f76657279063b06543a0c6d736774696d"
    "656c2b07259a026b3a09626f647922130408492209706f6e67063a0645543a096861736849222530"
    "65656638656363303939656161306336376465356463613230396630616631063b0646";

/* Specification 8.1: what was decoded is written again to the same bytes. */
static void messages_survive_byte_for_byte(void **state)
{
    static const char *const rows[] = {request, reply, ping, pong,
                                       "0408492209706f6e67063a064554"};
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        assert_int_equal(decode(arena, rows[i], 0, &value), 0);
        assert_encodes(arena, value, rows[i]);
    }
}

/* Whole dumps of the packaged Ruby, which holds no shared parts: the same bytes. */
static void what_ruby_dumps_is_written_alike(void **state)
{
    static const char *const names[] = {"scalars", "texts",   "request", "reply",
                                        "filter",  "nested",  "keys",    "symbols",
                                        "binary",  "patterns"};
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        char name[40];
        (void)snprintf(name, sizeof(name), "%s.marshal", names[i]);
        struct mc_bytes want = mc_codec_test_golden(arena, name);
        const struct mc_value *value = NULL;
        struct mc_bytes got;
        assert_int_equal(mc_marshal_decode(want, 0, arena, &value, NULL), 0);
        assert_int_equal(mc_marshal_encode(value, arena, &got, NULL), 0);
        if (!mc_bytes_equal(got, want)) {
            fail_msg("%s differs", name);
        }
    }
}

/* Ruby numbers a Time after its zone: the links behind it tell. */
static void links_are_numbered_as_ruby_does(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;

    (void)state;
    assert_int_equal(
        decode(
            arena,
            "04085b0a49753a0954696d650d2080118000000000073a097a6f6e65492208555443063a"
            "0645463a0b6f6666736574690022067840072206794009",
            MC_DECODE_OPAQUE_OBJECTS, &value),
        0);
    assert_int_equal(value->array.count, 5);
    assert_ptr_equal(value->array.items[2], value->array.items[0]);
    assert_ptr_equal(value->array.items[4], value->array.items[3]);
}

static void a_request_built_here_is_the_vector(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_value *hash = mc_value_hash(arena);
    struct mc_value *data = mc_value_hash(arena);
    int r = 0;

    (void)state;
    r |= mc_value_set_symbol(arena, hash, "agent", mc_value_text(arena, "rpcutil"));
    r |= mc_value_set_symbol(arena, hash, "action", mc_value_text(arena, "ping"));
    r |= mc_value_set_symbol(arena, hash, "caller", mc_value_text(arena, "uid=0"));
    r |=
        mc_value_set_symbol(arena, data, "process_results", mc_value_bool(arena, true));
    r |= mc_value_set_symbol(arena, hash, "data", data);
    assert_int_equal(r, 0);
    assert_encodes(arena, hash, request);
}

static void foreign_objects_are_refused_by_name_or_kept(void **state)
{
    static const char *const rows[][2] = {
        {"Time", "0408 4975 3a0954696d65 0d e0a81ec0 00000000 06 3a097a6f6e65 30"},
        {"Object", "0408 6f 3a0b4f626a656374 00"},
        {"Set", "0408 6f 3a08536574 06 3a0a4068617368 7d 06 6906 54 46"},
        {"Point", "0408 53 3a0a506f696e74 07 3a0678 6906 3a0679 6907"},
        {"Gem::Version", "0408 55 3a1147656d3a3a56657273696f6e 5b06 220631"},
        {"String", "0408 63 0b537472696e67"},
        {"Kernel", "0408 6d 0b4b65726e656c"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        struct mc_error error = {""};
        struct mc_bytes bytes = mc_codec_test_hex(arena, rows[i][1]);
        assert_int_equal(mc_marshal_decode(bytes, 0, arena, &value, &error),
                         MC_CODEC_REFUSED);
        assert_null(value);
        assert_non_null(strstr(error.text, rows[i][0]));
        assert_int_equal(decode(arena, rows[i][1], MC_DECODE_OPAQUE_OBJECTS, &value),
                         0);
        assert_int_equal(value->type, MC_OBJECT);
        assert_string_equal((const char *)value->bytes.data, rows[i][0]);
        assert_int_equal(mc_marshal_encode(value, arena, &bytes, &error),
                         MC_CODEC_REFUSED);
    }
}

static void hostile_bytes_get_their_answer(void **state)
{
    static const struct
    {
        int result;
        const char *hex;
    } rows[] = {
        {MC_CODEC_MALFORMED, ""},
        {MC_CODEC_MALFORMED, "04"},
        {MC_CODEC_MALFORMED, "0408"},
        {MC_CODEC_MALFORMED, "040930"},
        {MC_CODEC_MALFORMED, "04083030"},           /* bytes behind */
        {MC_CODEC_MALFORMED, "04085b04ffffffff30"}, /* count beyond the data */
        {MC_CODEC_MALFORMED, "04085bfa"},           /* negative count */
        {MC_CODEC_MALFORMED, "04087b07306930"},
        {MC_CODEC_MALFORMED, "040822ff00"},
        {MC_CODEC_MALFORMED, "04082204ffffff7f41"},
        {MC_CODEC_MALFORMED, "04084006"}, /* link beyond the table */
        {MC_CODEC_MALFORMED, "040840fa"}, /* negative link */
        {MC_CODEC_MALFORMED, "04083b00"}, /* symbol link without symbol */
        {MC_CODEC_MALFORMED, "04085b063b06"},
        {MC_CODEC_REFUSED, "04085b064000"}, /* a list that holds itself */
        {MC_CODEC_REFUSED, "04087b064000 30"},
        {MC_CODEC_REFUSED, "04084922067806 3a06 45 4000"},
        {MC_CODEC_MALFORMED, "040849690606 3a064554"}, /* attributes of a number */
        {MC_CODEC_MALFORMED, "04084949220678063a064554"},
        {MC_CODEC_MALFORMED, "0408492206780669064554"}, /* name is no symbol */
        {MC_CODEC_MALFORMED, "04086608782e35"},
        {MC_CODEC_MALFORMED, "04086600"},
        {MC_CODEC_MALFORMED, "040866083078 31"},
        {MC_CODEC_MALFORMED, "04086c2a0700000040"}, /* a sign that is none */
        {MC_CODEC_MALFORMED, "04086c2b08000000"},
        {MC_CODEC_MALFORMED, "04087a"},
        {MC_CODEC_REFUSED, "0408653a0b4b65726e656c220678"},
        {MC_CODEC_REFUSED, "0408433a084d7953220678"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        int r = decode(arena, rows[i].hex, 0, &value);
        if (r != rows[i].result || value) {
            fail_msg("%s gave %d, not %d", rows[i].hex, r, rows[i].result);
        }
    }
}

/* open is repeated, then end follows. */
static int decode_nested(struct mc_arena *arena, const char *open, size_t times,
                         const char *end)
{
    struct mc_bytes head = mc_codec_test_hex(arena, open);
    struct mc_bytes tail = mc_codec_test_hex(arena, end);
    const struct mc_value *value = NULL;
    uint8_t *bytes = mc_arena_alloc(arena, 2 + head.len * times + tail.len);
    size_t len = 2;

    bytes[0] = 4;
    bytes[1] = 8;
    for (size_t i = 0; i < times; i++, len += head.len) {
        memcpy(bytes + len, head.data, head.len);
    }
    memcpy(bytes + len, tail.data, tail.len);
    return mc_marshal_decode(mc_bytes_make(bytes, len + tail.len), 0, arena, &value,
                             NULL);
}

static void depth_and_expansion_are_limited(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
    char bomb[600] = "";
    size_t len = 0;

    (void)state;
    assert_int_equal(decode_nested(arena, "5b06", MC_VALUE_DEPTH_MAX, "30"), 0);
    assert_int_equal(decode_nested(arena, "5b06", MC_VALUE_DEPTH_MAX + 1, "30"),
                     MC_CODEC_LIMIT);
    assert_int_equal(decode_nested(arena, "7b0630", 100000, "3030"), MC_CODEC_LIMIT);
    assert_int_equal(decode_nested(arena, "492200063a0645", 200, "30"), MC_CODEC_LIMIT);
    assert_int_equal(decode_nested(arena, "492200063a0645", 100000, "30"),
                     MC_CODEC_LIMIT);
    /* [a, [a, a], [b, b], ...]: each list holds the one before twice: 2^30 values,
     * in a depth that links alone make. */
    for (unsigned i = 0; i < 30; i++) {
        len += (size_t)snprintf(bomb + len, sizeof(bomb) - len, "5b0740%02x40%02x",
                                i + 6, i + 6);
    }
    char hex[800];
    (void)snprintf(hex, sizeof(hex), "5b245b00%s", bomb);
    assert_int_equal(decode_nested(arena, hex, 1, ""), MC_CODEC_LIMIT);
}

/* A list 40 deep, then a link to it that stands that deep in a second one. */
static void a_link_counts_with_the_depth_behind_it(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t depth = 23; depth < 25; depth++) {
        char hex[400] = "5b07";
        size_t len = 4;
        for (size_t i = 0; i < 40 + depth; i++) {
            len += (size_t)snprintf(hex + len, sizeof(hex) - len, "%s5b06",
                                    i == 40 ? "30" : "");
        }
        assert_int_equal(decode_nested(arena, hex, 1, "4006"),
                         1 + depth + 40 > MC_VALUE_DEPTH_MAX ? MC_CODEC_LIMIT : 0);
    }
}

static void a_full_arena_is_a_limit(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *bytes = mc_arena_new(1 << 20);
    struct mc_bytes in = mc_codec_test_hex(bytes, ping);

    (void)state;
    for (size_t room = 0; room < 8000; room += 16) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(room);
        const struct mc_value *value = NULL;
        int r = mc_marshal_decode(in, 0, arena, &value, NULL);
        assert_true(r == MC_CODEC_LIMIT || (r == 0 && room > 1000));
    }
}

static void every_cut_of_a_message_is_malformed(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 24);
    struct mc_bytes in = mc_codec_test_hex(arena, ping);

    (void)state;
    for (size_t len = 0; len < in.len; len++) {
        const struct mc_value *value = NULL;
        assert_int_equal(
            mc_marshal_decode(mc_bytes_make(in.data, len), 0, arena, &value, NULL),
            MC_CODEC_MALFORMED);
    }
}

static void random_trees_survive(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
        const struct mc_value *tree = mc_codec_test_tree(arena, seed, false);
        const struct mc_value *back = NULL;
        struct mc_bytes bytes;
        assert_int_equal(mc_marshal_encode(tree, arena, &bytes, NULL), 0);
        assert_int_equal(mc_marshal_decode(bytes, 0, arena, &back, NULL), 0);
        assert_true(mc_value_equal(tree, back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_as_ruby_writes_them),
        cmocka_unit_test(big_integers_are_decimal_text),
        cmocka_unit_test(floats_as_ruby_writes_them),
        cmocka_unit_test(strings_keep_their_mark),
        cmocka_unit_test(patterns_defaults_and_links),
        cmocka_unit_test(messages_survive_byte_for_byte),
        cmocka_unit_test(what_ruby_dumps_is_written_alike),
        cmocka_unit_test(links_are_numbered_as_ruby_does),
        cmocka_unit_test(a_request_built_here_is_the_vector),
        cmocka_unit_test(foreign_objects_are_refused_by_name_or_kept),
        cmocka_unit_test(hostile_bytes_get_their_answer),
        cmocka_unit_test(depth_and_expansion_are_limited),
        cmocka_unit_test(a_link_counts_with_the_depth_behind_it),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(every_cut_of_a_message_is_malformed),
        cmocka_unit_test(random_trees_survive),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

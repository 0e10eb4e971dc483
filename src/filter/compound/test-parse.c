/* The text of -S -> wire form: the vectors of spec collective.md 8.6, and the words and
 * columns of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "filter/compound.h"
#include <string.h>

#define SHOWN_BYTES_MAX 1024

struct vector
{
    const char *text;
    const char *wanted; /* tokens, see show(); NULL: bad */
};

static int set_up(void **state)
{
    *state = mc_arena_new(1 << 22);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    mc_arena_free(*state);
    return 0;
}

static void show_function(struct mc_buffer *shown, const struct mc_value *function)
{
    const struct mc_value *right = mc_value_get_text(function, "r_compare");
    const char *output = mc_value_cstr(mc_value_get_text(function, "value"));
    const char *params = mc_value_cstr(mc_value_get_text(function, "params"));

    mc_buffer_text(shown, "F ");
    mc_buffer_text(shown, mc_value_cstr(mc_value_get_text(function, "name")));
    mc_buffer_text(shown, "[");
    mc_buffer_text(shown, params ? params : "nil");
    mc_buffer_text(shown, "]");
    mc_buffer_text(shown, output ? output : "nil");
    mc_buffer_text(shown, " ");
    mc_buffer_text(shown, mc_value_cstr(mc_value_get_text(function, "operator")));
    mc_buffer_text(shown, mc_value_is(right, MC_REGEXP) ? " /" : " ");
    mc_buffer_append(shown, right->bytes);
    mc_buffer_text(shown, mc_value_is(right, MC_REGEXP) ? "/" : "");
}

/* Tokens separated by " | ": S text, F name[params]output operator right side, others as
 * they are. */
static const char *show(const struct mc_value *list, struct mc_arena *arena)
{
    struct mc_buffer shown;
    struct mc_bytes text;

    mc_buffer_init(&shown, SHOWN_BYTES_MAX);
    for (size_t i = 0; i < mc_value_count(list); i++) {
        const struct mc_value *item = mc_value_item(list, i);
        assert_int_equal(mc_value_count(item), 1);
        const char *key = mc_value_cstr(mc_value_key(item, 0));
        const struct mc_value *value = mc_value_item(item, 0);
        mc_buffer_text(&shown, i ? " | " : "");
        if (strcmp(key, "fstatement") == 0) {
            show_function(&shown, value);
        } else if (strcmp(key, "statement") == 0) {
            mc_buffer_text(&shown, "S ");
            mc_buffer_text(&shown, mc_value_cstr(value));
        } else {
            assert_string_equal(key, mc_value_cstr(value));
            mc_buffer_text(&shown, key);
        }
    }
    assert_int_equal(mc_buffer_copy(&shown, arena, &text), 0);
    mc_buffer_deinit(&shown);
    return (const char *)text.data;
}

static void check_all(struct mc_arena *arena, const struct vector *vectors,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mc_value *list = NULL;
        struct mc_error error = {"-"};
        int r = mc_compound_parse(vectors[i].text, arena, &list, &error);
        const char *got = r ? error.text : show(list, arena);
        if (!vectors[i].wanted) {
            assert_int_equal(r, MC_COMPOUND_BAD);
        } else if (r || strcmp(got, vectors[i].wanted) != 0) {
            fail_msg("%s gave %s, not %s", vectors[i].text, got, vectors[i].wanted);
        }
    }
}

static void vectors_of_the_spec(void **state)
{
    static const struct vector vectors[] = {
        {"apache", "S apache"},
        {"apache and !mysql", "S apache | and | not | S mysql"},
        {"not not apache", "not | not | S apache"},
        {"!!apache", "not | not | S apache"},
        {"not(apache)", "not | ( | S apache | )"},
        {"apache and(mysql)", "S apache | and | ( | S mysql | )"},
        {"country = uk", "S country=uk"},
        {"country!=uk", "S country!=uk"},
        {"country==uk", "S country==uk"},
        {"country=~uk", "S country=~uk"},
        {"country=>3", "S country=>3"},
        {"country=/a b/", "S country=/a b/"},
        {"country=\"a b\"", "S country=a b"},
        {"country='it\\'s'", "S country=it's"},
        {"a=b=c", "S a=b=c"},
        {"fstat('/etc/hosts').md5=/baa/", "F fstat[/etc/hosts]md5 =~ /baa/"},
        {"fstat('/etc/hosts').md5!=/baa/", "F fstat[/etc/hosts]md5 !=~ /baa/"},
        {"fstat(\"/etc/hosts\").size > 10", "F fstat[/etc/hosts]size > 10"},
        {"fstat().present=1", "F fstat[nil]present == 1"},
        {"foo('a','b').x=1", "F foo[a','b]x == 1"},
        {"not", "S not"},
        {"andy", "S andy"},
        {"order", "S order"},
        {"nothing", "S nothing"},
        {"fstat('/x')", NULL},
        {"fstat('/x').present", NULL},
    };

    check_all(*state, vectors, MC_COUNT(vectors));
}

static void corner_case_47_a_function_has_params_and_an_output(void **state)
{
    static const struct vector vectors[] = {
        {"foo('bar').res=1", "F foo[bar]res == 1"},
        {"foo(\"bar\").res=1", "F foo[bar]res == 1"},
        {"foo('b.ar').res=1", "F foo[b.ar]res == 1"},
        {"foo('b.ar.z')=1", "F foo[b.ar.z]nil == 1"},
        {"foo('bar')=1", "F foo[bar]nil == 1"},
        {"foo().res=1", "F foo[nil]res == 1"},
        {"foo()=1", "F foo[nil]nil == 1"},
        {"foo('').res=1", "F foo[]res == 1"},
        {"foo('\"bar\"').res=1", "F foo[\"bar\"]res == 1"},
        {"foo('bar=baz').res=1", "F foo[bar=baz]res == 1"},
        {"klass and function('param').value = 1 and fact=value",
         "S klass | and | F function[param]value == 1 | and | S fact=value"},
    };

    check_all(*state, vectors, MC_COUNT(vectors));
}

static void corner_case_48_slashes_make_a_pattern(void **state)
{
    static const struct vector vectors[] = {
        {"foo('bar').res=/reg/", "F foo[bar]res =~ /reg/"},
        {"foo('bar').res = /reg/", "F foo[bar]res =~ /reg/"},
        {"foo('bar').res!=/reg/", "F foo[bar]res !=~ /reg/"},
        {"foo('bar').res=reg", "F foo[bar]res == reg"},
        {"foo('bar').res!=reg", "F foo[bar]res != reg"},
        {"foo('bar').res>=3", "F foo[bar]res >= 3"},
    };

    check_all(*state, vectors, MC_COUNT(vectors));
}

static void corner_case_49_blanks_and_quotes_around_values(void **state)
{
    static const struct vector vectors[] = {
        {"a =  c", "S a=c"},
        {"a >= 3", "S a>=3"},
        {"a   =c", "S a=c"},
        {"a=   c", "S a=c"},
        {"foo('a').bar  = 1", "F foo[a]bar == 1"},
        {"foo('a').bar =1", "F foo[a]bar == 1"},
        {"foo('a').bar >= 1 and b", "F foo[a]bar >= 1 | and | S b"},
        {"foo('bar').res=\"a b\"", "F foo[bar]res == a b"},
        {"foo=\"a b\"", "S foo=a b"},
        {"foo='a  b'", "S foo=a  b"},
        {"foo=\"a \\\"b\\\" c\"", "S foo=a \"b\" c"},
        {"foo='it\\'s'", "S foo=it's"},
        {"foo='(' and b", "S foo=( | and | S b"},
        {"foo=/a\\/b c/", "S foo=/a\\/b c/"},
        {"foo('x').y=/a\\/b/", "F foo[x]y =~ /a\\/b/"},
        {"foo=/bar(1|2)/ or b", "S foo=/bar(1|2)/ | or | S b"},
        {"(foo=/bar/)", "( | S foo=/bar/ | )"},
    };

    check_all(*state, vectors, MC_COUNT(vectors));
}

static void corner_case_50_what_is_no_expression(void **state)
{
    static const struct
    {
        const char *text;
        const char *kind;
    } bad[] = {
        {"/foo/=bar", "Malformed"},
        {"/foo=bar", "Malformed"},
        {"foo=/bar", "Malformed"},
        {"foo(bar)", "Malformed"},
        {"foo(bar).res=1", "column 1: a data function is written f('x').y=1"},
        {"foo(", "column 1: the ) of this data function is missing"},
        {"foo('bar').a.b=1", "Malformed"},
        {"foo('bar').val-ue=1", "Malformed"},
        {"foo('a' 'b').res=1", "Malformed"},
        {")foo=bar(", "Malformed"},
        {"(foo=bar", "Missing"},
        {"foo=bar)", "Missing"},
        {"and foo=bar", "Parse"},
        {"or foo=bar", "Parse"},
        {"foo=bar !", "Parse"},
    };

    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_value *list = NULL;
        struct mc_error error = {""};
        int r = mc_compound_parse(bad[i].text, *state, &list, &error);
        if (r != MC_COMPOUND_BAD || list || !strstr(error.text, bad[i].kind)) {
            fail_msg("%s gave %d: %s", bad[i].text, r, error.text);
        }
    }
}

static void more_than_the_vectors(void **state)
{
    static const struct vector vectors[] = {
        {"(/web/ or b)", "( | S /web/ | or | S b | )"},
        {"/(a|b)/", "S /(a|b)/"},
        {"mysql::server  ", "S mysql::server"},
        {"a\nand\tb", "S a | and | S b"},
        {"(foo=bar or foo=rab) and (bar=foo)",
         "( | S foo=bar | or | S foo=rab | ) | and | ( | S bar=foo | )"},
        {"(a and !(b or c))", "( | S a | and | not | ( | S b | or | S c | ) | )"},
    };

    check_all(*state, vectors, MC_COUNT(vectors));
}

static const struct
{
    const char *text;
    const char *kind; /* Malformed, Parse, Missing */
    const char *end;  /* how the message ends */
} errors[] = {
    {"foo(\"a).b\").x=1", "Malformed",
     "'foo(\"a).b\").x=1' at column 1: "
     "a data function is written f('x').y=1, with no ) in 'x'"},
    {"apache and a=b/c", "Malformed", "'a=b/c' at column 12"},
    {"a/b", "Malformed", "'a/b' at column 1"},
    {"/a b/", "Malformed", "'/a' at column 1"},
    {"/foo/=bar", "Malformed", "'/foo/=bar' at column 1"},
    {"/foo=bar", "Malformed", "'/foo=bar' at column 1"},
    {"foo=/bar", "Malformed", "'foo=/bar' at column 1"},
    {"foo(bar)", "Malformed",
     "at column 1: a data function is written f('x').y=1, with no ) in 'x'"},
    {"foo(", "Malformed", "'foo(' at column 1: the ) of this data function is missing"},
    {"foo('a' 'b')", "Malformed", "with no ) in 'x'"},
    {"foo('a',\"b\").x=1", "Malformed", "with no ) in 'x'"},
    {"foo('bar').a.b", "Malformed", "needs a comparison like .output=value"},
    {"foo('bar').val-ue=1", "Malformed", "needs a comparison like .output=value"},
    {"foo('bar').=1", "Malformed", "'foo('bar').=1' at column 1"},
    {"foo('bar').x=>1", "Malformed", "there is no such operator"},
    {"foo('bar').x>/1/", "Malformed", "a pattern cannot be ordered"},
    {"fo-o('bar').x=1", "Malformed", "at column 1"},
    {"foo('a').x=''", "Malformed", "at column 1"},
    {")foo=bar(", "Malformed", "'foo=bar(' at column 2"},
    {"a and b= ", "Malformed", "'b= ' at column 7"},
    {"a and \"b", "Malformed", "'\"b' at column 7"},
    {"=b", "Malformed", "'=b' at column 1"},
    {"`", NULL, NULL},
    {"  apache", "Parse", "'apache' at column 3"},
    {"apache mysql", "Parse", "'mysql' at column 8"},
    {"\xc3\xa4pfel mysql", "Parse", "'mysql' at column 7"},
    {"apache and", "Parse", "'and' at column 8"},
    {"apache and ", "Parse", "it ends too early"},
    {"apache !", "Parse", "'!' at column 8"},
    {"not ", "Parse", "it ends too early"},
    {"and apache", "Parse", "'and' at column 1"},
    {"or apache", "Parse", "'or' at column 1"},
    {"apache or or b", "Parse", "'or' at column 11"},
    {"()", "Parse", "')' at column 2"},
    {"and(apache)", "Parse", "'and' at column 1"},
    {"a=b OR c=d", "Parse", "'OR' at column 5"},
    {"(a) b", "Parse", "'b' at column 5"},
    {"", "Parse", "it ends too early"},
    {"   ", "Parse", "it ends too early"},
    {"(apache", "Missing", "'(' at column 1"},
    {"a and (b and (c)", "Missing", "'(' at column 7"},
    {"apache)", "Missing", "')' at column 7"},
    {"(a)) and ((b)", "Missing", "')' at column 4"},
};

static void errors_name_token_and_column(void **state)
{
    for (size_t i = 0; i < MC_COUNT(errors); i++) {
        struct mc_value *list = NULL;
        struct mc_error error = {""};
        int r = mc_compound_parse(errors[i].text, *state, &list, &error);
        if (!errors[i].kind) {
            assert_int_equal(r, 0);
            continue;
        }
        size_t len = strlen(error.text);
        size_t end = strlen(errors[i].end);
        if (r != MC_COMPOUND_BAD || list || !strstr(error.text, errors[i].kind) ||
            len < end || strcmp(error.text + len - end, errors[i].end) != 0) {
            fail_msg("%s gave %d: %s", errors[i].text, r, error.text);
        }
    }
}

static void long_texts_are_refused(void **state)
{
    struct mc_arena *arena = *state;
    char *text = mc_arena_alloc(arena, MC_COMPOUND_TEXT_BYTES_MAX + 2);
    struct mc_value *list = NULL;

    memset(text, '!', MC_COMPOUND_TEXT_BYTES_MAX + 1);
    assert_int_equal(mc_compound_parse(text, arena, &list, NULL), MC_COMPOUND_BAD);
    memset(text, '(', MC_COMPOUND_TEXT_BYTES_MAX);
    text[1000] = '\0';
    assert_int_equal(mc_compound_parse(text, arena, &list, NULL), MC_COMPOUND_BAD);
}

static void statements_that_nodes_misread(void **state)
{
    static const struct
    {
        const char *text;
        bool good;
    } cases[] = {
        {"country=uk", true},   {"a>3", true},
        {"a>=3", true},         {"a<=b", true},
        {"a=/x/", true},        {"a=b=c", true},
        {"/web/", true},        {"fact('a').b==c", true},
        {"country!=uk", false}, {"country==uk", false},
        {"country=~uk", false}, {"a=>3", false},
        {"a=<3", false},        {"x and a<>b", false},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_value *list = NULL;
        assert_int_equal(mc_compound_parse(cases[i].text, *state, &list, NULL), 0);
        assert_int_equal(mc_compound_check(list, NULL),
                         cases[i].good ? 0 : MC_COMPOUND_BAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(vectors_of_the_spec, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_47_a_function_has_params_and_an_output, set_up, tear_down),
        cmocka_unit_test_setup_teardown(corner_case_48_slashes_make_a_pattern, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(corner_case_49_blanks_and_quotes_around_values,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(corner_case_50_what_is_no_expression, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(more_than_the_vectors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_name_token_and_column, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(long_texts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statements_that_nodes_misread, set_up,
                                        tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

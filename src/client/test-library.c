/* The shared library, used as a stranger would: public headers and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <marionette/client.h>
#include <string.h>

static void no_configuration_is_an_outcome(void **state)
{
    struct mc_client *client = NULL;
    struct mc_error error = {{0}};

    (void)state;
    assert_int_equal(mc_client_open("/nonexistent/client.cfg", &client, &error),
                     MC_CLIENT_USAGE);
    assert_null(client);
    assert_string_equal(error.text,
                        "Cannot find config file '/nonexistent/client.cfg'");
    assert_null(mc_client_free(NULL));
}

static void values_accept_null(void **state)
{
    (void)state;
    assert_int_equal(mc_value_type(NULL), MC_NIL);
    assert_int_equal(mc_value_integer(NULL, 7), 7);
    assert_null(mc_value_get_name(NULL, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_configuration_is_an_outcome),
        cmocka_unit_test(values_accept_null),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

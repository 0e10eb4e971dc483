/* Compound filters of a call (spec collective.md 3.6).
 *
 * A node silently answers no when it does not know a data plugin or refuses its
 * argument, so everything that can be said about a data function is said here: its DDL
 * must be there, take the argument and declare the output (spec section 6, 23). */
#include "client/call.h"

#include "filter/compound.h"
#include "filter/data.h"
#include <errno.h>
#include <string.h>

/* The DDL of the plugin that a function asks. Returns 0; MC_CLIENT_USAGE; -ENOMEM. */
static int find_ddl(struct mc_call *call, const char *name,
                    const struct mc_ddl **ret_ddl, struct mc_error *error)
{
    struct mc_ddl_store *ddls = NULL;
    char file[MC_DATA_NAME_BYTES];

    if (!mc_data_file_name(name, file)) {
        mc_error_set(error, "Can't find DDL for data plugin '%.80s'", name);
        return MC_CLIENT_USAGE;
    }
    int r = mc_client__ddls(call->client, &ddls);
    r = r ? r : mc_ddl_find(ddls, MC_DDL_DATA, file, ret_ddl, error);
    return r > 0 ? MC_CLIENT_USAGE : r;
}

/* The argument in the type that the DDL declares; what cannot be converted stays a text
 * and is refused by the validation. */
static int convert(struct mc_call *call, const struct mc_ddl_input *input,
                   const struct mc_value *params, const struct mc_value **ret_params)
{
    static const char *const types[] = {"boolean", "number", "integer", "float"};

    *ret_params = params;
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if (strcmp(input->type, types[i]) == 0) {
            int r = mc_ddl_convert(input, mc_value_cstr(params), call->arena,
                                   ret_params, NULL);
            return r < 0 ? r : 0;
        }
    }
    return 0;
}

static int check_argument(struct mc_call *call, const struct mc_ddl *ddl,
                          struct mc_value *function, struct mc_error *error)
{
    const struct mc_ddl_action *data = mc_ddl_action_find(ddl, "data");
    const struct mc_ddl_input *input = mc_ddl_input_find(data, "query");
    const struct mc_value *params = mc_value_get_text(function, "params");
    bool given = mc_value_is(params, MC_STRING);

    if (!input && given) {
        mc_error_set(error,
                     "No data plugin argument was declared in the %s DDL but an input "
                     "was supplied",
                     ddl->title);
        return MC_CLIENT_USAGE;
    }
    if (!input || (!given && input->optional)) {
        return 0;
    }
    int r = given ? convert(call, input, params, &params) : 0;
    r = r ? r : mc_ddl_validate_input(input, params, error);
    if (r) {
        return r > 0 ? MC_CLIENT_USAGE : r;
    }
    return mc_value_set_text(call->arena, function, "params", params);
}

static int check_function(struct mc_call *call, struct mc_value *function,
                          struct mc_error *error)
{
    const char *name = mc_value_cstr(mc_value_get_text(function, "name"));
    const char *output = mc_value_cstr(mc_value_get_text(function, "value"));
    const struct mc_ddl *ddl = NULL;
    int r = find_ddl(call, name, &ddl, error);

    if (r) {
        return r;
    }
    const struct mc_ddl_action *data = mc_ddl_action_find(ddl, "data");
    if (!data) {
        mc_error_set(
            error, "No dataquery has been defined in the DDL for data plugin %s", name);
        return MC_CLIENT_USAGE;
    }
    r = check_argument(call, ddl, function, error);
    if (!r && (!output || !mc_ddl_output_find(data, output))) {
        mc_error_set(error, "Data plugin '%.80s()' does not return a '%.80s' value",
                     name, output ? output : "");
        r = MC_CLIENT_USAGE;
    }
    if (!r && ddl->timeout_s > 0 && ddl->timeout_s < MC_CLIENT_SECONDS_MAX) {
        call->data_s += ddl->timeout_s;
    }
    return r;
}

/* A copy of an item whose function may be changed. */
static int check_item(struct mc_call *call, const struct mc_value **item,
                      struct mc_error *error)
{
    const struct mc_value *given = mc_value_get_text(*item, "fstatement");

    if (!given) {
        return 0;
    }
    struct mc_value *function = mc_value_copy(given, call->arena);
    struct mc_value *copy = mc_value_hash(call->arena);
    int r = function ? check_function(call, function, error) : -ENOMEM;
    r = r ? r : mc_value_set_text(call->arena, copy, "fstatement", function);
    if (!r) {
        *item = copy;
    }
    return r;
}

int mc_call__compound(struct mc_call *call, const char *text, struct mc_error *error)
{
    struct mc_value *list = NULL;
    double before_s = call->data_s;
    int r = mc_compound_parse(text, call->arena, &list, error);

    r = r ? r : mc_compound_check(list, error);
    if (r == MC_COMPOUND_BAD) {
        return MC_CLIENT_USAGE;
    }
    for (size_t i = 0; !r && i < mc_value_count(list); i++) {
        r = check_item(call, &list->array.items[i], error);
    }
    r = r ? r : mc_filter_add_compound(&call->filter, call->arena, list);
    if (r) {
        call->data_s = before_s;
    }
    return r;
}

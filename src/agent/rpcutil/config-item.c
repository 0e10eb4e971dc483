/* get_config_item: declared keys in their native types.
 *
 * Provider names come back capitalised, and rpclimitmethod as a Symbol, because tools
 * that compare them were written against the original (spec collective.md 4.10). */
#include "agent/rpcutil/rpcutil.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *const capitalised[] = {
    "securityprovider", "factsource",       "registration",
    "connector",        "rpcauditprovider", "rpcauthprovider",
};

static const struct mc_value *text_item(struct mc_arena *arena, const char *item,
                                        const char *text)
{
    char *copy = mc_arena_strdup(arena, text);

    if (!text) {
        return mc_value_nil(arena);
    }
    if (strcmp(item, "rpclimitmethod") == 0) {
        return mc_value_symbol(arena, text);
    }
    for (size_t i = 0; copy && i < MC_COUNT(capitalised); i++) {
        bool untouched = strcmp(text, "activemq") == 0;
        if (strcmp(item, capitalised[i]) == 0 && !untouched) {
            copy[0] = (char)toupper((unsigned char)copy[0]);
        }
    }
    return copy ? mc_value_text(arena, copy) : NULL;
}

struct mc_value *mc_rpcutil_texts(struct mc_arena *arena, const char *const *texts)
{
    struct mc_value *list = mc_value_array(arena);

    for (size_t i = 0; texts[i]; i++) {
        if (mc_value_push(arena, list, mc_value_text(arena, texts[i])) != 0) {
            return NULL;
        }
    }
    return list;
}

static const struct mc_value *native(const struct mc_config *config, const char *item,
                                     enum mc_config_type type, struct mc_arena *arena)
{
    switch (type) {
    case MC_CONFIG_INT:
        return mc_value_int(arena, mc_config_int(config, item));
    case MC_CONFIG_FLOAT:
        return mc_value_float(arena, mc_config_float(config, item));
    case MC_CONFIG_BOOL:
        return mc_value_bool(arena, mc_config_bool(config, item));
    case MC_CONFIG_LIST:
    case MC_CONFIG_PATHS:
    case MC_CONFIG_ACCUMULATE:
        return mc_rpcutil_texts(arena, mc_config_list(config, item));
    case MC_CONFIG_TEXT:
        return text_item(arena, item, mc_config_text(config, item));
    case MC_CONFIG_DEPRECATED:
        break;
    }
    return mc_value_nil(arena);
}

int mc_rpcutil_config_item(const struct mc_agent_host *host, const char *item,
                           struct mc_arena *arena, const struct mc_value **ret_value)
{
    const struct mc_config *config = host->ops->config(host->node);
    enum mc_config_type type = MC_CONFIG_TEXT;
    const struct mc_value *value = NULL;
    const char *key = NULL;

    for (size_t i = 0; (key = mc_config_key(i, &type)); i++) {
        if (strcmp(key, item) != 0) {
            continue;
        }
        value = strcmp(item, "identity") == 0
                    ? mc_value_text(arena, mc_config_identity(config))
                    : native(config, item, type, arena);
        if (!value) {
            return -ENOMEM;
        }
        *ret_value = value;
        return 0;
    }
    return MC_RPCUTIL_UNKNOWN_ITEM;
}

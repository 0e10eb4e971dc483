/* Any bytes as a configuration file: values or an error, bounded memory, no crash. */
#include "base/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_all(const struct mc_config *config)
{
    enum mc_config_type type = MC_CONFIG_TEXT;
    struct mc_error error;
    int64_t number = 0;

    for (size_t i = 0; mc_config_key(i, &type); i++) {
        if (type == MC_CONFIG_PATHS || type == MC_CONFIG_LIST) {
            const char *const *list = mc_config_list(config, mc_config_key(i, &type));
            for (; *list; list++) {
                assert(strlen(*list) > 0);
            }
        }
    }
    assert(mc_config_text(config, "main_collective"));
    assert(strlen(mc_config_identity(config)) > 0);
    if (mc_config_plugin_int(config, "n", 1, 0, 9, &number, &error) == 0) {
        assert(number >= 0 && number <= 9);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};
    int result = mc_config_parse(mc_bytes_make(data, size), "fuzz", MC_ROLE_NODE, NULL,
                                 NULL, &config, &error);

    if (result == 0) {
        look_at_all(config);
    } else {
        assert(!config && strlen(error.text) > 0);
    }
    mc_config_free(config);
    return 0;
}

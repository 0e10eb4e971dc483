/* User and password from the terminal, for those who do not want them in a file. */
#include "connector/stomp/settings.h"

#include "base/terminal.h"
#include <errno.h>

struct asked
{
    const char *key;
    const char *question;
    bool secret;
};

static const struct asked user = {"prompt_user", "Middleware user: ", false};
static const struct asked password = {"prompt_password", "Middleware password: ", true};

/* Ask when the setting says so. *ret_answer stays NULL when it does not. */
static int ask(const struct mc_config *config, const struct mc_stomp_defaults *defaults,
               const struct asked *what, struct mc_arena *arena,
               const char **ret_answer, struct mc_error *error)
{
    const char *key = mc_arena_printf(arena, "%s.%s", defaults->prefix, what->key);
    bool wanted = false;

    if (!key) {
        return -ENOMEM;
    }
    int r = mc_config_plugin_bool(config, key, false, &wanted, error);
    if (r < 0 || !wanted) {
        return r;
    }
    r = mc_terminal_ask(what->question, what->secret, arena, ret_answer);
    if (r < 0 && r != -ENOMEM) {
        mc_error_set(error, "plugin.%s is set, but %s", key,
                     r == -ENXIO ? "there is no terminal to ask on"
                                 : "the question was not answered");
        r = -EINVAL;
    }
    return r;
}

int mc_stomp_settings_ask(const struct mc_config *config,
                          const struct mc_stomp_defaults *defaults,
                          struct mc_arena *arena, struct mc_stomp_settings *settings,
                          struct mc_error *error)
{
    size_t count = settings->broker_count;
    struct mc_stomp_broker *brokers = mc_arena_array(arena, count, sizeof(*brokers));
    const char *name = NULL;
    const char *word = NULL;
    bool no_user = false;
    bool no_password = false;
    int r = 0;

    if (!brokers) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        brokers[i] = settings->brokers[i];
        no_user = no_user || !*brokers[i].user;
        no_password = no_password || !*brokers[i].password;
    }
    if (no_user) {
        r = ask(config, defaults, &user, arena, &name, error);
    }
    if (r == 0 && no_password) {
        r = ask(config, defaults, &password, arena, &word, error);
    }
    for (size_t i = 0; i < count && r == 0; i++) {
        brokers[i].user = name && !*brokers[i].user ? name : brokers[i].user;
        brokers[i].password =
            word && !*brokers[i].password ? word : brokers[i].password;
    }
    if (r == 0) {
        settings->brokers = brokers;
    }
    return r;
}

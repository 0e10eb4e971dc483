/* The RPC part of requests and replies, and the texts that name their senders.
 *
 * Names are checked over their whole length: the original's anchors are per line, so
 * that a line end would smuggle anything behind a good first line (spec 2.4). */
#include "msg/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ID_RANDOM_BYTES 16

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

static bool is_name_byte(char byte)
{
    return is_word_byte(byte) || byte == '.' || byte == '-';
}

bool mc_caller_valid(const char *caller)
{
    size_t at = 0;

    if (!caller) {
        return false;
    }
    while (is_word_byte(caller[at])) {
        at++;
    }
    return at > 0 && caller[at] == '=' && mc_identity_valid(caller + at + 1);
}

bool mc_identity_valid(const char *identity)
{
    size_t at = 0;

    if (!identity) {
        return false;
    }
    while (is_name_byte(identity[at])) {
        at++;
    }
    return at > 0 && identity[at] == '\0';
}

int mc_request_new_id(struct mc_arena *arena, const char **ret_id)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[ID_RANDOM_BYTES];

    if (getentropy(random, sizeof(random)) != 0) {
        return -EIO;
    }
    char *id = mc_arena_alloc(arena, 2 * ID_RANDOM_BYTES + 1);
    if (!id) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < ID_RANDOM_BYTES; i++) {
        id[2 * i] = digits[random[i] >> 4];
        id[2 * i + 1] = digits[random[i] & 15];
    }
    *ret_id = id;
    return 0;
}

/* Only nil and false keep a node silent: the string "false" replies, as the original
 * does; without a hash of inputs there is never a reply (3.1). */
static bool wants_reply(const struct mc_value *data)
{
    if (!mc_value_is(data, MC_HASH)) {
        return false;
    }
    const struct mc_value *process = mc_value_get_name(data, "process_results");
    if (!process) {
        return true;
    }
    return process->type != MC_NIL && !(process->type == MC_BOOL && !process->boolean);
}

bool mc_rpc_wants_reply(const struct mc_value *payload)
{
    return wants_reply(mc_value_get_name(payload, "data"));
}

int mc_rpc_from_value(const struct mc_value *payload, struct mc_rpc *ret_rpc)
{
    const struct mc_value *action = mc_value_get_name(payload, "action");
    const struct mc_value *data = mc_value_get_name(payload, "data");

    if (!mc_value_is(action, MC_STRING) || !mc_value_cstr(action)) {
        return MC_MESSAGE_MALFORMED;
    }
    *ret_rpc = (struct mc_rpc){
        .action = mc_value_cstr(action),
        .data = mc_value_is(data, MC_HASH) ? data : NULL,
        .respond = wants_reply(data),
    };
    return 0;
}

/* The inputs with :process_results behind them. */
static struct mc_value *data_to_value(struct mc_arena *arena,
                                      const struct mc_value *data, bool respond)
{
    struct mc_value *copy = mc_value_hash(arena);
    int r = copy ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && data && i < data->hash.count; i++) {
        r = mc_value_add(arena, copy, data->hash.pairs[i].key,
                         data->hash.pairs[i].value);
    }
    if (r == 0 && !mc_value_get_name(copy, "process_results")) {
        r = mc_value_set_symbol(arena, copy, "process_results",
                                mc_value_bool(arena, respond));
    }
    return r == 0 ? copy : NULL;
}

int mc_rpc_to_value(struct mc_arena *arena, const char *agent, const char *action,
                    const char *caller, const struct mc_value *data, bool respond,
                    const struct mc_value **ret_payload)
{
    struct mc_value *payload = mc_value_hash(arena);
    const struct
    {
        const char *name;
        const struct mc_value *value;
    } parts[] = {
        {"agent", mc_value_text(arena, agent)},
        {"action", mc_value_text(arena, action)},
        {"caller", mc_value_text(arena, caller)},
        {"data", data_to_value(arena, data, respond)},
    };

    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        int r = mc_value_set_symbol(arena, payload, parts[i].name, parts[i].value);
        if (r) {
            return r;
        }
    }
    *ret_payload = payload;
    return 0;
}

int mc_result_from_value(const struct mc_value *payload, struct mc_result *ret_result)
{
    const struct mc_value *status = mc_value_get_name(payload, "statuscode");
    const struct mc_value *data = mc_value_get_name(payload, "data");
    const char *message = mc_value_cstr(mc_value_get_name(payload, "statusmsg"));

    if (!mc_value_is(status, MC_INT)) {
        return MC_MESSAGE_MALFORMED;
    }
    *ret_result = (struct mc_result){
        .status = status->integer,
        .message = message ? message : "",
        .data = mc_value_is(data, MC_HASH) ? data : NULL,
        .outcome = mc_value_cstr(mc_value_get_name(payload, "outcome")),
    };
    return 0;
}

int mc_result_to_value(struct mc_arena *arena, const struct mc_result *result,
                       const struct mc_value **ret_payload)
{
    struct mc_value *payload = mc_value_hash(arena);
    int r = mc_value_set_symbol(arena, payload, "statuscode",
                                mc_value_int(arena, result->status));

    if (r == 0) {
        r = mc_value_set_symbol(
            arena, payload, "statusmsg",
            mc_value_text(arena, result->message ? result->message : ""));
    }
    if (r == 0) {
        r = mc_value_set_symbol(arena, payload, "data",
                                result->data ? result->data : mc_value_hash(arena));
    }
    if (r == 0 && result->outcome) {
        r = mc_value_set_symbol(arena, payload, "outcome",
                                mc_value_text(arena, result->outcome));
    }
    if (r) {
        return r;
    }
    *ret_payload = payload;
    return 0;
}

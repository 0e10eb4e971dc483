/* What is written to programs and read from them, as JSON (doc/rfc/0008). No I/O. */
#include "agent/external/external-private.h"

#include "codec/codec.h"
#include <errno.h>
#include <stdio.h>

#define SCHEMAS "https://choria.io/schemas/mcorpc/external/v1/"
/* Larger codes are no status of anybody. */
#define STATUS_MAX 0x7fffffff

struct part
{
    const char *name;
    const struct mc_value *value;
};

static int encode(const struct part *parts, size_t count, struct mc_arena *arena,
                  struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct mc_value *hash = mc_value_hash(arena);

    for (size_t i = 0; i < count; i++) {
        if (mc_value_set_text(arena, hash, parts[i].name, parts[i].value) != 0) {
            return -ENOMEM;
        }
    }
    int r = mc_json_encode(hash, arena, ret_bytes, error);
    return r > 0 ? MC_EXTERNAL__BAD : r;
}

int mc_external__make_request(enum mc_external__kind kind,
                              const struct mc_agent_call *call, struct mc_arena *arena,
                              struct mc_bytes *ret_bytes, struct mc_error *error)
{
    const struct mc_request *request = mc_agent_request(call);
    const struct mc_value *data = mc_agent_inputs(call);
    const struct part choria[] = {
        {"$schema", mc_value_text(arena, SCHEMAS "rpc_request.json")},
        {"protocol", mc_value_text(arena, MC_EXTERNAL__REQUEST_PROTOCOL)},
        {"agent", mc_value_text(arena, request->agent)},
        {"action", mc_value_text(arena, mc_agent_action_name(call))},
        {"requestid", mc_value_text(arena, request->id)},
        {"senderid", mc_value_text(arena, request->sender)},
        {"callerid", mc_value_text(arena, request->caller)},
        {"collective",
         mc_value_text(arena, request->collective ? request->collective : "")},
        {"ttl", mc_value_int(arena, request->ttl_s)},
        {"msgtime", mc_value_int(arena, request->time_s)},
        {"data", data},
    };
    const struct part declared[] = {
        {"agent", mc_value_text(arena, request->agent)},
        {"action", mc_value_text(arena, mc_agent_action_name(call))},
        {"sender", mc_value_text(arena, request->sender)},
        {"callerid", mc_value_text(arena, request->caller)},
        {"uniqid", mc_value_text(arena, request->id)},
        {"data", data},
    };

    return kind == MC_EXTERNAL__CHORIA
               ? encode(choria, MC_COUNT(choria), arena, ret_bytes, error)
               : encode(declared, MC_COUNT(declared), arena, ret_bytes, error);
}

int mc_external__make_activation(const char *agent, struct mc_arena *arena,
                                 struct mc_bytes *ret_bytes)
{
    const struct part parts[] = {
        {"$schema", mc_value_text(arena, SCHEMAS "activation_request.json")},
        {"protocol", mc_value_text(arena, MC_EXTERNAL__ACTIVATION_PROTOCOL)},
        {"agent", mc_value_text(arena, agent)},
    };

    return encode(parts, MC_COUNT(parts), arena, ret_bytes, NULL);
}

static int decode(struct mc_bytes in, struct mc_arena *arena,
                  const struct mc_value **ret_hash, struct mc_error *error)
{
    const struct mc_value *value = NULL;
    struct mc_error words = {"it is empty"};

    if (mc_bytes_trim(in).len == 0) {
        mc_error_set(error, "the reply is empty");
        return MC_EXTERNAL__BAD;
    }
    if (mc_json_decode(in, 0, arena, &value, &words) != 0) {
        mc_error_set(error, "the reply is not JSON: %s", words.text);
        return MC_EXTERNAL__BAD;
    }
    if (!mc_value_is(value, MC_HASH)) {
        mc_error_set(error, "the reply is %s and not an object",
                     mc_type_name(value->type));
        return MC_EXTERNAL__BAD;
    }
    *ret_hash = value;
    return 0;
}

static int check_data(const struct mc_value *data, struct mc_error *error)
{
    if (!mc_value_is(data, MC_HASH)) {
        mc_error_set(error, "the data of the reply is %s and not an object",
                     mc_type_name(data->type));
        return MC_EXTERNAL__BAD;
    }
    if (data->hash.count > MC_EXTERNAL_KEYS_MAX) {
        mc_error_set(error, "the data of the reply has more than %d keys",
                     MC_EXTERNAL_KEYS_MAX);
        return MC_EXTERNAL__BAD;
    }
    for (size_t i = 0; i < data->hash.count; i++) {
        if (!mc_value_cstr(data->hash.pairs[i].key)) {
            mc_error_set(error, "a key in the data of the reply is no text");
            return MC_EXTERNAL__BAD;
        }
    }
    return 0;
}

static int read_choria(const struct mc_value *hash,
                       struct mc_external__reply *ret_reply, struct mc_error *error)
{
    const struct mc_value *status = mc_value_get_text(hash, "statuscode");
    const struct mc_value *message = mc_value_get_text(hash, "statusmsg");
    const struct mc_value *data = mc_value_get_text(hash, "data");

    if (status && (!mc_value_is(status, MC_INT) || status->integer < 0 ||
                   status->integer > STATUS_MAX)) {
        mc_error_set(error, "the statuscode of the reply is no status");
        return MC_EXTERNAL__BAD;
    }
    if (message && !mc_value_is(message, MC_NIL) && !mc_value_cstr(message)) {
        mc_error_set(error, "the statusmsg of the reply is no text");
        return MC_EXTERNAL__BAD;
    }
    data = data && mc_value_is(data, MC_NIL) ? NULL : data;
    int r = data ? check_data(data, error) : 0;
    if (r == 0) {
        *ret_reply = (struct mc_external__reply){
            .status = status ? status->integer : 0,
            .message = message ? mc_value_cstr(message) : NULL,
            .data = data,
        };
    }
    return r;
}

int mc_external__read_reply(enum mc_external__kind kind, struct mc_bytes in,
                            struct mc_arena *arena,
                            struct mc_external__reply *ret_reply,
                            struct mc_error *error)
{
    const struct mc_value *hash = NULL;
    int r = decode(in, arena, &hash, error);

    if (r != 0) {
        return r;
    }
    if (kind == MC_EXTERNAL__CHORIA) {
        return read_choria(hash, ret_reply, error);
    }
    r = check_data(hash, error);
    if (r == 0) {
        *ret_reply = (struct mc_external__reply){.data = hash};
    }
    return r;
}

int mc_external__read_activation(struct mc_bytes in, struct mc_arena *arena,
                                 bool *ret_active, struct mc_error *error)
{
    const struct mc_value *hash = NULL;
    int r = decode(in, arena, &hash, error);
    const struct mc_value *active = r == 0 ? mc_value_get_text(hash, "activate") : NULL;

    if (r == 0 && active && !mc_value_is(active, MC_BOOL)) {
        mc_error_set(error, "\"activate\" of the reply is neither true nor false");
        r = MC_EXTERNAL__BAD;
    }
    if (r == 0) {
        *ret_active = active && active->boolean;
    }
    return r;
}

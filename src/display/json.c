/* Replies as JSON: the same data as the library gives, one object a reply. */
#include "base/arena.h"
#include "codec/codec.h"
#include "display/report.h"
#include <errno.h>

#define JSON_BYTES_MAX ((size_t)1024 * 1024 * 1024)

static int add_reply(struct mc_arena *arena, struct mc_value *list,
                     const struct mc_client_reply *reply)
{
    struct mc_value *hash = mc_value_hash(arena);
    const struct
    {
        const char *key;
        const struct mc_value *value;
    } parts[] = {
        {"agent", mc_value_text(arena, reply->agent)},
        {"action", mc_value_text(arena, reply->action)},
        {"sender", mc_value_text(arena, reply->sender)},
        {"statuscode", mc_value_int(arena, reply->status)},
        {"statusmsg", mc_value_text(arena, reply->message)},
        {"data", reply->data ? reply->data : mc_value_nil(arena)},
    };

    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        int r = mc_value_set_text(arena, hash, parts[i].key, parts[i].value);
        if (r) {
            return r;
        }
    }
    return mc_value_push(arena, list, hash);
}

int mc_report_json(struct mc_out *out, const struct mc_call *call)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(JSON_BYTES_MAX);
    const struct mc_client_reply *reply;
    struct mc_bytes text;

    if (!arena) {
        return -ENOMEM;
    }
    struct mc_value *list = mc_value_array(arena);
    for (size_t i = 0; (reply = mc_call_reply(call, i)); i++) {
        int r = add_reply(arena, list, reply);
        if (r) {
            return r;
        }
    }
    mc_codec_encode_fn *encode = out->terminal ? mc_json_encode_pretty : mc_json_encode;
    if (!list || encode(list, arena, &text, NULL) != 0) {
        return -ENOMEM;
    }
    mc_out_bytes(out, text);
    mc_out_raw(out, "\n");
    return 0;
}

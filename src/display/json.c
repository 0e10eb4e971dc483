/* Replies as JSON: the same data as the library gives, one object a reply.
 *
 * Each reply is encoded by itself. So the limits of the codec hold for one reply, not
 * for a whole fleet, and a node that sends what cannot be written spoils its own object
 * only. Line ends inside JSON are layout, never content, so indenting is done here. */
#include "base/arena.h"
#include "base/buffer.h"
#include "codec/codec.h"
#include "display/report.h"
#include <errno.h>

/* An encoded reply and its encoder's buffers. */
#define JSON_BYTES_MAX (4 * MC_ARENA_EXCHANGE_BYTES)
/* The names of all nodes that may be silent, as values and as text. */
#define NAMES_BYTES_MAX ((size_t)512 * 1024 * 1024)

static int make_object(struct mc_arena *arena, const struct mc_client_reply *reply,
                       const struct mc_value *data, struct mc_value **ret_object)
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
        {"data", data ? data : mc_value_nil(arena)},
        {"end", mc_value_text(arena, mc_end_name(reply->end))},
    };
    size_t count = MC_COUNT(parts) - (reply->end == MC_END_ANSWERED);

    for (size_t i = 0; i < count; i++) {
        int r = mc_value_set_text(arena, hash, parts[i].key, parts[i].value);
        if (r) {
            return r;
        }
    }
    *ret_object = hash;
    return 0;
}

/* Characters that a terminal acts on have a notation of their own in JSON. */
static void put(struct mc_out *out, struct mc_bytes text)
{
    while (out->terminal && text.len) {
        uint32_t code = 0;
        size_t len = mc_text_character(text, &code);
        if (len && mc_text_acts(code)) {
            (void)fprintf(out->file, "\\u%04x", (unsigned)code);
        } else {
            len = len ? len : 1;
            mc_out_bytes(out, mc_bytes_slice(text, 0, len));
        }
        text = mc_bytes_slice(text, len, text.len);
    }
    mc_out_bytes(out, text);
}

/* On a terminal each line is indented, as the objects are items of the array. */
static void put_object(struct mc_out *out, struct mc_bytes text)
{
    while (out->terminal && text.len) {
        size_t end = mc_bytes_find(text, '\n');
        mc_out_raw(out, "\n  ");
        put(out, mc_bytes_slice(text, 0, end));
        text = mc_bytes_slice(text, end + 1, text.len);
    }
    put(out, text);
}

static int put_reply(struct mc_out *out, const struct mc_client_reply *reply,
                     bool pretty)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(JSON_BYTES_MAX);
    mc_codec_encode_fn *encode = pretty ? mc_json_encode_pretty : mc_json_encode;
    struct mc_value *object = NULL;
    struct mc_bytes text = {NULL, 0};

    if (!arena) {
        return -ENOMEM;
    }
    int r = make_object(arena, reply, reply->data, &object);
    r = r ? r : encode(object, arena, &text, NULL);
    if (r > 0) {
        r = make_object(arena, reply, NULL, &object);
        r = r ? r : encode(object, arena, &text, NULL);
    }
    if (r) {
        return -ENOMEM;
    }
    if (pretty) {
        put_object(out, text);
    } else {
        put(out, text);
    }
    return 0;
}

void mc_report_json_begin(struct mc_out *out)
{
    mc_out_raw(out, "[");
}

int mc_report_json_replies(struct mc_out *out, const struct mc_call *call)
{
    const struct mc_client_reply *reply = NULL;
    size_t count = 0;
    int r = 0;

    for (; r == 0 && (reply = mc_call_reply(call, count)); count++) {
        mc_out_raw(out, count ? "," : "");
        r = put_reply(out, reply, out->terminal);
    }
    mc_out_raw(out, out->terminal && count ? "\n" : "");
    return r;
}

void mc_report_json_end(struct mc_out *out)
{
    mc_out_raw(out, "]\n");
}

int mc_report_json(struct mc_out *out, const struct mc_call *call)
{
    mc_report_json_begin(out);
    int r = mc_report_json_replies(out, call);
    mc_report_json_end(out);
    return r;
}

int mc_report_json_line(struct mc_out *out, const struct mc_client_reply *reply)
{
    int r = put_reply(out, reply, false);

    mc_out_raw(out, "\n");
    mc_out_flush(out);
    return r;
}

/* A record of one key, on a line. */
static int put_record(struct mc_out *out, struct mc_arena *arena, const char *name,
                      const struct mc_value *value)
{
    struct mc_value *record = mc_value_hash(arena);
    struct mc_bytes text = {NULL, 0};
    int r = mc_value_set_text(arena, record, name, value);

    r = r ? r : mc_json_encode(record, arena, &text, NULL);
    if (r) {
        return -ENOMEM;
    }
    put(out, text);
    mc_out_raw(out, "\n");
    mc_out_flush(out);
    return 0;
}

int mc_report_json_request(struct mc_out *out, const char *agent, const char *action)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(JSON_BYTES_MAX);
    struct mc_value *hash = arena ? mc_value_hash(arena) : NULL;

    if (!hash || mc_value_set_text(arena, hash, "agent", mc_value_text(arena, agent)) ||
        mc_value_set_text(arena, hash, "action", mc_value_text(arena, action))) {
        return -ENOMEM;
    }
    return put_record(out, arena, "request", hash);
}

static struct mc_value *name_list(struct mc_arena *arena, const struct mc_call *call,
                                  enum mc_nodes which)
{
    size_t count = 0;
    const char *const *names = mc_call_names(call, which, &count);
    struct mc_value *list = mc_value_array(arena);

    for (size_t i = 0; list && i < count; i++) {
        if (mc_value_push(arena, list, mc_value_text(arena, names[i]))) {
            return NULL;
        }
    }
    return list;
}

static int put_noreply(struct mc_out *out, const struct mc_client_end *end)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(JSON_BYTES_MAX);
    struct mc_value *hash = arena ? mc_value_hash(arena) : NULL;

    if (!hash ||
        mc_value_set_text(arena, hash, "node", mc_value_text(arena, end->node)) ||
        mc_value_set_text(arena, hash, "end",
                          mc_value_text(arena, mc_end_name(end->end)))) {
        return -ENOMEM;
    }
    return put_record(out, arena, "noreply", hash);
}

int mc_report_json_noreplies(struct mc_out *out, const struct mc_call *call)
{
    const struct mc_client_end *end = NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && (end = mc_call_end(call, i)); i++) {
        if (end->end == MC_END_UNREADABLE || end->end == MC_END_NOT_SENT ||
            end->end == MC_END_NO_ANSWER) {
            r = put_noreply(out, end);
        }
    }
    return r;
}

/* How many nodes came to each end. */
static struct mc_value *end_counts(struct mc_arena *arena,
                                   const struct mc_call_stats *stats)
{
    struct mc_value *hash = mc_value_hash(arena);

    for (unsigned i = 0; hash && i < MC_END_COUNT; i++) {
        if (mc_value_set_text(arena, hash, mc_end_name((enum mc_end)i),
                              mc_value_int(arena, (int64_t)stats->ends[i]))) {
            return NULL;
        }
    }
    return hash;
}

int mc_report_json_summary(struct mc_out *out, const struct mc_call *call)
{
    const struct mc_call_stats *stats = mc_call_stats(call);
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(NAMES_BYTES_MAX);
    struct mc_value *hash = arena ? mc_value_hash(arena) : NULL;

    if (!hash) {
        return -ENOMEM;
    }
    const struct
    {
        const char *key;
        const struct mc_value *value;
    } parts[] = {
        {"requestid", stats->request_id ? mc_value_text(arena, stats->request_id)
                                        : mc_value_nil(arena)},
        {"discovered", mc_value_int(arena, (int64_t)stats->discovered)},
        {"responses", mc_value_int(arena, (int64_t)stats->responses)},
        {"ok", mc_value_int(arena, (int64_t)stats->ok)},
        {"failed", mc_value_int(arena, (int64_t)stats->failed)},
        {"dropped", mc_value_int(arena, (int64_t)stats->dropped)},
        {"ends", end_counts(arena, stats)},
        {"noresponse", name_list(arena, call, MC_NODES_NO_RESPONSE)},
        {"unexpected", name_list(arena, call, MC_NODES_UNEXPECTED)},
        {"discovery_us", mc_value_int(arena, stats->discovery_us)},
        {"agent_us", mc_value_int(arena, stats->agent_us)},
    };
    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        if (!parts[i].value ||
            mc_value_set_text(arena, hash, parts[i].key, parts[i].value)) {
            return -ENOMEM;
        }
    }
    return put_record(out, arena, "summary", hash);
}

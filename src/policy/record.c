/* One record of an audit; see record.h. */
#include "policy/record.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "codec/inspect.h"
#include <errno.h>
#include <time.h>

#define DATA_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX ((size_t)1024)
/* Data as a text that travels; what is left of RECORD_BYTES_MAX of centralrpclog. */
#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define LINE_BYTES_MAX (DATA_BYTES_MAX + (size_t)64 * 1024)

/* A name=value whose value cannot look like another one. */
static void put_name(struct mc_buffer *line, const char *label, const char *text)
{
    struct mc_bytes name = mc_bytes_text(text);

    mc_buffer_text(line, label);
    for (size_t i = 0; i < name.len && i < NAME_BYTES_MAX; i++) {
        if (name.data[i] == ' ' || name.data[i] == '\\') {
            mc_buffer_printf(line, "\\x%02x", (unsigned)name.data[i]);
        } else {
            mc_buffer_byte(line, name.data[i]);
        }
    }
    mc_buffer_text(line, name.len > NAME_BYTES_MAX ? "..." : "");
}

static void put_time(struct mc_buffer *line)
{
    time_t now = (time_t)mc_clock_now_s();
    struct tm utc = {0};
    char text[64] = "";

    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof(text), "[%Y-%m-%d %H:%M:%S UTC]", &utc);
    mc_buffer_text(line, text);
}

static void put_data(struct mc_buffer *line, const struct mc_value *value)
{
    struct mc_buffer data;

    mc_buffer_init(&data, DATA_BYTES_MAX);
    mc_inspect(value, &data);
    mc_buffer_text(line, " data=");
    mc_buffer_append(line, mc_buffer_bytes(&data));
    mc_buffer_text(line, mc_buffer_failed(&data) ? "... (cut)" : "");
    mc_buffer_deinit(&data);
}

struct mc_policy_record mc_policy_record_of(const struct mc_request *request,
                                            const struct mc_rpc *rpc)
{
    return (struct mc_policy_record){
        .id = request->id,
        .time_s = request->time_s,
        .caller = request->caller,
        .sender = request->sender,
        .agent = request->agent,
        .action = rpc->action,
        .data = rpc->data,
    };
}

int mc_policy_record_write(const struct mc_policy_record *record,
                           struct mc_record *file)
{
    struct mc_buffer line;

    mc_buffer_init(&line, LINE_BYTES_MAX);
    put_time(&line);
    if (record->node) {
        put_name(&line, " node=", record->node);
        put_name(&line, " by=", record->by);
    }
    put_name(&line, " reqid=", record->id);
    mc_buffer_printf(&line, ": reqtime=%lld", (long long)record->time_s);
    put_name(&line, " caller=", record->caller);
    put_name(&line, "@", record->sender);
    put_name(&line, " agent=", record->agent);
    put_name(&line, " action=", record->action);
    put_data(&line, record->data);
    int r =
        mc_buffer_failed(&line) ? -E2BIG : mc_record_line(file, mc_buffer_bytes(&line));
    mc_buffer_deinit(&line);
    return r;
}

int mc_policy_record_to_value(const struct mc_policy_record *record,
                              struct mc_arena *arena, const struct mc_value **ret_value)
{
    struct mc_value *hash = mc_value_hash(arena);
    const struct
    {
        const char *name;
        const struct mc_value *value;
    } parts[] = {
        {"agent", mc_value_text(arena, record->agent)},
        {"action", mc_value_text(arena, record->action)},
        {"caller", mc_value_text(arena, record->caller)},
        {"sender", mc_value_text(arena, record->sender)},
        {"uniqid", mc_value_text(arena, record->id)},
        {"time", mc_value_int(arena, record->time_s)},
        {"data",
         record->data ? mc_value_copy(record->data, arena) : mc_value_nil(arena)},
    };

    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        if (mc_value_set_symbol(arena, hash, parts[i].name, parts[i].value) != 0) {
            return -ENOMEM;
        }
    }
    *ret_value = hash;
    return 0;
}

static const char *text_of(const struct mc_value *hash, const char *name)
{
    const struct mc_value *value = mc_value_get_name(hash, name);

    return mc_value_is(value, MC_STRING) ? mc_value_cstr(value) : NULL;
}

int mc_policy_record_from_value(const struct mc_value *value,
                                struct mc_policy_record *ret_record)
{
    const struct mc_value *time = mc_value_get_name(value, "time");
    const struct mc_policy_record record = {
        .id = text_of(value, "uniqid"),
        .time_s = mc_value_is(time, MC_INT) ? time->integer : 0,
        .caller = text_of(value, "caller"),
        .sender = text_of(value, "sender"),
        .agent = text_of(value, "agent"),
        .action = text_of(value, "action"),
        .data = mc_value_get_name(value, "data"),
    };

    if (!record.id || !record.caller || !record.sender || !record.agent ||
        !record.action || !mc_value_is(time, MC_INT)) {
        return MC_MESSAGE_MALFORMED;
    }
    *ret_record = record;
    return 0;
}

struct mc_value *mc_policy_record_data(const struct mc_policy_record *record,
                                       struct mc_arena *arena)
{
    struct mc_value *text = NULL;
    struct mc_buffer data;

    mc_buffer_init(&data, TEXT_BYTES_MAX);
    mc_inspect(record->data, &data);
    if (mc_buffer_failed(&data)) {
        mc_buffer_deinit(&data);
        return mc_value_text(arena, "(too large for a record)");
    }
    text = mc_value_string(arena, mc_buffer_bytes(&data));
    mc_buffer_deinit(&data);
    return text;
}

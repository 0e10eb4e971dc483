/* Events: three tables and a chain of readers. */
#include "base/event.h"

#include "base/buffer.h"

#define LINE_BYTES_MAX ((size_t)8192)

static const struct
{
    const char *name;
    const char *text;
    enum mc_level level;
} events[MC_EVENT_COUNT] = {
#define MC_EVENT(id, level, text) {#id, text, level},
#include "base/event.tbl.h"
#undef MC_EVENT
};

void mc_event_emit(const struct mc_sink *sink, enum mc_event_id id,
                   const struct mc_field *fields, size_t count)
{
    const struct mc_event event = {.id = id, .fields = fields, .count = count};

    for (; sink; sink = sink->next) {
        sink->fn(sink->user, &event);
    }
}

/* name=value; a text with blanks, or none, stands in quotes, so that the fields of a
 * line can be told apart. */
static void put_text(struct mc_buffer *line, const char *text)
{
    struct mc_bytes rest = mc_bytes_text(text ? text : "");
    bool plain = rest.len > 0;

    for (size_t i = 0; i < rest.len; i++) {
        plain &= rest.data[i] > ' ' && rest.data[i] != '"' && rest.data[i] != '=';
    }
    if (plain) {
        mc_buffer_append(line, rest);
        return;
    }
    mc_buffer_byte(line, '"');
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] == '"' || rest.data[i] == '\\') {
            mc_buffer_byte(line, '\\');
        }
        mc_buffer_byte(line, rest.data[i]);
    }
    mc_buffer_byte(line, '"');
}

static void put_field(struct mc_buffer *line, const struct mc_field *field)
{
    mc_buffer_printf(line, " %s=", field->name);
    switch (field->type) {
    case MC_FIELD_TEXT:
        put_text(line, field->text);
        break;
    case MC_FIELD_INT:
        mc_buffer_printf(line, "%lld", (long long)field->number);
        break;
    case MC_FIELD_MICROSECONDS:
        mc_buffer_printf(line, "%lldus", (long long)field->number);
        break;
    }
}

void mc_event_to_log(void *user, const struct mc_event *event)
{
    struct mc_log *log = user;
    enum mc_level level = mc_event_level(event->id);
    struct mc_buffer line;

    if (!mc_log_enabled(log, level)) {
        return;
    }
    mc_buffer_init(&line, LINE_BYTES_MAX);
    mc_buffer_text(&line, mc_event_text(event->id));
    mc_buffer_byte(&line, ':');
    for (size_t i = 0; i < event->count; i++) {
        put_field(&line, &event->fields[i]);
    }
    struct mc_bytes text = mc_buffer_bytes(&line);
    if (event->count == 0 && text.len) {
        text.len--; /* the colon that nothing follows */
    }
    mc_log_write(log, level, "%.*s", (int)text.len, (const char *)text.data);
    mc_buffer_deinit(&line);
}

const char *mc_event_name(enum mc_event_id id)
{
    return (unsigned)id < MC_EVENT_COUNT ? events[id].name : "unknown";
}

enum mc_level mc_event_level(enum mc_event_id id)
{
    return (unsigned)id < MC_EVENT_COUNT ? events[id].level : MC_LEVEL_ERROR;
}

const char *mc_event_text(enum mc_event_id id)
{
    return (unsigned)id < MC_EVENT_COUNT ? events[id].text : "unknown event";
}

/* The lines of nrpe.cfg (nagios-nrpe 4.1, read_config_file()).
 *
 * NAME=VALUE, blanks around both are dropped; '#' begins a comment line. What only a
 * daemon with a socket needs is known and passed over. Unlike the daemon, which stops
 * at the first line that it cannot use, this reads on. */
#include "host/nrpe/nrpe-private.h"

#include "base/error.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NASTY "|`&><'\\[]{};\r\n"
#define DOUBT_BYTES_MAX 600

/* A line that is being read. */
struct place
{
    struct mc_nrpe__reader *reader;
    const char *file;
    unsigned line;
};

typedef int set_fn(struct place *place, const char *value);

void mc_nrpe__defaults(struct mc_nrpe *nrpe)
{
    nrpe->timeout_s = MC_NRPE_TIMEOUT_S;
    nrpe->nasty = NASTY;
}

void mc_nrpe__doubt(const struct mc_nrpe__reader *reader, const char *format, ...)
{
    char text[DOUBT_BYTES_MAX];
    va_list args;

    if (reader->doubt) {
        va_start(args, format);
        (void)vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        reader->doubt(reader->doubt_user, text);
    }
}

static int doubt(const struct place *place, const char *reason)
{
    mc_nrpe__doubt(place->reader, "%s, line %u: %s", place->file, place->line, reason);
    return 0;
}

/* A whole number of a setting; else there is a doubt. */
static bool number(const struct place *place, const char *value, long min, long max,
                   unsigned *ret_number)
{
    char *end = NULL;

    errno = 0;
    long read = strtol(value, &end, 10);
    if (errno || end == value || *end || read < min || read > max) {
        (void)doubt(place, "this is no number that makes sense here");
        return false;
    }
    *ret_number = (unsigned)read;
    return true;
}

static int copy(const struct place *place, const char *value, const char **ret_text)
{
    const char *text = mc_arena_strdup(place->reader->arena, value);

    if (!text) {
        return -ENOMEM;
    }
    *ret_text = text;
    return 0;
}

static int set_prefix(struct place *place, const char *value)
{
    return copy(place, value, &place->reader->nrpe->prefix);
}

static int set_user(struct place *place, const char *value)
{
    return copy(place, value, &place->reader->user);
}

static int set_group(struct place *place, const char *value)
{
    return copy(place, value, &place->reader->group);
}

static int set_timeout(struct place *place, const char *value)
{
    (void)number(place, value, 1, MC_NRPE_TIMEOUT_MAX_S,
                 &place->reader->nrpe->timeout_s);
    return 0;
}

static int set_together(struct place *place, const char *value)
{
    (void)number(place, value, 0, 1000000, &place->reader->nrpe->together);
    return 0;
}

static int set_arguments(struct place *place, const char *value)
{
    place->reader->nrpe->arguments = strcmp(value, "1") == 0;
    return 0;
}

static int set_substitution(struct place *place, const char *value)
{
    place->reader->nrpe->substitution = strcmp(value, "1") == 0;
    return 0;
}

/* Backslash and a letter, as C has them; an unknown letter stands for nothing. */
static int set_nasty(struct place *place, const char *value)
{
    static const char letters[] = "abfnrtv\\'\"?";
    static const char meant[] = "\a\b\f\n\r\t\v\\'\"?";
    char *text = mc_arena_strdup(place->reader->arena, value);
    size_t to = 0;

    if (!text) {
        return -ENOMEM;
    }
    for (size_t from = 0; text[from]; from++) {
        if (text[from] != '\\') {
            text[to++] = text[from];
            continue;
        }
        const char *known = text[++from] ? strchr(letters, text[from]) : NULL;
        if (known) {
            text[to++] = meant[known - letters];
        }
        if (!text[from]) {
            break;
        }
    }
    text[to] = '\0';
    place->reader->nrpe->nasty = text;
    return 0;
}

static int include_file(struct place *place, const char *value)
{
    return place->reader->include(place->reader, MC_NRPE__FILE, value);
}

static int include_folder(struct place *place, const char *value)
{
    return place->reader->include(place->reader, MC_NRPE__FOLDER, value);
}

static int ignore(struct place *place, const char *value)
{
    (void)place;
    (void)value;
    return 0;
}

static const struct
{
    const char *name;
    set_fn *set;
} settings[] = {
    {"include", include_file},
    {"include_file", include_file},
    {"include_dir", include_folder},
    {"command_prefix", set_prefix},
    {"command_timeout", set_timeout},
    {"max_commands", set_together},
    {"dont_blame_nrpe", set_arguments},
    {"allow_bash_command_substitution", set_substitution},
    {"nasty_metachars", set_nasty},
    {"nrpe_user", set_user},
    {"nrpe_group", set_group},
    {"server_port", ignore},
    {"server_address", ignore},
    {"address_family", ignore},
    {"allowed_hosts", ignore},
    {"debug", ignore},
    {"connection_timeout", ignore},
    {"allow_weak_random_seed", ignore},
    {"pid_file", ignore},
    {"listen_queue_size", ignore},
    {"log_facility", ignore},
    {"log_file", ignore},
    {"disable_syslog", ignore},
    {"keep_env_vars", ignore},
    {"use_ssl", ignore},
    {"ssl_version", ignore},
    {"ssl_use_adh", ignore},
    {"ssl_logging", ignore},
    {"ssl_cipher_list", ignore},
    {"ssl_cert_file", ignore},
    {"ssl_cacert_file", ignore},
    {"ssl_privatekey_file", ignore},
    {"ssl_client_certs", ignore},
};

static int grow(struct mc_nrpe__reader *reader)
{
    size_t room = reader->room ? reader->room * 2 : 32;
    struct mc_nrpe_command *commands =
        mc_arena_array(reader->arena, room, sizeof(*commands));

    if (!commands) {
        return -ENOMEM;
    }
    if (reader->nrpe->commands_count) {
        memcpy(commands, reader->commands,
               reader->nrpe->commands_count * sizeof(*commands));
    }
    reader->commands = commands;
    reader->nrpe->commands = commands;
    reader->room = room;
    return 0;
}

/* command[NAME]=LINE; name is what stands before the '='. */
static int define(struct place *place, struct mc_bytes name, const char *line)
{
    struct mc_nrpe__reader *reader = place->reader;
    struct mc_bytes rest = mc_bytes_slice(name, strlen("command["), name.len);
    size_t end = mc_bytes_find(rest, ']');

    if (end == 0 || end == rest.len) {
        return doubt(place, "a check is defined as command[NAME]=LINE");
    }
    if (reader->nrpe->commands_count == MC_NRPE_COMMANDS_MAX) {
        return doubt(place, "there are too many checks");
    }
    if (reader->nrpe->commands_count == reader->room && grow(reader) != 0) {
        return -ENOMEM;
    }
    struct mc_nrpe_command *command = &reader->commands[reader->nrpe->commands_count];
    command->name = mc_arena_text(reader->arena, mc_bytes_slice(rest, 0, end));
    command->line = mc_arena_strdup(reader->arena, line);
    if (!command->name || !command->line) {
        return -ENOMEM;
    }
    reader->nrpe->commands_count++;
    return 0;
}

static int assign(struct place *place, struct mc_bytes name, const char *value)
{
    if (mc_bytes_starts(name, "command[")) {
        return define(place, name, value);
    }
    for (size_t i = 0; i < MC_COUNT(settings); i++) {
        if (mc_bytes_is(name, settings[i].name)) {
            return settings[i].set(place, value);
        }
    }
    mc_nrpe__doubt(place->reader, "%s, line %u: '%.*s' is no setting of NRPE",
                   place->file, place->line, (int)(name.len < 60 ? name.len : 60),
                   (const char *)name.data);
    return 0;
}

static int read_line(struct place *place, struct mc_bytes line)
{
    char text[MC_NRPE_LINE_BYTES_MAX + 1];
    size_t equals = mc_bytes_find(line, '=');
    struct mc_bytes name = mc_bytes_trim(mc_bytes_slice(line, 0, equals));
    struct mc_bytes value = mc_bytes_trim(mc_bytes_slice(line, equals + 1, line.len));

    if (line.len > MC_NRPE_LINE_BYTES_MAX) {
        return doubt(place, "the line is too long");
    }
    if (mc_bytes_find(line, '\0') != line.len) {
        return doubt(place, "a NUL is in the line");
    }
    if (name.len == 0) {
        return doubt(place, "there is no name before the '='");
    }
    if (value.len == 0) {
        return doubt(place, equals == line.len ? "there is no '=' with a value"
                                               : "there is no value");
    }
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    return assign(place, name, text);
}

int mc_nrpe__parse(struct mc_nrpe__reader *reader, struct mc_bytes text,
                   const char *name)
{
    struct place place = {.reader = reader, .file = name};
    int r = 0;

    while (r == 0 && text.len) {
        size_t end = mc_bytes_find(text, '\n');
        struct mc_bytes line = mc_bytes_trim(mc_bytes_slice(text, 0, end));
        place.line++;
        if (line.len && line.data[0] != '#') {
            r = read_line(&place, line);
        }
        text = mc_bytes_slice(text, end + 1, text.len);
    }
    return r;
}

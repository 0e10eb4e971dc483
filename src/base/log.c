/* The log: three ways to write a line (file, syslog, standard error), chosen by a
 * table.
 *
 * Every line passes make_line(), which is where a peer's bytes lose their power
 * (log-escape.c). A line that could not
 * be written is counted, and the count is told as soon as writing works again. Files
 * are rotated as the original does it: NAME becomes NAME.0, NAME.0 becomes NAME.1, up
 * to keeplogs files with the current one; a lock on the file lets several programs
 * share it. */
#include "base/log.h"

#include "base/log-private.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)8192)
#define HEAD_BYTES_MAX ((size_t)128)
#define LINE_BYTES_MAX (TEXT_BYTES_MAX * 4 + HEAD_BYTES_MAX)
#define PATH_BYTES_MAX ((size_t)4096)
#define FILES_MAX 1000

enum kind
{
    KIND_CONSOLE,
    KIND_FILE,
    KIND_SYSLOG,
};

struct mc_log
{
    enum kind kind;
    enum mc_level level;
    bool color;
    bool broken; /* the last write ended inside a line */
    int fd;
    int64_t size;
    int64_t max_size;
    int64_t keep;
    uint64_t lost;
    int lost_errno;
    char *path;
    char *program;
};

static const struct
{
    const char *name;
    const char *label;
    const char *color;
    int priority;
} levels[] = {
    [MC_LEVEL_DEBUG] = {"debug", "DEBUG", "", LOG_DEBUG},
    [MC_LEVEL_INFO] = {"info", "INFO", "\x1b[32m", LOG_INFO},
    [MC_LEVEL_WARN] = {"warn", "WARN", "\x1b[33m", LOG_WARNING},
    [MC_LEVEL_ERROR] = {"error", "ERROR", "\x1b[31m", LOG_ERR},
    [MC_LEVEL_FATAL] = {"fatal", "FATAL", "\x1b[31m", LOG_CRIT},
};

static const struct
{
    const char *name;
    int number;
} facilities[] = {
    {"user", LOG_USER},     {"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},
    {"kern", LOG_KERN},     {"mail", LOG_MAIL},     {"syslog", LOG_SYSLOG},
    {"lpr", LOG_LPR},       {"news", LOG_NEWS},     {"uucp", LOG_UUCP},
    {"cron", LOG_CRON},     {"ftp", LOG_FTP},       {"authpriv", LOG_AUTHPRIV},
    {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};

/* What stands before the text, as the original's formatters write it. */
static size_t make_head(const struct mc_log *log, enum mc_level level, char *out)
{
    struct timespec now = {0};
    struct tm local = {0};
    char when[64] = "";
    int len = 0;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &local);
    if (log->kind == KIND_FILE) {
        long zone = local.tm_gmtoff / 60;
        char sign = zone < 0 ? '-' : '+';
        zone = zone < 0 ? -zone : zone;
        (void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &local);
        len =
            snprintf(out, HEAD_BYTES_MAX, "%c, [%s.%06ld%c%02ld:%02ld  #%ld] %5s -- : ",
                     levels[level].label[0], when, now.tv_nsec / 1000, sign, zone / 60,
                     zone % 60, (long)getpid(), levels[level].label);
    } else if (log->kind == KIND_CONSOLE) {
        bool color = log->color && levels[level].color[0];
        (void)strftime(when, sizeof(when), "%Y/%m/%d %H:%M:%S", &local);
        len = snprintf(out, HEAD_BYTES_MAX,
                       "%s%s%s %s: ", color ? levels[level].color : "",
                       levels[level].name, color ? "\x1b[0m" : "", when);
    }
    return len < 0 ? 0 : (size_t)len;
}

static size_t make_line(const struct mc_log *log, enum mc_level level,
                        struct mc_bytes text, char *out)
{
    size_t used = make_head(log, level, out);

    used += mc_log__escape(text, out + used);
    out[used++] = '\n';
    return used;
}

/* Write all of it; a disk that is full may take a part. */
static bool put_bytes(struct mc_log *log, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t count = write(log->fd, data + done, len - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            log->lost_errno = count < 0 ? errno : EIO;
            log->broken |= done > 0;
            return false;
        }
        done += (size_t)count;
        log->size += count;
    }
    return true;
}

static bool put_line(struct mc_log *log, enum mc_level level, struct mc_bytes text)
{
    char line[LINE_BYTES_MAX];
    size_t len = make_line(log, level, text, line);

    if (log->kind == KIND_SYSLOG) {
        syslog(levels[level].priority, "%.*s", (int)len - 1, line);
        return true;
    }
    if (log->broken && !put_bytes(log, "\n", 1)) {
        return false;
    }
    log->broken = false;
    return put_bytes(log, line, len);
}

static void put_counted(struct mc_log *log, enum mc_level level, struct mc_bytes text)
{
    if (log->lost) {
        char note[160];
        int len = snprintf(note, sizeof(note), "%llu log lines were lost: %s",
                           (unsigned long long)log->lost, strerror(log->lost_errno));
        if (!put_line(log, MC_LEVEL_ERROR, mc_bytes_make(note, (size_t)len))) {
            log->lost++;
            return;
        }
        log->lost = 0;
    }
    if (!put_line(log, level, text)) {
        log->lost++;
    }
}

static int file_open(const char *path, int *ret_fd, int64_t *ret_size)
{
    struct stat about;
    int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &about) != 0) {
        int result = -errno;
        (void)close(fd);
        return result;
    }
    *ret_fd = fd;
    *ret_size = about.st_size;
    if (S_ISREG(about.st_mode) && about.st_size == 0) {
        char head[HEAD_BYTES_MAX];
        time_t now = time(NULL);
        struct tm local = {0};
        (void)localtime_r(&now, &local);
        size_t len = strftime(head, sizeof(head),
                              "# Logfile created on %Y-%m-%d %H:%M:%S %z by "
                              "marionette/" MC_VERSION "\n",
                              &local);
        ssize_t done = write(fd, head, len);
        *ret_size = done > 0 ? done : 0;
    }
    return 0;
}

int mc_log_reopen(struct mc_log *log)
{
    int fd = -1;
    int64_t size = 0;

    if (log->kind != KIND_FILE) {
        return 0;
    }
    int result = file_open(log->path, &fd, &size);
    if (result < 0) {
        return result;
    }
    (void)close(log->fd);
    log->fd = fd;
    log->size = size;
    log->broken = false;
    return 0;
}

static void shift_files(const struct mc_log *log)
{
    char from[PATH_BYTES_MAX];
    char to[PATH_BYTES_MAX];

    for (int64_t i = log->keep - 3; i >= 0; i--) {
        (void)snprintf(from, sizeof(from), "%s.%lld", log->path, (long long)i);
        (void)snprintf(to, sizeof(to), "%s.%lld", log->path, (long long)i + 1);
        (void)rename(from, to);
    }
    (void)snprintf(to, sizeof(to), "%s.0", log->path);
    (void)rename(log->path, to);
}

/* Another program may have rotated the file meanwhile: then only reopen it. */
static void rotate(struct mc_log *log)
{
    struct stat ours;
    struct stat now;

    if (flock(log->fd, LOCK_EX | LOCK_NB) != 0) {
        return; /* somebody is at it; the next line will find the new file */
    }
    bool known = fstat(log->fd, &ours) == 0 && S_ISREG(ours.st_mode);
    bool same = stat(log->path, &now) == 0 && known && now.st_ino == ours.st_ino &&
                now.st_dev == ours.st_dev;
    if (same && now.st_size > log->max_size) {
        shift_files(log);
    }
    (void)flock(log->fd, LOCK_UN);
    if (!known || mc_log_reopen(log) < 0) {
        log->size = 0; /* a device, or no luck: try again after as many bytes */
    }
}

void mc_log_write(struct mc_log *log, enum mc_level level, const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    va_list args;

    if (!mc_log_enabled(log, level)) {
        return;
    }
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    struct mc_bytes bytes = mc_bytes_make(text, (size_t)len);
    if (bytes.len >= sizeof(text)) {
        bytes.len = sizeof(text) - 1;
        bytes = mc_log__whole(bytes);
    }
    if (log->kind == KIND_FILE && log->keep > 0 && log->size > log->max_size) {
        rotate(log);
    }
    put_counted(log, level, bytes);
}

bool mc_log_enabled(const struct mc_log *log, enum mc_level level)
{
    return log && level >= log->level && (unsigned)level < MC_COUNT(levels);
}

enum mc_level mc_log_cycle(struct mc_log *log)
{
    log->level =
        log->level == MC_LEVEL_FATAL ? MC_LEVEL_DEBUG : (enum mc_level)(log->level + 1);
    mc_log_write(log, log->level, "Logging level is now %s", levels[log->level].label);
    return log->level;
}

static struct mc_log *log_new(enum kind kind, enum mc_level level, const char *program)
{
    struct mc_log *log = mc_memory_new(sizeof(*log));

    if (!log) {
        return NULL;
    }
    log->kind = kind;
    log->level = level;
    log->fd = -1;
    log->program = mc_memory_strdup(program ? program : "marionette");
    return log->program ? log : mc_log_free(log);
}

struct mc_log *mc_log_console(enum mc_level level, const char *program)
{
    struct mc_log *log = log_new(KIND_CONSOLE, level, program);

    if (log) {
        log->fd = STDERR_FILENO;
        log->color = isatty(STDERR_FILENO) == 1;
    }
    return log;
}

struct mc_log *mc_log_free(struct mc_log *log)
{
    if (!log) {
        return NULL;
    }
    if (log->kind == KIND_FILE && log->fd >= 0) {
        (void)close(log->fd);
    }
    if (log->kind == KIND_SYSLOG) {
        closelog();
    }
    mc_memory_free(log->path);
    mc_memory_free(log->program);
    return mc_memory_free(log);
}

static int level_of(const struct mc_config *config, enum mc_level *ret_level,
                    struct mc_error *error)
{
    const char *wanted = mc_config_text(config, "loglevel");

    for (size_t i = 0; i < MC_COUNT(levels); i++) {
        if (strcmp(levels[i].name, wanted) == 0) {
            *ret_level = (enum mc_level)i;
            return 0;
        }
    }
    mc_error_set(error, "%s: loglevel '%s': must be debug, info, warn, error or fatal",
                 mc_config_path(config), wanted);
    return -EINVAL;
}

static int open_file(struct mc_log *log, const struct mc_config *config,
                     struct mc_error *error)
{
    int64_t keep = mc_config_int(config, "keeplogs");

    log->path = mc_memory_strdup(mc_config_text(config, "logfile"));
    log->max_size = mc_config_int(config, "max_log_size");
    log->keep = keep > FILES_MAX ? FILES_MAX : keep;
    if (!log->path) {
        return -ENOMEM;
    }
    int result = strlen(log->path) + 16 > PATH_BYTES_MAX
                     ? -ENAMETOOLONG
                     : file_open(log->path, &log->fd, &log->size);
    if (result < 0) {
        mc_error_set(error, "logfile %s: %s", log->path, strerror(-result));
    }
    return result;
}

bool mc_log__facility(const char *name, int *ret_number)
{
    *ret_number = LOG_USER;
    for (size_t i = 0; i < MC_COUNT(facilities); i++) {
        if (strcmp(facilities[i].name, name) == 0) {
            *ret_number = facilities[i].number;
            return true;
        }
    }
    return false;
}

static void open_syslog(struct mc_log *log, const char *facility)
{
    int number = 0;
    bool known = mc_log__facility(facility, &number);

    openlog(log->program, LOG_PID | LOG_CONS, number);
    if (!known) {
        mc_log_write(log, MC_LEVEL_WARN, "no syslog facility '%s', using user",
                     facility);
    }
}

static void open_console(struct mc_log *log, const struct mc_config *config)
{
    log->fd = STDERR_FILENO;
    log->color = mc_config_has(config, "color") ? mc_config_bool(config, "color")
                                                : isatty(STDERR_FILENO) == 1;
}

static int kind_of(const struct mc_config *config, enum kind *ret_kind,
                   struct mc_error *error)
{
    static const char *const names[] = {
        [KIND_CONSOLE] = "console", [KIND_FILE] = "file", [KIND_SYSLOG] = "syslog"};
    const char *wanted = mc_config_text(config, "logger_type");

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (strcmp(names[i], wanted) == 0) {
            *ret_kind = (enum kind)i;
            return 0;
        }
    }
    mc_error_set(error, "%s: logger_type '%s': must be file, syslog or console",
                 mc_config_path(config), wanted);
    return -EINVAL;
}

int mc_log_open(const struct mc_config *config, const char *program,
                struct mc_log **ret_log, struct mc_error *error)
{
    enum kind kind = KIND_CONSOLE;
    enum mc_level level = MC_LEVEL_INFO;
    int result = kind_of(config, &kind, error);

    result = result < 0 ? result : level_of(config, &level, error);
    if (result < 0) {
        return result;
    }
    if (kind == KIND_FILE && !mc_config_text(config, "logfile")) {
        /* The original would write nowhere. A client that was told nothing about its
         * log is to show what went wrong, not what goes well. */
        kind = KIND_CONSOLE;
        if (mc_config_role(config) == MC_ROLE_CLIENT &&
            !mc_config_has(config, "loglevel")) {
            level = MC_LEVEL_WARN;
        }
    }
    struct mc_log *log = log_new(kind, level, program);
    if (!log) {
        return -ENOMEM;
    }
    if (kind == KIND_FILE) {
        result = open_file(log, config, error);
    } else if (kind == KIND_SYSLOG) {
        open_syslog(log, mc_config_text(config, "logfacility"));
    } else {
        open_console(log, config);
    }
    if (result < 0) {
        mc_log_free(log);
        return result;
    }
    *ret_log = log;
    return 0;
}

/* A stand-in for systemd on a private bus, for tests on machines where none can run:
 * units of our own making behind the interface of org.freedesktop.systemd1(5).
 *
 *   fake-systemd ADDRESS
 *
 * Prints "ready" when it can be asked, then a line for each change it was asked for.
 * Which unit does what is in the table below. Ends with its bus. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define UNITS PATH "/unit"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum temper
{
    WELL,
    FAILS,   /* its jobs end with "failed" */
    DIES,    /* starts, and has failed when one looks again */
    HANGS,   /* its jobs do not end */
    MUTE,    /* questions about it are not answered */
    MASKED,  /* may not be started */
    EARLY,   /* its jobs end before they are named */
    ODD,     /* answers of another form */
    UNKNOWN, /* not known to it */
};

struct unit
{
    const char *name;
    enum temper temper;
    const char *load;
    const char *active;
    const char *sub;
    const char *enabled;
    const char *description;
    uint32_t pid;
};

struct world
{
    sd_bus *bus;
    struct unit units[10];
    uint32_t jobs;
};

static const struct unit units[] = {
    {"web.service", WELL, "loaded", "inactive", "dead", "disabled", "A web server", 0},
    {"db.service", WELL, "loaded", "active", "running", "enabled", "A database", 4711},
    {"fails.service", FAILS, "loaded", "inactive", "dead", "disabled", "", 0},
    {"dies.service", DIES, "loaded", "inactive", "dead", "disabled", "", 0},
    {"hangs.service", HANGS, "loaded", "inactive", "dead", "disabled", "", 0},
    {"mute.service", MUTE, "loaded", "inactive", "dead", "disabled", "", 0},
    {"masked.service", MASKED, "masked", "inactive", "dead", "masked", "", 0},
    {"early@1.service", EARLY, "loaded", "inactive", "dead", "static", "", 0},
    {"odd.service", ODD, "loaded", "inactive", "dead", "disabled", "", 0},
    {"", UNKNOWN, "not-found", "inactive", "dead", "", "", 0},
};

static struct unit *find(struct world *world, const char *name)
{
    size_t i = 0;

    while (world->units[i].name[0] && strcmp(world->units[i].name, name) != 0) {
        i++;
    }
    return &world->units[i];
}

static int load_unit(sd_bus_message *message, void *user, sd_bus_error *error)
{
    const char *name = NULL;
    char *path = NULL;

    (void)error;
    if (sd_bus_message_read(message, "s", &name) < 0) {
        return -1;
    }
    switch (find(user, name)->temper) {
    case MUTE:
        return 1;
    case WELL:
    case FAILS:
    case DIES:
    case HANGS:
    case MASKED:
    case EARLY:
    case ODD:
    case UNKNOWN:
        break;
    }
    if (sd_bus_path_encode(UNITS, name, &path) < 0) {
        return -1;
    }
    int r = sd_bus_reply_method_return(message, "o", path);

    free(path);
    return r;
}

/* Before the table of methods, which would see to the form of the answer. */
static int odd_answer(sd_bus_message *message, void *user, sd_bus_error *error)
{
    const char *name = NULL;

    (void)error;
    if (!sd_bus_message_is_method_call(message, NAME ".Manager", "LoadUnit") ||
        sd_bus_message_read(message, "s", &name) < 0) {
        return 0;
    }
    if (find(user, name)->temper == ODD) {
        return sd_bus_reply_method_return(message, "u", 7);
    }
    return sd_bus_message_rewind(message, true) < 0 ? -1 : 0;
}

static int removed(struct world *world, const char *unit, const char *verdict)
{
    char path[64];

    (void)snprintf(path, sizeof(path), PATH "/job/%u", world->jobs);
    return sd_bus_emit_signal(world->bus, PATH, NAME ".Manager", "JobRemoved", "uoss",
                              world->jobs, path, unit, verdict);
}

static int change(sd_bus_message *message, struct world *world, bool runs,
                  sd_bus_error *error)
{
    const char *name = NULL;
    const char *mode = NULL;
    char path[64];

    if (sd_bus_message_read(message, "ss", &name, &mode) < 0) {
        return -1;
    }
    struct unit *unit = find(world, name);
    (void)printf("%s %s %s\n", sd_bus_message_get_member(message), name, mode);
    (void)fflush(stdout);
    if (unit->temper == UNKNOWN) {
        return sd_bus_error_setf(error, NAME ".NoSuchUnit", "Unit %s not found.", name);
    }
    if (unit->temper == MASKED) {
        return sd_bus_error_setf(error, NAME ".UnitMasked", "Unit %s is masked.", name);
    }
    (void)snprintf(path, sizeof(path), PATH "/job/%u", ++world->jobs);
    if (unit->temper == EARLY) {
        (void)removed(world, name, "done");
    }
    if (unit->temper == WELL || unit->temper == EARLY) {
        unit->active = runs ? "active" : "inactive";
        unit->sub = runs ? "running" : "dead";
        unit->pid = runs ? 4712 : 0;
    }
    if (unit->temper == DIES) {
        unit->active = runs ? "failed" : "inactive";
        unit->sub = runs ? "failed" : "dead";
    }
    int r = sd_bus_reply_method_return(message, "o", path);
    if (r >= 0 && unit->temper != HANGS && unit->temper != EARLY) {
        r = removed(world, name, unit->temper == FAILS ? "failed" : "done");
    }
    return r < 0 ? r : 1;
}

static int start_unit(sd_bus_message *message, void *user, sd_bus_error *error)
{
    return change(message, user, true, error);
}

static int stop_unit(sd_bus_message *message, void *user, sd_bus_error *error)
{
    return change(message, user, false, error);
}

static int change_file(sd_bus_message *message, struct world *world, bool enable)
{
    const char *name = NULL;
    int for_now = 0;
    int force = 0;
    int r = sd_bus_message_enter_container(message, 'a', "s");

    r = r < 0 ? r : sd_bus_message_read(message, "s", &name);
    r = r < 0 ? r : sd_bus_message_exit_container(message);
    r = r < 0 ? r : sd_bus_message_read(message, "b", &for_now);
    r = r < 0 || !enable ? r : sd_bus_message_read(message, "b", &force);
    if (r < 0) {
        return r;
    }
    struct unit *unit = find(world, name);
    bool installable = strcmp(unit->enabled, "static") != 0;
    (void)printf("%s %s\n", enable ? "enable" : "disable", name);
    (void)fflush(stdout);
    if (unit->temper == UNKNOWN) {
        return sd_bus_reply_method_errorf(message,
                                          "org.freedesktop.DBus.Error.FileNotFound",
                                          "Unit file %s does not exist.", name);
    }
    if (installable) {
        unit->enabled = enable ? "enabled" : "disabled";
    }
    return enable ? sd_bus_reply_method_return(message, "ba(sss)", installable, 0)
                  : sd_bus_reply_method_return(message, "a(sss)", 0);
}

static int enable_files(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)error;
    return change_file(message, user, true);
}

static int disable_files(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)error;
    return change_file(message, user, false);
}

static int nothing(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)user;
    (void)error;
    return sd_bus_reply_method_return(message, "");
}

/* The unit that a path names. */
static int unit_at(sd_bus *bus, const char *path, const char *interface, void *user,
                   void **ret_found, sd_bus_error *error)
{
    char *name = NULL;

    (void)bus;
    (void)interface;
    (void)error;
    if (sd_bus_path_decode(path, UNITS, &name) <= 0) {
        return 0;
    }
    *ret_found = find(user, name);
    free(name);
    return 1;
}

static int text(sd_bus *bus, const char *path, const char *interface,
                const char *property, sd_bus_message *reply, void *user,
                sd_bus_error *error)
{
    const struct unit *unit = user;
    const struct
    {
        const char *name;
        const char *value;
    } rows[] = {
        {"LoadState", unit->load},
        {"ActiveState", unit->active},
        {"SubState", unit->sub},
        {"UnitFileState", unit->enabled},
        {"Description", unit->description},
    };

    (void)bus;
    (void)path;
    (void)interface;
    (void)error;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(rows[i].name, property) == 0) {
            return sd_bus_message_append(reply, "s", rows[i].value);
        }
    }
    return sd_bus_message_append(reply, "s", "");
}

static int pid(sd_bus *bus, const char *path, const char *interface,
               const char *property, sd_bus_message *reply, void *user,
               sd_bus_error *error)
{
    (void)bus;
    (void)path;
    (void)interface;
    (void)property;
    (void)error;
    return sd_bus_message_append(reply, "u", ((const struct unit *)user)->pid);
}

static int number(sd_bus *bus, const char *path, const char *interface,
                  const char *property, sd_bus_message *reply, void *user,
                  sd_bus_error *error)
{
    (void)bus;
    (void)path;
    (void)interface;
    (void)property;
    (void)user;
    (void)error;
    return sd_bus_message_append(reply, "t", (uint64_t)1);
}

static const sd_bus_vtable manager_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("LoadUnit", "s", "o", load_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StartUnit", "ss", "o", start_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("RestartUnit", "ss", "o", start_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StopUnit", "ss", "o", stop_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("EnableUnitFiles", "asbb", "ba(sss)", enable_files,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("DisableUnitFiles", "asb", "a(sss)", disable_files,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Reload", "", "", nothing, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Subscribe", "", "", nothing, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
    SD_BUS_VTABLE_END,
};

/* With a property of another type, as the real one has many. */
static const sd_bus_vtable unit_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Description", "s", text, 0, 0),
    SD_BUS_PROPERTY("InactiveExitTimestamp", "t", number, 0, 0),
    SD_BUS_PROPERTY("LoadState", "s", text, 0, 0),
    SD_BUS_PROPERTY("ActiveState", "s", text, 0, 0),
    SD_BUS_PROPERTY("SubState", "s", text, 0, 0),
    SD_BUS_PROPERTY("UnitFileState", "s", text, 0, 0),
    SD_BUS_VTABLE_END,
};

static const sd_bus_vtable service_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("MainPID", "u", pid, 0, 0),
    SD_BUS_VTABLE_END,
};

static int serve(struct world *world)
{
    int r = 0;

    while (r >= 0) {
        r = sd_bus_process(world->bus, NULL);
        if (r == 0) {
            r = sd_bus_wait(world->bus, UINT64_MAX);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct world world = {.jobs = 0};
    int r = argc == 2 ? sd_bus_new(&world.bus) : -1;

    memcpy(world.units, units, sizeof(units));
    r = r < 0 ? r : sd_bus_set_address(world.bus, argv[1]);
    r = r < 0 ? r : sd_bus_set_bus_client(world.bus, true);
    r = r < 0 ? r : sd_bus_start(world.bus);
    r = r < 0 ? r : sd_bus_add_filter(world.bus, NULL, odd_answer, &world);
    r = r < 0 ? r
              : sd_bus_add_object_vtable(world.bus, NULL, PATH, NAME ".Manager",
                                         manager_table, &world);
    r = r < 0 ? r
              : sd_bus_add_fallback_vtable(world.bus, NULL, UNITS, NAME ".Unit",
                                           unit_table, unit_at, &world);
    r = r < 0 ? r
              : sd_bus_add_fallback_vtable(world.bus, NULL, UNITS, NAME ".Service",
                                           service_table, unit_at, &world);
    r = r < 0 ? r : sd_bus_request_name(world.bus, NAME, 0);
    if (r < 0) {
        (void)fprintf(stderr, "fake-systemd: %s\n", strerror(-r));
        return 1;
    }
    (void)printf("ready\n");
    (void)fflush(stdout);
    r = serve(&world);
    sd_bus_unref(world.bus);
    return r;
}

/* Facts of this machine without any helper program: a table of small probes.
 *
 * Names are those that Facter users filter on, flat (operatingsystem, memorysize_mb …),
 * and the structured ones of newer Facter (os, networking …), because a fact filter looks
 * at the top level only (spec collective.md 3.7). Every leaf is a String. A probe that
 * finds nothing adds nothing. Only /proc, /sys and /etc are read. */
#include "filter/filter.h"

#include "base/clock.h"
#include "filter/facts/native-private.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1024

void mc_facts__keep(struct mc_facts__probe *probe, int r)
{
    probe->r = probe->r ? probe->r : r;
}

void mc_facts__add(struct mc_facts__probe *probe, struct mc_value *hash,
                   const char *name, const char *text)
{
    if (text && *text) {
        mc_facts__keep(probe, mc_value_set_text(probe->arena, hash, name,
                                                mc_value_text(probe->arena, text)));
    }
}

static void add(struct mc_facts__probe *probe, const char *name, const char *text)
{
    mc_facts__add(probe, probe->facts, name, text);
}

static void add_number(struct mc_facts__probe *probe, const char *name,
                       unsigned long long number)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%llu", number);
    add(probe, name, text);
}

struct mc_value *mc_facts__add_hash(struct mc_facts__probe *probe,
                                    struct mc_value *parent, const char *name)
{
    struct mc_value *hash = mc_value_hash(probe->arena);

    mc_facts__keep(probe, mc_value_set_text(probe->arena, parent, name, hash));
    return hash;
}

/* The first line of a small file, without its line end; false when there is none. */
static bool first_line(const char *path, char line[LINE_BYTES])
{
    FILE *file = fopen(path, "re");
    bool got = file && fgets(line, LINE_BYTES, file);

    if (file) {
        (void)fclose(file);
    }
    if (got) {
        line[strcspn(line, "\r\n")] = 0;
    }
    return got;
}

/* Hand every line of a file to fn, at most 100 000 of them. */
static void each_line(const char *path, void (*fn)(void *user, char *line), void *user)
{
    char line[LINE_BYTES];
    FILE *file = fopen(path, "re");

    for (int i = 0; file && i < 100000 && fgets(line, sizeof(line), file); i++) {
        line[strcspn(line, "\r\n")] = 0;
        fn(user, line);
    }
    if (file) {
        (void)fclose(file);
    }
}

struct release
{
    char id[64];
    char like[128];
    char version[64];
    char pretty[128];
};

static void release_line(void *user, char *line)
{
    struct release *release = user;
    const struct
    {
        const char *key;
        char *place;
        size_t size;
    } keys[] = {
        {"ID=", release->id, sizeof(release->id)},
        {"ID_LIKE=", release->like, sizeof(release->like)},
        {"VERSION_ID=", release->version, sizeof(release->version)},
        {"PRETTY_NAME=", release->pretty, sizeof(release->pretty)},
    };

    for (size_t i = 0; i < MC_COUNT(keys); i++) {
        size_t len = strlen(keys[i].key);
        if (strncmp(line, keys[i].key, len) != 0) {
            continue;
        }
        char *value = line + len;
        size_t value_len = strlen(value);
        if (value_len >= 2 && *value == '"' && value[value_len - 1] == '"') {
            value[value_len - 1] = 0;
            value++;
        }
        (void)snprintf(keys[i].place, keys[i].size, "%s", value);
    }
}

/* How Facter spells distributions and their families. */
static const struct
{
    const char *id;
    const char *name;
    const char *family;
} systems[] = {
    {"debian", "Debian", "Debian"},   {"ubuntu", "Ubuntu", "Debian"},
    {"rhel", "RedHat", "RedHat"},     {"centos", "CentOS", "RedHat"},
    {"rocky", "Rocky", "RedHat"},     {"almalinux", "AlmaLinux", "RedHat"},
    {"fedora", "Fedora", "RedHat"},   {"amzn", "Amazon", "RedHat"},
    {"alpine", "Alpine", "Linux"},    {"arch", "Archlinux", "Archlinux"},
    {"sles", "SLES", "Suse"},         {"opensuse-leap", "OpenSuSE", "Suse"},
    {"raspbian", "Debian", "Debian"},
};

static void probe_system(struct mc_facts__probe *probe)
{
    struct release release = {0};
    struct utsname names;
    const char *name = NULL;
    const char *family = NULL;
    char major[64];

    if (uname(&names) != 0) {
        return;
    }
    each_line("/etc/os-release", release_line, &release);
    name = release.id[0] ? release.id : names.sysname;
    family = names.sysname;
    for (size_t i = 0; i < MC_COUNT(systems); i++) {
        if (strcmp(systems[i].id, release.id) == 0) {
            name = systems[i].name;
            family = systems[i].family;
        }
    }
    (void)snprintf(major, sizeof(major), "%.*s", (int)strcspn(release.version, "."),
                   release.version);
    add(probe, "kernel", names.sysname);
    add(probe, "kernelrelease", names.release);
    add(probe, "kernelversion", names.version);
    add(probe, "architecture",
        strcmp(names.machine, "x86_64") == 0 && strcmp(family, "Debian") == 0
            ? "amd64"
            : names.machine);
    add(probe, "hardwaremodel", names.machine);
    add(probe, "operatingsystem", name);
    add(probe, "osfamily", family);
    add(probe, "operatingsystemrelease", release.version);
    add(probe, "operatingsystemmajrelease", major);
    add(probe, "lsbdistdescription", release.pretty);
    struct mc_value *os = mc_facts__add_hash(probe, probe->facts, "os");
    mc_facts__add(probe, os, "name", name);
    mc_facts__add(probe, os, "family", family);
    mc_facts__add(probe, os, "architecture", names.machine);
    struct mc_value *version = mc_facts__add_hash(probe, os, "release");
    mc_facts__add(probe, version, "full", release.version);
    mc_facts__add(probe, version, "major", major);
}

struct processors
{
    struct mc_facts__probe *probe;
    size_t count;
    char model[LINE_BYTES];
    bool hypervisor;
};

static void cpu_line(void *user, char *line)
{
    struct processors *cpus = user;
    const char *value = strchr(line, ':');
    char name[40];

    value = value ? value + 1 + (value[1] == ' ') : NULL;
    if (value && strncmp(line, "model name", 10) == 0) {
        (void)snprintf(cpus->model, sizeof(cpus->model), "%s", value);
        (void)snprintf(name, sizeof(name), "processor%zu", cpus->count);
        if (cpus->count < 64) {
            add(cpus->probe, name, value);
        }
        cpus->count++;
    }
    if (value && strncmp(line, "flags", 5) == 0 && strstr(value, " hypervisor")) {
        cpus->hypervisor = true;
    }
}

/* What the machine runs in, in Facter's words. */
static const char *virtual_kind(bool hypervisor)
{
    static const struct
    {
        const char *needle;
        const char *kind;
    } products[] = {
        {"KVM", "kvm"},         {"QEMU", "kvm"},       {"VirtualBox", "virtualbox"},
        {"VMware", "vmware"},   {"Xen", "xenhvm"},     {"Virtual Machine", "hyperv"},
        {"Google", "gce"},      {"Amazon EC2", "kvm"}, {"OpenStack", "openstack"},
        {"HVM domU", "xenhvm"},
    };
    char line[LINE_BYTES];

    if (access("/.dockerenv", F_OK) == 0) {
        return "docker";
    }
    if (first_line("/run/systemd/container", line)) {
        return "container";
    }
    if (first_line("/sys/class/dmi/id/product_name", line)) {
        for (size_t i = 0; i < MC_COUNT(products); i++) {
            if (strstr(line, products[i].needle)) {
                return products[i].kind;
            }
        }
    }
    return hypervisor ? "hypervisor" : "physical";
}

static void probe_processors(struct mc_facts__probe *probe)
{
    struct processors cpus = {.probe = probe};
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    const char *kind = NULL;

    each_line("/proc/cpuinfo", cpu_line, &cpus);
    kind = virtual_kind(cpus.hypervisor);
    add_number(probe, "processorcount", online > 0 ? (unsigned long long)online : 1);
    add(probe, "virtual", kind);
    add(probe, "is_virtual", strcmp(kind, "physical") == 0 ? "false" : "true");
    struct mc_value *hash = mc_facts__add_hash(probe, probe->facts, "processors");
    mc_facts__add(probe, hash, "count",
                  mc_value_cstr(mc_value_get_text(probe->facts, "processorcount")));
    mc_facts__add(probe, hash, "model", cpus.model);
}

/* Facter's size text: the largest unit that is not above the value, two decimals. */
static void add_size(struct mc_facts__probe *probe, const char *name, double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    char text[48];
    size_t unit = 0;

    while (bytes >= 1024 && unit + 1 < MC_COUNT(units)) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(text, sizeof(text), "%.2f %s", bytes, units[unit]);
    add(probe, name, text);
}

static void probe_memory(struct mc_facts__probe *probe)
{
    struct sysinfo info;
    char text[32];

    if (sysinfo(&info) != 0) {
        return;
    }
    double unit = (double)info.mem_unit;
    add_size(probe, "memorysize", (double)info.totalram * unit);
    (void)snprintf(text, sizeof(text), "%.2f",
                   (double)info.totalram * unit / (1024.0 * 1024.0));
    add(probe, "memorysize_mb", text);
    add_size(probe, "memoryfree", (double)info.freeram * unit);
    add_size(probe, "swapsize", (double)info.totalswap * unit);
    struct mc_value *memory = mc_facts__add_hash(probe, probe->facts, "memory");
    mc_facts__add(probe, memory, "size",
                  mc_value_cstr(mc_value_get_text(probe->facts, "memorysize")));
}

static void probe_uptime(struct mc_facts__probe *probe)
{
    struct sysinfo info;
    char text[64];

    if (sysinfo(&info) != 0 || info.uptime < 0) {
        return;
    }
    unsigned long long seconds = (unsigned long long)info.uptime;
    unsigned long long days = seconds / 86400;
    add_number(probe, "uptime_seconds", seconds);
    add_number(probe, "uptime_hours", seconds / 3600);
    add_number(probe, "uptime_days", days);
    if (days) {
        (void)snprintf(text, sizeof(text), "%llu day%s", days, days == 1 ? "" : "s");
    } else {
        (void)snprintf(text, sizeof(text), "%llu:%02llu hours", seconds / 3600,
                       seconds / 60 % 60);
    }
    add(probe, "uptime", text);
}

/* The full name of a host as /etc/hosts has it, or its domain from resolv.conf; the
 * resolver itself is not asked, because it can block for seconds. */
struct full_name
{
    const char *host;
    char whole[256];
    char domain[256];
};

/* The next word of a line, ended by a NUL; NULL at the end. */
static char *next_word(char **line)
{
    char *word = *line + strspn(*line, " \t");
    size_t len = strcspn(word, " \t");

    if (len == 0) {
        return NULL;
    }
    *line = word + len + (word[len] != 0);
    word[len] = 0;
    return word;
}

static void hosts_line(void *user, char *line)
{
    struct full_name *name = user;
    char *word = NULL;
    char *canonical = NULL;
    bool ours = false;

    line[strcspn(line, "#")] = 0;
    for (size_t at = 0; (word = next_word(&line)); at++) {
        canonical = at == 1 ? word : canonical;
        ours = ours || (at > 0 && strcmp(word, name->host) == 0);
    }
    if (ours && canonical && strchr(canonical, '.') && !name->whole[0]) {
        (void)snprintf(name->whole, sizeof(name->whole), "%s", canonical);
    }
}

static void resolv_line(void *user, char *line)
{
    struct full_name *name = user;
    char *word = next_word(&line);
    bool names_domain =
        word && (strcmp(word, "domain") == 0 || strcmp(word, "search") == 0);

    word = names_domain ? next_word(&line) : NULL;
    if (word && !name->domain[0]) {
        (void)snprintf(name->domain, sizeof(name->domain), "%s", word);
    }
}

static void probe_names(struct mc_facts__probe *probe)
{
    char host[256] = "";
    char joined[520];
    struct full_name name = {.host = host};
    time_t now = (time_t)mc_clock_now_s();
    struct tm local;

    if (gethostname(host, sizeof(host) - 1) != 0) {
        return;
    }
    const char *whole = host;
    if (!strchr(host, '.')) {
        each_line("/etc/hosts", hosts_line, &name);
        each_line("/etc/resolv.conf", resolv_line, &name);
        if (name.whole[0]) {
            whole = name.whole;
        } else if (name.domain[0] && strcmp(name.domain, ".") != 0) {
            (void)snprintf(joined, sizeof(joined), "%s.%s", host, name.domain);
            whole = joined;
        }
    }
    const char *dot = strchr(whole, '.');
    add(probe, "fqdn", whole);
    add(probe, "domain", dot ? dot + 1 : NULL);
    host[strcspn(host, ".")] = 0;
    add(probe, "hostname", host);
    if (localtime_r(&now, &local)) {
        add(probe, "timezone", local.tm_zone);
    }
}

int mc_facts_native(struct mc_arena *arena, const struct mc_value **ret_facts)
{
    static void (*const probes[])(struct mc_facts__probe *) = {
        probe_system, probe_processors, probe_memory,
        probe_uptime, probe_names,      mc_facts__network,
    };
    struct mc_facts__probe probe = {.arena = arena, .facts = mc_value_hash(arena)};

    for (size_t i = 0; i < MC_COUNT(probes); i++) {
        probes[i](&probe);
    }
    if (probe.r != 0 || !probe.facts) {
        return -ENOMEM;
    }
    *ret_facts = probe.facts;
    return 0;
}

/* What the kernel knows of the interfaces of this machine: flat facts by interface
 * (ipaddress_eth0), those of the first one that is not the loopback (ipaddress), and
 * the structured ones (networking.interfaces). */
#include "filter/facts/native-private.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define INTERFACES_MAX 256
#define NAMES_BYTES 1024

static void address_text(const struct sockaddr *address, char *text, size_t size)
{
    const void *raw = NULL;

    *text = 0;
    if (address->sa_family == AF_INET) {
        raw = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (address->sa_family == AF_INET6) {
        raw = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    } else if (address->sa_family == AF_PACKET) {
        const struct sockaddr_ll *link =
            (const struct sockaddr_ll *)(const void *)address;
        const unsigned char *mac = link->sll_addr;
        if (link->sll_halen == 6) {
            (void)snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                           mac[2], mac[3], mac[4], mac[5]);
        }
    }
    if (raw) {
        (void)inet_ntop(address->sa_family, raw, text, (socklen_t)size);
    }
}

/* One address of one interface: name_IF, and name itself for the first that is up and
 * not the loopback. */
static void add_address(struct mc_facts__probe *probe, const struct ifaddrs *item,
                        struct mc_value *interfaces)
{
    static const struct
    {
        int family;
        const char *fact;
        const char *key;
    } kinds[] = {
        {AF_INET, "ipaddress", "ip"},
        {AF_INET6, "ipaddress6", "ip6"},
        {AF_PACKET, "macaddress", "mac"},
    };
    char text[INET6_ADDRSTRLEN];
    char name[IFNAMSIZ + 16];
    bool loopback = (item->ifa_flags & IFF_LOOPBACK) != 0;

    address_text(item->ifa_addr, text, sizeof(text));
    for (size_t i = 0; *text && i < MC_COUNT(kinds); i++) {
        if (item->ifa_addr->sa_family != kinds[i].family) {
            continue;
        }
        (void)snprintf(name, sizeof(name), "%s_%s", kinds[i].fact, item->ifa_name);
        if (!mc_value_get_text(probe->facts, name)) {
            mc_facts__add(probe, probe->facts, name, text);
        }
        if (!loopback && !mc_value_get_text(probe->facts, kinds[i].fact)) {
            mc_facts__add(probe, probe->facts, kinds[i].fact, text);
        }
        const struct mc_value *known = mc_value_get_text(interfaces, item->ifa_name);
        struct mc_value *hash = mc_value_hash(probe->arena);
        for (size_t k = 0; k < mc_value_count(known); k++) {
            mc_facts__keep(probe,
                           mc_value_set(probe->arena, hash, mc_value_key(known, k),
                                        mc_value_item(known, k)));
        }
        mc_facts__add(probe, hash, kinds[i].key, text);
        mc_facts__keep(
            probe, mc_value_set_text(probe->arena, interfaces, item->ifa_name, hash));
    }
}

void mc_facts__network(struct mc_facts__probe *probe)
{
    struct ifaddrs *list = NULL;
    struct mc_value *networking = mc_facts__add_hash(probe, probe->facts, "networking");
    struct mc_value *interfaces = mc_facts__add_hash(probe, networking, "interfaces");
    char names[NAMES_BYTES] = "";
    size_t used = 0;
    size_t count = 0;

    if (getifaddrs(&list) != 0) {
        return;
    }
    for (const struct ifaddrs *item = list; item && count < INTERFACES_MAX;
         item = item->ifa_next, count++) {
        if (item->ifa_addr) {
            add_address(probe, item, interfaces);
        }
    }
    freeifaddrs(list);
    for (size_t i = 0; i < mc_value_count(interfaces) && used < sizeof(names) - 1;
         i++) {
        int len = snprintf(names + used, sizeof(names) - used, "%s%s", i ? "," : "",
                           mc_value_cstr(mc_value_key(interfaces, i)));
        used += len > 0 ? (size_t)len : 0;
    }
    mc_facts__add(probe, probe->facts, "interfaces", names);
    static const struct
    {
        const char *key;
        const char *fact;
    } copies[] = {
        {"hostname", "hostname"}, {"fqdn", "fqdn"},      {"domain", "domain"},
        {"ip", "ipaddress"},      {"ip6", "ipaddress6"}, {"mac", "macaddress"},
    };
    for (size_t i = 0; i < MC_COUNT(copies); i++) {
        mc_facts__add(probe, networking, copies[i].key,
                      mc_value_cstr(mc_value_get_text(probe->facts, copies[i].fact)));
    }
}

/* Name lookup over evdns.
 *
 * evdns answers from deferred callbacks that still use its base, so its base may not be
 * freed while a request is under way: a lookup that is ended early is cancelled and
 * lives on as an orphan (fn is NULL) until evdns has called back. What was found is
 * always handed over from an event of our own, when evdns is out of the way. */
#include "base/resolve-private.h"

#include "base/memory.h"
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

struct mc_resolve
{
    struct event *later;
    struct evdns_base *dns;
    struct evdns_getaddrinfo_request *request;
    struct addrinfo *found;
    int result;
    bool waiting; /* evdns will call back */
    mc_resolve_fn *fn;
    void *user;
};

static void drop(struct mc_resolve *resolve)
{
    if (resolve->dns) {
        evdns_base_free(resolve->dns, 0);
    }
    if (resolve->found) {
        evutil_freeaddrinfo(resolve->found);
    }
    if (resolve->later) {
        event_free(resolve->later);
    }
    mc_memory_free(resolve);
}

static void hand_over(evutil_socket_t fd, short what, void *user)
{
    struct mc_resolve *resolve = user;
    struct addrinfo *found = resolve->found;

    (void)fd;
    (void)what;
    resolve->found = NULL;
    if (!resolve->fn) {
        if (found) {
            evutil_freeaddrinfo(found);
        }
        drop(resolve);
        return;
    }
    if (resolve->dns) {
        evdns_base_free(resolve->dns, 0);
        resolve->dns = NULL;
    }
    resolve->fn(resolve->user, found, evutil_gai_strerror(resolve->result));
}

static void answered(int result, struct addrinfo *found, void *user)
{
    struct mc_resolve *resolve = user;
    struct timeval now = {0};

    resolve->waiting = false;
    resolve->request = NULL;
    resolve->result = found || result ? result : EVUTIL_EAI_NODATA;
    resolve->found = found;
    (void)event_add(resolve->later, &now);
}

struct mc_resolve *mc_resolve_start(struct mc_loop *loop, const char *host,
                                    unsigned port, mc_resolve_fn *fn, void *user)
{
    struct event_base *base = mc_loop_base(loop);
    struct mc_resolve *resolve = mc_memory_new(sizeof(*resolve));
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_protocol = IPPROTO_TCP,
                             .ai_flags = EVUTIL_AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    char service[16];

    if (!resolve) {
        return NULL;
    }
    (void)snprintf(service, sizeof(service), "%u", port);
    resolve->fn = fn;
    resolve->user = user;
    resolve->later = event_new(base, -1, 0, hand_over, resolve);
    if (!resolve->later) {
        drop(resolve);
        return NULL;
    }
    if (evutil_getaddrinfo(host, service, &hints, &found) == 0) {
        answered(0, found, resolve);
        return resolve;
    }
    hints.ai_flags = 0;
    resolve->dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                            EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (!resolve->dns) {
        answered(EVUTIL_EAI_FAIL, NULL, resolve);
        return resolve;
    }
    resolve->waiting = true;
    struct evdns_getaddrinfo_request *request =
        evdns_getaddrinfo(resolve->dns, host, service, &hints, answered, resolve);
    if (resolve->waiting) {
        resolve->request = request;
    }
    return resolve;
}

struct mc_resolve *mc_resolve_free(struct mc_resolve *resolve)
{
    if (!resolve) {
        return NULL;
    }
    if (resolve->waiting && resolve->request) {
        resolve->fn = NULL;
        evdns_getaddrinfo_cancel(resolve->request);
        return NULL;
    }
    drop(resolve);
    return NULL;
}

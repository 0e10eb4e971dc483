/* A host name -> addresses, without blocking the loop (libevent's own resolver, which
 * reads /etc/resolv.conf and /etc/hosts). Addresses in numbers are not looked up. */
#ifndef MC_BASE_RESOLVE_PRIVATE_H
#define MC_BASE_RESOLVE_PRIVATE_H

#include "base/loop.h"

struct mc_resolve;
struct addrinfo;

/* Called once, never inside mc_resolve_start().
 * found: given away (evutil_freeaddrinfo), or NULL with the reason in problem. */
typedef void mc_resolve_fn(void *user, struct addrinfo *found, const char *problem);

/* Begin to look up a name.
 * loop: outlives the lookup.   host: name or address.   port: put into the result.
 * Returns a lookup owned by the caller, or NULL without memory. Never blocks, but reads
 * /etc/hosts and /etc/resolv.conf. */
struct mc_resolve *mc_resolve_start(struct mc_loop *loop, const char *host,
                                    unsigned port, mc_resolve_fn *fn, void *user);

/* End a lookup; fn is not called any more. May be called inside fn.
 * resolve: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_resolve *mc_resolve_free(struct mc_resolve *resolve);

#endif

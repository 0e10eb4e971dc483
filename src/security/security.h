/* Security providers: bytes <-> verified message (spec collective.md 2).
 *
 * A provider turns the bytes of a broker's message into a request or reply whose
 * sender it has checked, and seals ours. It uses codec/, never connector/, reads its
 * key files when it is opened, never logs, never blocks afterwards. Providers are
 * folders below this one, found at build time. */
#ifndef MC_SECURITY_SECURITY_H
#define MC_SECURITY_SECURITY_H

#include "base/config.h"
#include "msg/message.h"

#define MC_SECURITY_ABI 1

enum
{
    MC_SECURITY_MALFORMED = 1, /* no envelope, a missing or odd field */
    MC_SECURITY_FORGED = 2,    /* digest or signature does not fit */
    MC_SECURITY_NO_KEY = 3,    /* the caller's key is not known here */
    MC_SECURITY_NOT_OURS = 4,  /* a reply to another request; nothing was checked */
};

struct mc_security;

struct mc_security_ops
{
    unsigned abi;     /* MC_SECURITY_ABI */
    const char *name; /* value of securityprovider, lower case */

    /* Bytes of private state; the framework allocates it zeroed, wipes and frees it. */
    size_t state_size;

    /* Read the settings and key files. state is zeroed.
     * Returns 0; -EINVAL or -errno with setting and file named in error. Blocks on the
     * disk. deinit is called also after a failure. */
    int (*init)(void *state, const struct mc_config *config, enum mc_role role,
                struct mc_error *error);

    /* Give back what init took; must accept a half-built state. */
    void (*deinit)(void *state);

    /* Our own callerid (2.4), a text in state or constant. Never fails after init. */
    const char *(*caller)(const void *state);

    /* Check and open a request (node side): envelope, digest or signature, body,
     * callerid form, secure copies of ttl and time.
     * Returns 0; MC_SECURITY_MALFORMED, _FORGED, _NO_KEY; -ENOMEM. */
    int (*open_request)(void *state, struct mc_bytes in, struct mc_arena *arena,
                        struct mc_request **ret_request, struct mc_error *error);

    /* Make the bytes of a request. sender, id, caller, ttl_s, time_s are filled in.
     * Returns 0; -ENOMEM; -EINVAL with error. */
    int (*seal_request)(void *state, const struct mc_request *request,
                        struct mc_arena *arena, struct mc_bytes *ret_bytes,
                        struct mc_error *error);

    /* Check and open a reply (client side). expected_id NULL accepts every id;
     * another id is MC_SECURITY_NOT_OURS before any cryptography.
     * Returns 0; MC_SECURITY_MALFORMED, _FORGED, _NO_KEY, _NOT_OURS; -ENOMEM. */
    int (*open_reply)(void *state, struct mc_bytes in, const char *expected_id,
                      struct mc_arena *arena, struct mc_reply **ret_reply,
                      struct mc_error *error);

    /* Make the bytes of a reply to a request that open_request accepted.
     * Returns 0; -ENOMEM; -EINVAL with error. */
    int (*seal_reply)(void *state, const struct mc_reply *reply,
                      const struct mc_request *request, struct mc_arena *arena,
                      struct mc_bytes *ret_bytes, struct mc_error *error);
};

/* Open the provider that a configuration names (securityprovider).
 * config: borrowed for the life of the provider.   role: node or client.
 * error: setting and file named.
 * Returns 0 and a provider owned by the caller; -EINVAL for an unknown name (the known
 * ones are listed) or bad settings; -errno. Blocks on the disk. */
int mc_security_open(const struct mc_config *config, enum mc_role role,
                     struct mc_security **ret_security, struct mc_error *error)
    MC_MUST_USE;

/* Close; secrets are wiped.
 * security: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_security *mc_security_free(struct mc_security *security);

/* The operations above, on an open provider; see struct mc_security_ops. */
const char *mc_security_caller(const struct mc_security *security);
/* The provider's name as configured ("psk"); see struct mc_security_ops. */
const char *mc_security_name(const struct mc_security *security);
/* See struct mc_security_ops. */
int mc_security_open_request(struct mc_security *security, struct mc_bytes in,
                             struct mc_arena *arena, struct mc_request **ret_request,
                             struct mc_error *error) MC_MUST_USE;
/* See struct mc_security_ops. */
int mc_security_seal_request(struct mc_security *security,
                             const struct mc_request *request, struct mc_arena *arena,
                             struct mc_bytes *ret_bytes, struct mc_error *error)
    MC_MUST_USE;
/* See struct mc_security_ops. */
int mc_security_open_reply(struct mc_security *security, struct mc_bytes in,
                           const char *expected_id, struct mc_arena *arena,
                           struct mc_reply **ret_reply, struct mc_error *error)
    MC_MUST_USE;
/* See struct mc_security_ops. */
int mc_security_seal_reply(struct mc_security *security, const struct mc_reply *reply,
                           const struct mc_request *request, struct mc_arena *arena,
                           struct mc_bytes *ret_bytes, struct mc_error *error)
    MC_MUST_USE;

/* The provider table, ended by NULL; made from the folder list at build time. */
extern const struct mc_security_ops *const mc_security_providers[];

/* --- requests already served (replay refusal) --- */

struct mc_seen;

enum
{
    MC_SEEN_REPLAY = 1,
};

/* Requestids remembered for one caller, and callers remembered, at the most. Beyond,
 * those that would live longest are forgotten. */
#define MC_SEEN_IDS_PER_CALLER_MAX 65536
#define MC_SEEN_CALLERS_MAX 4096
/* Requestids remembered for all callers together; 32 bytes each. */
#define MC_SEEN_IDS_MAX 262144

/* A new memory of served requests.
 * Returns it, owned by the caller, or NULL. Never blocks. */
struct mc_seen *mc_seen_new(void);

/* Give it back.
 * seen: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_seen *mc_seen_free(struct mc_seen *seen);

/* Note a request; it is forgotten when its ttl is over.
 * caller, id: copied.   now_s: clock.   until_s: last second of its life (time + ttl,
 * capped by the caller of this function).
 * Returns 0 when new; MC_SEEN_REPLAY; -ENOMEM. Never blocks. */
int mc_seen_check(struct mc_seen *seen, const char *caller, const char *id,
                  int64_t now_s, int64_t until_s) MC_MUST_USE;

#endif

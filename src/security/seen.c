/* Requests already served, so that a captured one cannot be served again.
 *
 * One entry is 32 bytes whatever the peer wrote: a salted digest of caller and id, the
 * last second of its life, the number of its caller. Entries lie densely in one array
 * and are chained into buckets by their index; callers likewise. Expired entries are
 * thrown out by a sweep that packs both arrays and gives memory back: before the arrays
 * grow, when a limit is reached, and once a minute. A sweep visits everything, but at
 * most once for each second of the clock.
 *
 * When a limit is reached and nothing is over, those that would live longest are
 * forgotten. To refuse instead would be a gift: times, callers and ids are not covered
 * by psk, so that one captured message, sent some thousand times with a ttl of a day,
 * would shut everybody out for a day. Forgetting gives nothing away, since who can fill
 * this memory can as well give a captured message an id of its own. */
#include "security/security.h"

#include "base/memory.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#define DIGEST_BYTES 16
#define SALT_BYTES 16
#define FIRST_ROOM 64u
#define NONE UINT32_MAX
#define SWEEP_EVERY_S 60

struct id
{
    uint8_t digest[DIGEST_BYTES];
    int64_t until_s;
    uint32_t caller; /* index of its caller */
    uint32_t next;   /* in the same bucket */
};

struct caller
{
    uint8_t digest[DIGEST_BYTES];
    uint32_t live; /* entries of this caller */
    uint32_t next;
};

struct mc_seen
{
    EVP_MD *sha256;
    EVP_MD_CTX *context;
    uint8_t salt[SALT_BYTES];
    struct id *ids;
    uint32_t *id_buckets; /* as many as there is room for ids */
    uint32_t id_count;
    uint32_t id_room; /* a power of two */
    struct caller *callers;
    uint32_t *caller_buckets;
    uint32_t caller_count;
    uint32_t caller_room;
    uint32_t *renamed; /* during a sweep: old number of a caller -> new number */
    int64_t swept_s;
};

static uint32_t bucket_of(const uint8_t digest[DIGEST_BYTES], uint32_t room)
{
    uint32_t hash = 0;

    memcpy(&hash, digest, sizeof(hash));
    return hash & (room - 1);
}

/* Other room for an array with its buckets; the buckets are empty afterwards. */
static int set_room(void **items, uint32_t **buckets, uint32_t *room, size_t size,
                    uint32_t wanted)
{
    uint32_t *new_buckets = mc_memory_array(wanted, sizeof(*new_buckets));
    void *new_items = new_buckets ? mc_memory_array(wanted, size) : NULL;

    if (!new_items) {
        mc_memory_free(new_buckets);
        return -ENOMEM;
    }
    if (*items) {
        memcpy(new_items, *items, (*room < wanted ? *room : wanted) * size);
    }
    mc_memory_free(*items);
    mc_memory_free(*buckets);
    *items = new_items;
    *buckets = new_buckets;
    *room = wanted;
    return 0;
}

static void chain_ids(struct mc_seen *seen)
{
    memset(seen->id_buckets, 0xff, seen->id_room * sizeof(*seen->id_buckets));
    for (uint32_t i = 0; i < seen->id_count; i++) {
        uint32_t bucket = bucket_of(seen->ids[i].digest, seen->id_room);
        seen->ids[i].next = seen->id_buckets[bucket];
        seen->id_buckets[bucket] = i;
    }
}

static void chain_callers(struct mc_seen *seen)
{
    memset(seen->caller_buckets, 0xff,
           seen->caller_room * sizeof(*seen->caller_buckets));
    for (uint32_t i = 0; i < seen->caller_count; i++) {
        uint32_t bucket = bucket_of(seen->callers[i].digest, seen->caller_room);
        seen->callers[i].next = seen->caller_buckets[bucket];
        seen->caller_buckets[bucket] = i;
    }
}

static int set_id_room(struct mc_seen *seen, uint32_t room)
{
    void *ids = seen->ids;
    int r = set_room(&ids, &seen->id_buckets, &seen->id_room, sizeof(*seen->ids), room);

    seen->ids = ids;
    if (r == 0) {
        chain_ids(seen);
    }
    return r;
}

static int set_caller_room(struct mc_seen *seen, uint32_t room)
{
    uint32_t *renamed = mc_memory_array(room, sizeof(*renamed));
    void *callers = seen->callers;

    if (!renamed) {
        return -ENOMEM;
    }
    int r = set_room(&callers, &seen->caller_buckets, &seen->caller_room,
                     sizeof(*seen->callers), room);
    seen->callers = callers;
    if (r) {
        mc_memory_free(renamed);
        return r;
    }
    mc_memory_free(seen->renamed);
    seen->renamed = renamed;
    chain_callers(seen);
    return 0;
}

struct mc_seen *mc_seen_new(void)
{
    struct mc_seen *seen = mc_memory_new(sizeof(*seen));

    if (!seen) {
        return NULL;
    }
    seen->swept_s = INT64_MIN;
    seen->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    seen->context = EVP_MD_CTX_new();
    if (!seen->sha256 || !seen->context ||
        getentropy(seen->salt, sizeof(seen->salt)) != 0 ||
        set_id_room(seen, FIRST_ROOM) || set_caller_room(seen, FIRST_ROOM)) {
        return mc_seen_free(seen);
    }
    return seen;
}

struct mc_seen *mc_seen_free(struct mc_seen *seen)
{
    if (!seen) {
        return NULL;
    }
    EVP_MD_CTX_free(seen->context);
    EVP_MD_free(seen->sha256);
    mc_memory_free(seen->ids);
    mc_memory_free(seen->id_buckets);
    mc_memory_free(seen->callers);
    mc_memory_free(seen->caller_buckets);
    mc_memory_free(seen->renamed);
    return mc_memory_free(seen);
}

/* The salt is ours alone, so that nobody can aim at one bucket. The NUL of the caller
 * is part of what is digested, it keeps caller and id apart. */
static int digest(struct mc_seen *seen, const char *caller, const char *id,
                  uint8_t ret_digest[DIGEST_BYTES])
{
    unsigned char sha256[EVP_MAX_MD_SIZE];

    if (EVP_DigestInit_ex(seen->context, seen->sha256, NULL) != 1 ||
        EVP_DigestUpdate(seen->context, seen->salt, sizeof(seen->salt)) != 1 ||
        EVP_DigestUpdate(seen->context, caller, strlen(caller) + 1) != 1 ||
        EVP_DigestUpdate(seen->context, id, strlen(id)) != 1 ||
        EVP_DigestFinal_ex(seen->context, sha256, NULL) != 1) {
        return -ENOMEM;
    }
    memcpy(ret_digest, sha256, DIGEST_BYTES);
    return 0;
}

static uint32_t find_id(const struct mc_seen *seen, const uint8_t digest[DIGEST_BYTES])
{
    uint32_t at = seen->id_buckets[bucket_of(digest, seen->id_room)];

    while (at != NONE && memcmp(seen->ids[at].digest, digest, DIGEST_BYTES) != 0) {
        at = seen->ids[at].next;
    }
    return at;
}

static uint32_t find_caller(const struct mc_seen *seen,
                            const uint8_t digest[DIGEST_BYTES])
{
    uint32_t at = seen->caller_buckets[bucket_of(digest, seen->caller_room)];

    while (at != NONE && memcmp(seen->callers[at].digest, digest, DIGEST_BYTES) != 0) {
        at = seen->callers[at].next;
    }
    return at;
}

/* Half as much room as long as it is less than a quarter full. */
static uint32_t fitting_room(uint32_t count, uint32_t room)
{
    while (room > FIRST_ROOM && count < room / 4) {
        room /= 2;
    }
    return room;
}

/* Give back room that is not needed. That is only a wish: without memory for the
 * smaller array the larger one stays. */
static void fit_room(struct mc_seen *seen)
{
    uint32_t id_room = fitting_room(seen->id_count, seen->id_room);
    uint32_t caller_room = fitting_room(seen->caller_count, seen->caller_room);

    if (id_room == seen->id_room || set_id_room(seen, id_room)) {
        chain_ids(seen);
    }
    if (caller_room == seen->caller_room || set_caller_room(seen, caller_room)) {
        chain_callers(seen);
    }
}

/* Throw out what ends before first_s; and what ends after last_s, of all callers (NONE)
 * or of one only. */
static void keep_between(struct mc_seen *seen, int64_t first_s, int64_t last_s,
                         uint32_t only)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < seen->id_count; i++) {
        const struct id *id = &seen->ids[i];
        bool late = id->until_s > last_s && (only == NONE || id->caller == only);
        if (id->until_s < first_s || late) {
            seen->callers[id->caller].live--;
            continue;
        }
        seen->ids[kept++] = *id;
    }
    seen->id_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < seen->caller_count; i++) {
        seen->renamed[i] = kept;
        if (seen->callers[i].live) {
            seen->callers[kept++] = seen->callers[i];
        }
    }
    seen->caller_count = kept;
    for (uint32_t i = 0; i < seen->id_count; i++) {
        seen->ids[i].caller = seen->renamed[seen->ids[i].caller];
    }
    fit_room(seen);
}

/* Throw out what is over. */
static void sweep(struct mc_seen *seen, int64_t now_s)
{
    if (now_s != seen->swept_s) {
        seen->swept_s = now_s;
        keep_between(seen, now_s, INT64_MAX, NONE);
    }
}

/* How long an entry has to live, as a power of two. */
static unsigned life_class(const struct id *id, int64_t now_s)
{
    int64_t life_s = 0;

    if (id->until_s <= now_s) {
        return 0;
    }
    if (__builtin_sub_overflow(id->until_s, now_s, &life_s)) {
        life_s = INT64_MAX;
    }
    return 63 - (unsigned)__builtin_clzll((unsigned long long)life_s);
}

/* Forget those that would live longest, an eighth at least, so that a flood pays for
 * the work with its messages; of all callers (NONE) or of one. */
static void forget_longest(struct mc_seen *seen, int64_t now_s, uint32_t only)
{
    uint32_t lives[63] = {0};
    uint32_t total = 0;
    uint32_t gone = 0;
    unsigned class = MC_COUNT(lives);

    for (uint32_t i = 0; i < seen->id_count; i++) {
        if (only == NONE || seen->ids[i].caller == only) {
            lives[life_class(&seen->ids[i], now_s)]++;
            total++;
        }
    }
    while (class > 0 && gone < total / 8 + 1) {
        gone += lives[--class];
    }
    keep_between(seen, INT64_MIN, class ? now_s + (INT64_C(1) << class) - 1 : INT64_MIN,
                 only);
}

/* The number of a caller, a new one if need be. */
static int get_caller(struct mc_seen *seen, const char *name, int64_t now_s,
                      uint32_t *ret_caller)
{
    uint8_t name_digest[DIGEST_BYTES];
    int r = digest(seen, name, "", name_digest);

    if (r) {
        return r;
    }
    uint32_t at = find_caller(seen, name_digest);
    if (at != NONE && seen->callers[at].live >= MC_SEEN_IDS_PER_CALLER_MAX) {
        sweep(seen, now_s);
        at = find_caller(seen, name_digest);
    }
    if (at != NONE && seen->callers[at].live >= MC_SEEN_IDS_PER_CALLER_MAX) {
        forget_longest(seen, now_s, at);
        at = find_caller(seen, name_digest);
    }
    while (at == NONE && seen->caller_count == MC_SEEN_CALLERS_MAX) {
        forget_longest(seen, now_s, NONE);
    }
    if (at == NONE && seen->caller_count == seen->caller_room) {
        r = set_caller_room(seen, seen->caller_room * 2);
    }
    if (at == NONE && r == 0) {
        at = seen->caller_count++;
        struct caller *caller = &seen->callers[at];
        uint32_t bucket = bucket_of(name_digest, seen->caller_room);
        memcpy(caller->digest, name_digest, DIGEST_BYTES);
        caller->live = 0;
        caller->next = seen->caller_buckets[bucket];
        seen->caller_buckets[bucket] = at;
    }
    if (r == 0) {
        *ret_caller = at;
    }
    return r;
}

/* Make room for one more id and, perhaps, one more caller. */
static int make_room(struct mc_seen *seen, int64_t now_s)
{
    if (seen->id_count == seen->id_room || seen->caller_count == MC_SEEN_CALLERS_MAX ||
        now_s - SWEEP_EVERY_S >= seen->swept_s) {
        sweep(seen, now_s);
    }
    if (seen->id_count == MC_SEEN_IDS_MAX) {
        forget_longest(seen, now_s, NONE);
    }
    return seen->id_count == seen->id_room ? set_id_room(seen, seen->id_room * 2) : 0;
}

static void add_id(struct mc_seen *seen, const uint8_t id_digest[DIGEST_BYTES],
                   uint32_t caller, int64_t until_s)
{
    uint32_t at = seen->id_count++;
    uint32_t bucket = bucket_of(id_digest, seen->id_room);
    struct id *id = &seen->ids[at];

    memcpy(id->digest, id_digest, DIGEST_BYTES);
    id->until_s = until_s;
    id->caller = caller;
    id->next = seen->id_buckets[bucket];
    seen->id_buckets[bucket] = at;
    seen->callers[caller].live++;
}

int mc_seen_check(struct mc_seen *seen, const char *caller, const char *id,
                  int64_t now_s, int64_t until_s)
{
    uint8_t id_digest[DIGEST_BYTES];
    uint32_t number = 0;
    int r = digest(seen, caller, id, id_digest);

    if (r) {
        return r;
    }
    uint32_t at = find_id(seen, id_digest);
    if (at != NONE && seen->ids[at].until_s >= now_s) {
        return MC_SEEN_REPLAY;
    }
    if (at != NONE) {
        seen->ids[at].until_s = until_s;
        return 0;
    }
    r = make_room(seen, now_s);
    if (r == 0) {
        r = get_caller(seen, caller, now_s, &number);
    }
    if (r == 0) {
        add_id(seen, id_digest, number, until_s);
    }
    return r;
}

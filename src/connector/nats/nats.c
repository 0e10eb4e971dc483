/* The connector for NATS: names of subjects, and the worker that does the rest.
 *
 * Subjects are those of Choria (spec choria.md 2.2), so that its brokers' permissions
 * fit: COLLECTIVE.broadcast.agent.AGENT, COLLECTIVE.node.IDENTITY, and for replies
 * COLLECTIVE.reply.HASH.PID.SEQUENCE, where HASH is the MD5 of our identity in hex. The
 * reply target of a request is the reply subject of NATS itself. */
#include "connector/nats/worker.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUBJECT_BYTES_MAX 1024
#define HASH_HEX_BYTES (2 * EVP_MAX_MD_SIZE + 1)

struct nats_state
{
    const struct mc_connector_spec *spec;
    struct mc_nats_worker *worker;
    char hash[HASH_HEX_BYTES];
};

/* Machines in FIPS mode have no MD5; there Choria uses SHA-256, too. */
static int hash_identity(struct nats_state *state)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const char *text = state->spec->identity;

    if (EVP_Digest(text, strlen(text), digest, &len, EVP_md5(), NULL) != 1 &&
        EVP_Digest(text, strlen(text), digest, &len, EVP_sha256(), NULL) != 1) {
        return -EIO;
    }
    for (unsigned i = 0; i < len; i++) {
        (void)snprintf(state->hash + (size_t)i * 2, 3, "%02x", digest[i]);
    }
    return 0;
}

static int nats_init(void *opaque, const struct mc_connector_spec *spec,
                     struct mc_error *error)
{
    struct nats_state *state = opaque;
    struct mc_nats_settings *settings = NULL;

    state->spec = spec;
    int r = hash_identity(state);
    if (r < 0) {
        mc_error_set(error, "nats: neither MD5 nor SHA-256 can be computed");
        return r;
    }
    r = mc_nats_settings_new(spec, &settings, error);
    return r < 0 ? r : mc_nats_worker_new(spec, settings, &state->worker);
}

static void nats_deinit(void *opaque)
{
    struct nats_state *state = opaque;

    state->worker = mc_nats_worker_free(state->worker);
}

/* Whether the text can be published to: no blanks or controls, which would end the
 * protocol line, no wildcards, no empty tokens (NATS protocol, "Subject Names"). */
static bool subject_ok(const char *subject)
{
    char before = '.';

    for (const char *at = subject; *at; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '*' || *at == '>' ||
            (*at == '.' && before == '.')) {
            return false;
        }
        before = *at;
    }
    return before != '.';
}

/* Writes the subject of a target: of the node identity for DIRECT.
 * Returns 0; -EINVAL when it is too long or no good subject. */
static int subject_of(const struct nats_state *state, const struct mc_target *target,
                      const char *identity, char (*ret_subject)[SUBJECT_BYTES_MAX])
{
    int len = 0;

    switch (target->kind) {
    case MC_TARGET_BROADCAST:
        len = snprintf(*ret_subject, sizeof(*ret_subject), "%s.broadcast.agent.%s",
                       target->collective, target->agent);
        break;
    case MC_TARGET_DIRECT:
        len = snprintf(*ret_subject, sizeof(*ret_subject), "%s.node.%s",
                       target->collective, identity);
        break;
    case MC_TARGET_REPLY:
        len =
            snprintf(*ret_subject, sizeof(*ret_subject), "%s.reply.%s.%ld.%u",
                     target->collective, state->hash, (long)getpid(), target->sequence);
        break;
    }
    return len > 0 && (size_t)len < sizeof(*ret_subject) && subject_ok(*ret_subject)
               ? 0
               : -EINVAL;
}

static int nats_subscribe(void *opaque, const struct mc_target *target)
{
    struct nats_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];
    int r = subject_of(state, target, state->spec->identity, &subject);

    return r < 0 ? r : mc_nats_worker_subscribe(state->worker, subject);
}

static int nats_unsubscribe(void *opaque, const struct mc_target *target)
{
    struct nats_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];

    if (subject_of(state, target, state->spec->identity, &subject) == 0) {
        mc_nats_worker_unsubscribe(state->worker, subject);
    }
    return 0;
}

static int nats_reply_name(void *opaque, const struct mc_target *target,
                           struct mc_arena *arena, const char **ret_name)
{
    struct nats_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];
    int r = subject_of(state, target, NULL, &subject);

    if (r < 0) {
        return r;
    }
    const char *name = mc_arena_strdup(arena, subject);
    if (!name) {
        return -ENOMEM;
    }
    *ret_name = name;
    return 0;
}

static int nats_publish(void *opaque, const struct mc_publish *publish)
{
    struct nats_state *state = opaque;
    struct mc_target target = {.kind = publish->kind,
                               .collective = publish->collective,
                               .agent = publish->agent};
    char subject[SUBJECT_BYTES_MAX];

    if (publish->reply_to && !subject_ok(publish->reply_to)) {
        return -EINVAL;
    }
    if (publish->kind == MC_TARGET_REPLY) {
        return mc_nats_worker_publish(state->worker, publish->reply_to, NULL,
                                      publish->body, publish->ttl_s);
    }
    int r = subject_of(state, &target, publish->identity, &subject);
    return r < 0 ? r
                 : mc_nats_worker_publish(state->worker, subject, publish->reply_to,
                                          publish->body, publish->ttl_s);
}

static size_t nats_unsent(const void *opaque)
{
    const struct nats_state *state = opaque;

    return mc_nats_worker_unsent(state->worker);
}

static void nats_finish(void *opaque, unsigned timeout_ms)
{
    struct nats_state *state = opaque;

    mc_nats_worker_finish(state->worker, timeout_ms);
}

extern const struct mc_connector_ops mc_connector_nats;
const struct mc_connector_ops mc_connector_nats = {
    .abi = MC_CONNECTOR_ABI,
    .name = "nats",
    .state_size = sizeof(struct nats_state),
    .init = nats_init,
    .deinit = nats_deinit,
    .subscribe = nats_subscribe,
    .unsubscribe = nats_unsubscribe,
    .reply_name = nats_reply_name,
    .publish = nats_publish,
    .unsent = nats_unsent,
    .finish = nats_finish,
};

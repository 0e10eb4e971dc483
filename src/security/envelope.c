/* Envelope <-> request and reply. Keys are written in the order and with the encodings
 * of the original, so that golden bytes compare equal. */
#include "security/envelope.h"

#include <errno.h>
#include <string.h>

const struct mc_envelope_codec mc_envelope_marshal = {
    .decode = mc_marshal_decode,
    .encode = mc_marshal_encode,
    .binary = true,
};

const struct mc_envelope_codec mc_envelope_yaml = {
    .decode = mc_yaml_decode,
    .encode = mc_yaml_encode,
    .binary = false,
};

static int decode(const struct mc_envelope_codec *codec, struct mc_bytes in,
                  unsigned options, const char *what, struct mc_arena *arena,
                  const struct mc_value **ret_value, struct mc_error *error)
{
    int r = codec->decode(in, options, arena, ret_value, error);

    if (r > 0) {
        mc_error_prefix(error, "%s: ", what);
        return MC_SECURITY_MALFORMED;
    }
    return r;
}

int mc_envelope_open(const struct mc_envelope_codec *codec, struct mc_bytes in,
                     struct mc_arena *arena, const struct mc_value **ret_envelope,
                     struct mc_bytes *ret_body, struct mc_error *error)
{
    const struct mc_value *envelope = NULL;
    struct mc_bytes body = {0};
    int r = decode(codec, in, 0, "envelope", arena, &envelope, error);

    if (r) {
        return r;
    }
    if (!mc_value_is(envelope, MC_HASH)) {
        mc_error_set(error, "the envelope is %s, not a hash",
                     mc_type_name(envelope->type));
        return MC_SECURITY_MALFORMED;
    }
    r = mc_envelope_bytes(envelope, "body", &body, error);
    if (r) {
        return r;
    }
    *ret_envelope = envelope;
    *ret_body = body;
    return 0;
}

int mc_envelope_payload(const struct mc_envelope_codec *codec, struct mc_bytes in,
                        unsigned options, struct mc_arena *arena,
                        const struct mc_value **ret_payload, struct mc_error *error)
{
    return decode(codec, in, options, "body", arena, ret_payload, error);
}

int mc_envelope_bytes(const struct mc_value *envelope, const char *name,
                      struct mc_bytes *ret_bytes, struct mc_error *error)
{
    const struct mc_value *value = mc_value_get_symbol(envelope, name);

    if (!mc_value_is(value, MC_STRING)) {
        mc_error_set(error, "the envelope has no string :%s", name);
        return MC_SECURITY_MALFORMED;
    }
    *ret_bytes = value->bytes;
    return 0;
}

/* A text of the envelope; NULL when there is none, it is empty, or much too long. */
static const char *get_text(const struct mc_value *envelope, const char *name)
{
    const struct mc_value *value = mc_value_get_symbol(envelope, name);

    if (!mc_value_is(value, MC_STRING) || value->bytes.len == 0 ||
        value->bytes.len > MC_ENVELOPE_TEXT_BYTES_MAX) {
        return NULL;
    }
    return mc_value_cstr(value);
}

/* A number of seconds, or the fallback when the key is not there at all. */
static int get_seconds(const struct mc_value *envelope, const char *name,
                       int64_t fallback, int64_t *ret_seconds, struct mc_error *error)
{
    const struct mc_value *value = mc_value_get_symbol(envelope, name);

    if (!value) {
        *ret_seconds = fallback;
        return 0;
    }
    if (value->type != MC_INT || value->integer < 0 ||
        value->integer > MC_ENVELOPE_SECONDS_MAX) {
        mc_error_set(error, "the envelope has an odd :%s", name);
        return MC_SECURITY_MALFORMED;
    }
    *ret_seconds = value->integer;
    return 0;
}

static int odd(struct mc_error *error, const char *name)
{
    mc_error_set(error, "the envelope has no well-formed :%s", name);
    return MC_SECURITY_MALFORMED;
}

static int read_times(const struct mc_value *envelope, struct mc_request *request,
                      struct mc_error *error)
{
    int r = get_seconds(envelope, "ttl", -1, &request->ttl_s, error);

    return r ? r : get_seconds(envelope, "msgtime", 0, &request->time_s, error);
}

int mc_envelope_to_request(const struct mc_value *envelope, struct mc_arena *arena,
                           struct mc_request **ret_request, struct mc_error *error)
{
    struct mc_request *request = mc_arena_alloc(arena, sizeof(*request));

    if (!request) {
        return -ENOMEM;
    }
    request->sender = get_text(envelope, "senderid");
    request->id = get_text(envelope, "requestid");
    request->collective = get_text(envelope, "collective");
    request->agent = get_text(envelope, "agent");
    request->caller = get_text(envelope, "callerid");
    if (!mc_caller_valid(request->caller)) {
        return odd(error, "callerid");
    }
    if (!mc_identity_valid(request->sender)) {
        return odd(error, "senderid");
    }
    if (!request->id || !request->agent) {
        return odd(error, request->id ? "agent" : "requestid");
    }
    int r = read_times(envelope, request, error);
    if (r) {
        return r;
    }
    r = mc_filter_from_value(mc_value_get_symbol(envelope, "filter"), arena,
                             &request->filter);
    if (r > 0) {
        return odd(error, "filter");
    }
    if (r == 0) {
        *ret_request = request;
    }
    return r;
}

int mc_envelope_to_reply(const struct mc_value *envelope, const char *expected_id,
                         struct mc_arena *arena, struct mc_reply **ret_reply,
                         struct mc_error *error)
{
    const char *id = get_text(envelope, "requestid");
    int64_t time_s = 0;

    if (!id) {
        return odd(error, "requestid");
    }
    if (expected_id && strcmp(id, expected_id) != 0) {
        mc_error_set(error, "a reply to another request");
        return MC_SECURITY_NOT_OURS;
    }
    const char *sender = get_text(envelope, "senderid");
    if (!mc_identity_valid(sender)) {
        return odd(error, "senderid");
    }
    int r = get_seconds(envelope, "msgtime", 0, &time_s, error);
    if (r) {
        return r;
    }
    struct mc_reply *reply = mc_arena_alloc(arena, sizeof(*reply));
    if (!reply) {
        return -ENOMEM;
    }
    const char *agent = get_text(envelope, "senderagent");
    reply->sender = sender;
    reply->id = id;
    reply->agent = agent ? agent : "";
    reply->time_s = time_s;
    *ret_reply = reply;
    return 0;
}

static int encode(const struct mc_envelope_codec *codec, const struct mc_value *value,
                  struct mc_arena *arena, struct mc_bytes *ret_bytes,
                  struct mc_error *error)
{
    int r = codec->encode(value, arena, ret_bytes, error);

    return r > 0 ? -EINVAL : r;
}

int mc_envelope_body(const struct mc_envelope_codec *codec,
                     const struct mc_value *payload, struct mc_arena *arena,
                     struct mc_bytes *ret_bytes, struct mc_error *error)
{
    const struct mc_value *value = payload ? payload : mc_value_nil(arena);

    return value ? encode(codec, value, arena, ret_bytes, error) : -ENOMEM;
}

/* A String that Ruby makes as US-ASCII: hex digests, base64, requestids. */
static struct mc_value *ascii(struct mc_arena *arena, struct mc_bytes bytes)
{
    struct mc_value *value = mc_value_string(arena, bytes);

    if (value && value->encoding == MC_ENCODING_UTF8) {
        value->encoding = MC_ENCODING_ASCII;
    }
    return value;
}

static struct mc_value *body_value(const struct mc_envelope_codec *codec,
                                   const struct mc_envelope_proof *proof,
                                   struct mc_arena *arena, struct mc_bytes body)
{
    if (proof->ascii_body) {
        return ascii(arena, body);
    }
    struct mc_value *value = mc_value_string(arena, body);

    if (value && codec->binary) {
        value->encoding = MC_ENCODING_BINARY;
    }
    return value;
}

struct field
{
    const char *name;
    const struct mc_value *value;
};

static int seal(const struct mc_envelope_codec *codec, const struct field *fields,
                size_t count, struct mc_arena *arena, struct mc_bytes *ret_bytes,
                struct mc_error *error)
{
    struct mc_value *envelope = mc_value_hash(arena);
    int r = envelope ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (fields[i].name) {
            r = mc_value_set_symbol(arena, envelope, fields[i].name, fields[i].value);
        }
    }
    return r ? r : encode(codec, envelope, arena, ret_bytes, error);
}

int mc_envelope_seal_request(const struct mc_envelope_codec *codec,
                             const struct mc_request *request, struct mc_bytes body,
                             const struct mc_envelope_proof *proof,
                             struct mc_arena *arena, struct mc_bytes *ret_bytes,
                             struct mc_error *error)
{
    const struct mc_value *filter = NULL;
    int r = mc_filter_to_value(&request->filter, arena, &filter);

    if (r) {
        return r;
    }
    const struct field fields[] = {
        {"body", body_value(codec, proof, arena, body)},
        {"senderid", mc_value_text(arena, request->sender)},
        {"requestid", ascii(arena, mc_bytes_text(request->id))},
        {"filter", filter},
        {request->collective ? "collective" : NULL,
         mc_value_text(arena, request->collective)},
        {"agent", mc_value_text(arena, request->agent)},
        {"callerid", mc_value_text(arena, request->caller)},
        {request->ttl_s >= 0 ? "ttl" : NULL, mc_value_int(arena, request->ttl_s)},
        {"msgtime", mc_value_int(arena, request->time_s)},
        {proof->key, ascii(arena, proof->bytes)},
        {proof->sslpubkey.data ? "sslpubkey" : NULL,
         mc_value_string(arena, proof->sslpubkey)},
    };
    return seal(codec, fields, MC_COUNT(fields), arena, ret_bytes, error);
}

int mc_envelope_seal_reply(const struct mc_envelope_codec *codec,
                           const struct mc_reply *reply, struct mc_bytes body,
                           const struct mc_envelope_proof *proof,
                           struct mc_arena *arena, struct mc_bytes *ret_bytes,
                           struct mc_error *error)
{
    const struct field fields[] = {
        {"senderid", mc_value_text(arena, reply->sender)},
        {"requestid", ascii(arena, mc_bytes_text(reply->id))},
        {"senderagent", mc_value_text(arena, reply->agent)},
        {"msgtime", mc_value_int(arena, reply->time_s)},
        {"body", body_value(codec, proof, arena, body)},
        {proof->key, ascii(arena, proof->bytes)},
    };

    return seal(codec, fields, MC_COUNT(fields), arena, ret_bytes, error);
}

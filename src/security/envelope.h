/* The envelope: the hash around every message (spec collective.md 2.1 to 2.3).
 *
 * Shared by all providers, which add what proves the sender (:hash) and decide how the
 * body is made. Everything that a reader needs is checked here once: types, names over
 * their whole length, times that can be added without overflow. Unknown keys are
 * ignored; String keys are not ours. */
#ifndef MC_SECURITY_ENVELOPE_H
#define MC_SECURITY_ENVELOPE_H

#include "codec/codec.h"
#include "security/security.h"

/* Texts of an envelope (ids, names) at the most, in bytes. */
#define MC_ENVELOPE_TEXT_BYTES_MAX ((size_t)1024)
/* ttl and msgtime at the most: sums of two of them cannot overflow. */
#define MC_ENVELOPE_SECONDS_MAX (INT64_C(1) << 53)

/* How a provider writes bodies and envelopes. */
struct mc_envelope_codec
{
    mc_codec_decode_fn *decode;
    mc_codec_encode_fn *encode;
    bool binary; /* encoded values are bytes, not text */
};

/* Marshal, as psk always and ssl by default write it. */
extern const struct mc_envelope_codec mc_envelope_marshal;
/* YAML, as ssl and aes_security write it on demand. */
extern const struct mc_envelope_codec mc_envelope_yaml;

/* What a provider adds to an envelope to prove the sender. */
struct mc_envelope_proof
{
    const char *key;           /* Symbol under which it stands: hash, sslkey */
    struct mc_bytes bytes;     /* ASCII text */
    bool ascii_body;           /* the body is base64 */
    struct mc_bytes sslpubkey; /* of the sender, in PEM form; NULL for none */
};

/* Decode an envelope and find its body.
 * in: borrowed.   arena: owns *ret_envelope, which *ret_body points into.
 * error: what is odd.
 * Returns 0; MC_SECURITY_MALFORMED; -ENOMEM. Never blocks. */
int mc_envelope_open(const struct mc_envelope_codec *codec, struct mc_bytes in,
                     struct mc_arena *arena, const struct mc_value **ret_envelope,
                     struct mc_bytes *ret_body, struct mc_error *error) MC_MUST_USE;

/* Decode a body.
 * in: borrowed.   options: mask of mc_decode_options.   arena: owns *ret_payload.
 * Returns 0; MC_SECURITY_MALFORMED; -ENOMEM. Never blocks. */
int mc_envelope_payload(const struct mc_envelope_codec *codec, struct mc_bytes in,
                        unsigned options, struct mc_arena *arena,
                        const struct mc_value **ret_payload, struct mc_error *error)
    MC_MUST_USE;

/* The bytes of the String under a Symbol key (:hash).
 * envelope: borrowed.   name: of the key.
 * Returns 0; MC_SECURITY_MALFORMED without such a String. Never blocks. */
int mc_envelope_bytes(const struct mc_value *envelope, const char *name,
                      struct mc_bytes *ret_bytes, struct mc_error *error) MC_MUST_USE;

/* Read everything but the payload of a request.
 * envelope: borrowed, the request borrows its texts.   arena: owns *ret_request.
 * Returns 0; MC_SECURITY_MALFORMED with the key in error; -ENOMEM. Never blocks. */
int mc_envelope_to_request(const struct mc_value *envelope, struct mc_arena *arena,
                           struct mc_request **ret_request, struct mc_error *error)
    MC_MUST_USE;

/* Read everything but the payload of a reply.
 * envelope: borrowed, the reply borrows its texts.   expected_id: NULL for any.
 * arena: owns *ret_reply.
 * Returns 0; MC_SECURITY_NOT_OURS; MC_SECURITY_MALFORMED with the key in error;
 * -ENOMEM. Never blocks. */
int mc_envelope_to_reply(const struct mc_value *envelope, const char *expected_id,
                         struct mc_arena *arena, struct mc_reply **ret_reply,
                         struct mc_error *error) MC_MUST_USE;

/* Encode a payload to the bytes of a body.
 * payload: borrowed; NULL is nil.   arena: owns *ret_bytes.
 * Returns 0; -EINVAL with error for what the format cannot hold; -ENOMEM.
 * Never blocks. */
int mc_envelope_body(const struct mc_envelope_codec *codec,
                     const struct mc_value *payload, struct mc_arena *arena,
                     struct mc_bytes *ret_bytes, struct mc_error *error) MC_MUST_USE;

/* Encode the envelope of a request around a body.
 * proof: borrowed.   arena: owns *ret_bytes.
 * Returns 0; -EINVAL with error; -ENOMEM. Never blocks. */
int mc_envelope_seal_request(const struct mc_envelope_codec *codec,
                             const struct mc_request *request, struct mc_bytes body,
                             const struct mc_envelope_proof *proof,
                             struct mc_arena *arena, struct mc_bytes *ret_bytes,
                             struct mc_error *error) MC_MUST_USE;

/* Encode the envelope of a reply around a body; see mc_envelope_seal_request(). */
int mc_envelope_seal_reply(const struct mc_envelope_codec *codec,
                           const struct mc_reply *reply, struct mc_bytes body,
                           const struct mc_envelope_proof *proof,
                           struct mc_arena *arena, struct mc_bytes *ret_bytes,
                           struct mc_error *error) MC_MUST_USE;

#endif

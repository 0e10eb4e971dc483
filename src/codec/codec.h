/* Codecs: bytes <-> mc_value, no I/O, everything bounded.
 *
 * Decoders allocate in the arena only and stop at its cap, at MC_VALUE_DEPTH_MAX, and
 * at counts that the remaining bytes cannot hold. They never act on class names. */
#ifndef MC_CODEC_CODEC_H
#define MC_CODEC_CODEC_H

#include "value/value.h"

enum
{
    MC_CODEC_MALFORMED = 1, /* not this format, truncated, or inconsistent */
    MC_CODEC_LIMIT = 2,     /* too deep, too many, too large */
    MC_CODEC_REFUSED = 3,   /* well-formed, but an object, tag or alias we refuse */
};

enum mc_decode_options
{
    MC_DECODE_OPAQUE_OBJECTS = 1, /* keep foreign objects as MC_OBJECT, not REFUSED */
};

/* The largest number of values that one message may expand to. */
#define MC_CODEC_VALUES_MAX ((size_t)2 * 1000 * 1000)

/* Decode one document; trailing bytes are an error.
 * in: borrowed.   options: mask of mc_decode_options.   arena: owns *ret_value.
 * error: what and at which offset or line.
 * Returns 0; MC_CODEC_MALFORMED; MC_CODEC_LIMIT (also when the arena is full);
 * MC_CODEC_REFUSED. Never blocks. */
typedef int mc_codec_decode_fn(struct mc_bytes in, unsigned options,
                               struct mc_arena *arena,
                               const struct mc_value **ret_value,
                               struct mc_error *error);

/* Encode.
 * value: borrowed.   arena: owns *ret_bytes.
 * Returns 0; MC_CODEC_REFUSED (a value this format cannot hold); MC_CODEC_LIMIT; -ENOMEM.
 * Never blocks. */
typedef int mc_codec_encode_fn(const struct mc_value *value, struct mc_arena *arena,
                               struct mc_bytes *ret_bytes, struct mc_error *error);

/* Ruby Marshal 4.8 (spec collective.md 2.10). */
mc_codec_decode_fn mc_marshal_decode;
/* Ruby Marshal 4.8 (spec collective.md 2.10). */
mc_codec_encode_fn mc_marshal_encode;

/* YAML as Ruby writes it (spec collective.md 2.11): symbols with a leading colon,
 * !ruby/regexp, !binary; aliases, anchors and any other tag are refused. */
mc_codec_decode_fn mc_yaml_decode;
/* YAML as Ruby writes it (spec collective.md 2.11), block style, no anchors. */
mc_codec_encode_fn mc_yaml_encode;

/* JSON (RFC 8259, by jansson); object keys become Strings. */
mc_codec_decode_fn mc_json_decode;
/* JSON (RFC 8259), one line; Symbols become strings, bytes that are no UTF-8 are
 * replaced by U+FFFD; NaN and infinities become null. */
mc_codec_encode_fn mc_json_encode;
/* The same, indented by two blanks, as Ruby's pretty_generate writes it. */
mc_codec_encode_fn mc_json_encode_pretty;

/* YAML fact files (spec 4.8): symbols and aliases allowed (expansion counted), YAML 1.1
 * scalars; other types lose the file. */
mc_codec_decode_fn mc_yaml_decode_facts;

#endif

/* Scalars with a tag: the few that Ruby's own output uses; all others are refused. */
#ifndef MC_CODEC_YAML_TAG_H
#define MC_CODEC_YAML_TAG_H

#include "codec/codec.h"

/* The value of a tagged scalar; the tag "!" means none, as Psych reads it.
 * tag, text: borrowed.   patterns: whether !ruby/regexp is allowed.
 * arena: owns *ret_value.   error: why not.
 * Returns 0; MC_CODEC_MALFORMED; MC_CODEC_LIMIT; MC_CODEC_REFUSED. Never blocks. */
int mc_yaml_tagged(const char *tag, struct mc_bytes text, bool patterns,
                   struct mc_arena *arena, struct mc_value **ret_value,
                   struct mc_error *error) MC_MUST_USE;

/* The outcome for a tag that we do not know.
 * tag: from the peer, any text.   error: names it by its printable letters.
 * Returns MC_CODEC_REFUSED. Never blocks. */
int mc_yaml_refuse_tag(const char *tag, struct mc_error *error) MC_MUST_USE;

#endif

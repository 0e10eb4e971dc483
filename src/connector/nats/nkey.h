/* NATS user keys: from a seed to its public key.
 *
 * The text form of both is base32 (RFC 4648, without padding) of a prefix, 32 key bytes
 * and a CRC-16 (XMODEM polynomial, low byte first); the key is Ed25519. The library
 * signs with a seed but wants to be told the public key besides. */
#ifndef MC_CONNECTOR_NATS_NKEY_H
#define MC_CONNECTOR_NATS_NKEY_H

#include "base/bytes.h"
#include "base/error.h"

/* Letters of a public key and of a seed in their text forms. */
#define MC_NKEY_PUBLIC_LETTERS 56
#define MC_NKEY_SEED_LETTERS 58

/* The public key of the first user seed ("SU…") in a text.
 * text: the content of a key file, borrowed; other lines are skipped.
 * ret_public: C string.   error: says what is wrong, never what was read.
 * Returns 0; -EINVAL. Never blocks. */
int mc_nkey_public(struct mc_bytes text, char (*ret_public)[MC_NKEY_PUBLIC_LETTERS + 1],
                   struct mc_error *error) MC_MUST_USE;

#endif

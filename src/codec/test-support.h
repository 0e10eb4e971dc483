/* Helpers that the codec tests and fuzz targets share. */
#ifndef MC_CODEC_TEST_SUPPORT_H
#define MC_CODEC_TEST_SUPPORT_H

#include "codec/codec.h"

/* Bytes from hex digits; blanks and line ends between them are skipped.
 * hex: an even number of digits.   arena: owns the result.
 * Returns the bytes. Never blocks. */
struct mc_bytes mc_codec_test_hex(struct mc_arena *arena, const char *hex);

/* A golden file, made by t/fixtures/make-codec.rb.
 * name: e.g. "request.yaml".   arena: owns the result.
 * Returns its bytes, or no bytes when it cannot be read. Blocks on the disk. */
struct mc_bytes mc_codec_test_golden(struct mc_arena *arena, const char *name);

/* A pseudo-random tree: the same seed gives the same tree everywhere.
 * seed: any number.   plain: only what JSON can hold (no symbols, patterns, binary).
 * arena: owns the tree.
 * Returns the tree. Never blocks. */
const struct mc_value *mc_codec_test_tree(struct mc_arena *arena, uint64_t seed,
                                          bool plain);

/* The property of every fuzz target: bytes that decode can be encoded, and what was
 * encoded decodes to what encodes to the same bytes. Aborts when that does not hold.
 * data, size: any bytes.   options: mask of mc_decode_options.
 * Returns nothing. Never blocks. */
void mc_codec_test_round(mc_codec_decode_fn *first, mc_codec_encode_fn *encode,
                         mc_codec_decode_fn *again, const uint8_t *data, size_t size,
                         unsigned options);

#endif

/* Helpers of the tests of security providers: configurations, fixtures, and envelopes
 * taken apart, altered and put together again. */
#ifndef MC_SECURITY_TEST_SUPPORT_H
#define MC_SECURITY_TEST_SUPPORT_H

#include "security/envelope.h"

/* An open provider with its configuration. */
struct mc_test_security
{
    struct mc_config *config;
    struct mc_security *security;
};

/* Open what a configuration text names; a failure fails the test.
 * text: "%F" stands for the folder of fixtures.
 * Returns the pair, given back with mc_test_security_close(). Blocks on the disk. */
struct mc_test_security mc_test_security_open(const char *text, enum mc_role role);

/* A configuration of a text; see mc_test_security_open().
 * Returns it, owned by the caller. Never blocks. */
struct mc_config *mc_test_config(const char *text, enum mc_role role);

/* Give the pair back.
 * Returns nothing. Never blocks. */
void mc_test_security_close(struct mc_test_security *pair);

/* Read t/fixtures/NAME; a failure fails the test.
 * arena: owns the bytes.
 * Returns the content. Blocks on the disk. */
struct mc_bytes mc_test_fixture(struct mc_arena *arena, const char *name);

/* The same envelope with another value under a key, or without the key.
 * codec: of the envelope.   value: NULL takes the key away.   arena: owns the result.
 * Returns its bytes. Never blocks. */
struct mc_bytes mc_test_alter(const struct mc_envelope_codec *codec, struct mc_bytes in,
                              const char *key, const struct mc_value *value,
                              struct mc_arena *arena);

/* A request that uses every part: filter of all kinds, data of several types.
 * arena: owns it.
 * Returns the request, to be sealed with this caller. Never blocks. */
struct mc_request mc_test_request(struct mc_arena *arena, const char *caller);

/* A reply to mc_test_request().
 * arena: owns it.
 * Returns the reply. Never blocks. */
struct mc_reply mc_test_reply(struct mc_arena *arena);

/* The time that the fixtures and the messages above carry. */
#define MC_TEST_TIME_S 1795332645
/* Their request id. */
#define MC_TEST_ID "0123456789abcdef0123456789abcdef"

#endif

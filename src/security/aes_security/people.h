/* Whom a node knows: a folder of public keys and certificates, how keys that come with a
 * request are learned, and the authority that certificates must come from (spec
 * collective.md 2.9).
 *
 * A key is learned only from a request that opens with it, and never replaces one that is
 * there. */
#ifndef MC_SECURITY_AES_SECURITY_PEOPLE_H
#define MC_SECURITY_AES_SECURITY_PEOPLE_H

#include "security/keys.h"

struct mc_people
{
    const char *folder; /* of NAME.pem; NULL on a client; owned by the configuration */
    void *authority; /* certificates that we trust, NULL without plugin.aes.ca_cert */
    bool learn;
    bool learn_anything;
};

/* Read the settings of a node.
 * people: zeroed.   error: setting and file.
 * Returns 0; -EINVAL; -errno of the file; -ENOMEM. Blocks on the disk. */
int mc_people_init(struct mc_people *people, const struct mc_config *config,
                   struct mc_error *error) MC_MUST_USE;

/* Give back what init took; zeroed people are fine.
 * Returns nothing. Never blocks. */
void mc_people_deinit(struct mc_people *people);

/* The public key of a caller: of the folder, else the one that came along when such may
 * be learned. With an authority it is a certificate of the caller's name from there.
 * caller: well-formed.   sent: PEM text that came with the request, NULL for none.
 * arena: owns *ret_path.   ret_path: where to learn the sent one, NULL for no need.
 * Returns 0 and a key owned by the caller; MC_SECURITY_NO_KEY, _MALFORMED; -ENOMEM.
 * Blocks on the disk. */
int mc_people_key(const struct mc_people *people, const char *caller,
                  struct mc_bytes sent, struct mc_arena *arena, EVP_PKEY **ret_key,
                  const char **ret_path, struct mc_error *error) MC_MUST_USE;

/* The name in a certificate: the whole of its subject's first part, which is a CN.
 * pem: the text.
 * Returns 0 and cert=NAME; -EINVAL when it is no certificate or has no such name.
 * Never blocks. */
int mc_people_name(struct mc_bytes pem, char (*ret_caller)[MC_KEYS_CALLER_BYTES])
    MC_MUST_USE;

#endif

/* What is known of one package, asked of the package manager inside a call. */
#ifndef MC_HOST_PACKAGE_ASK_H
#define MC_HOST_PACKAGE_ASK_H

#include "host/package/provider.h"

/* Run the manager's question in a child and wait for it.
 * provider: borrowed.   name: valid (mc_package_name_valid()).   end_us: on the monotonic
 * clock; then the child and its group are killed.   arena: owns the texts of *ret_about.
 * error: one sentence.
 * Returns 0, also when the package is absent; -ETIMEDOUT; -EIO when the manager failed;
 * other -errno. Blocks up to end_us. */
int mc_package_ask(const struct mc_package_provider *provider, const char *name,
                   int64_t end_us, struct mc_arena *arena,
                   struct mc_package_about *ret_about, struct mc_error *error)
    MC_MUST_USE;

#endif

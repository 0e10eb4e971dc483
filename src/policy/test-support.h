/* An invented node, a folder for files, and opening a policy, for the tests here. */
#ifndef MC_POLICY_TEST_SUPPORT_H
#define MC_POLICY_TEST_SUPPORT_H

#include "policy/policy.h"

/* The node has the facts country=uk and mem=1024, the classes apache and db::server.
 * Its callbacks note what they were told. */
struct test_host
{
    struct mc_policy_host host;
    struct mc_policy_host_ops ops;
    size_t warnings;
    char warning[512];
    int compound_answer; /* what every compound text evaluates to */
    char compound[256];  /* the last one */
};

/* Make it, with a compound callback or without.
 * Returns nothing. Never blocks. */
void test_host_init(struct test_host *host, bool compound);

/* Open a policy.
 * host: NULL: one without compound filters that notes nothing.
 * text: of a configuration.   path: stands for its file.
 * Returns as mc_policy_open(). Blocks on the disk. */
int test_policy_open(const struct test_host *host, const char *text, const char *path,
                     struct mc_policy **ret_policy, struct mc_error *error);

/* A new folder below the temporary one.
 * ret_folder: at least 64 bytes.
 * Returns nothing. Blocks on the disk. */
void test_folder(char *ret_folder);

/* Write a file; a NULL content removes it.
 * Returns nothing. Blocks on the disk. */
void test_file(const char *folder, const char *name, const char *content);

/* Remove a folder and all in it.
 * Returns nothing. Blocks on the disk. */
void test_folder_remove(const char *folder);

#endif

/* fstat: what a file is (spec collective.md 4.9).
 *
 * A symbolic link is reported as such when its target exists. The digest is made of
 * regular files up to a size that does not hold up the node; a longer one has "0". */
#include "filter/data/data-private.h"

#include "base/clock.h"
#include "base/file.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DIGEST_BYTES_MAX ((size_t)16 * 1024 * 1024)

static const char *type_of(mode_t mode)
{
    static const struct
    {
        mode_t type;
        const char *name;
    } types[] = {
        {S_IFREG, "file"},    {S_IFDIR, "directory"}, {S_IFLNK, "symlink"},
        {S_IFSOCK, "socket"}, {S_IFCHR, "chardev"},   {S_IFBLK, "blockdev"},
    };

    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if ((mode & S_IFMT) == types[i].type) {
            return types[i].name;
        }
    }
    return "unknown";
}

/* Hex digest of a file in an arena of its own, because the content is large. */
static void digest_of(const char *path, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(DIGEST_BYTES_MAX + 4096);
    uint8_t digest[EVP_MAX_MD_SIZE];
    struct mc_bytes content;
    unsigned len = 0;

    (void)snprintf(hex, 2, "0");
    if (!arena || mc_file_read(path, DIGEST_BYTES_MAX, arena, &content, NULL) != 0 ||
        !EVP_Digest(content.data, content.len, digest, &len, EVP_md5(), NULL)) {
        return;
    }
    for (unsigned i = 0; i < len; i++) {
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    }
}

static void set_time(struct mc_data_answer *answer, const char *name, int64_t seconds,
                     bool present)
{
    char output[32];
    char text[32] = "";
    struct tm local;
    time_t when = (time_t)seconds;
    struct mc_arena *arena = answer->arena;

    if (localtime_r(&when, &local)) {
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
    }
    (void)mc_data_set(answer, name,
                      present ? mc_value_text(arena, text) : mc_value_int(arena, 0));
    (void)snprintf(output, sizeof(output), "%s_seconds", name);
    (void)mc_data_set(answer, output, mc_value_int(arena, present ? seconds : 0));
    (void)snprintf(output, sizeof(output), "%s_age", name);
    (void)mc_data_set(answer, output,
                      present ? mc_value_int(arena, mc_clock_now_s() - seconds)
                              : mc_value_nil(arena));
}

int mc_data_fstat(struct mc_data_answer *answer, const char *query)
{
    struct mc_arena *arena = answer->arena;
    struct stat about = {0};
    struct stat target;
    char mode[16] = "0000";
    char md5[2 * EVP_MAX_MD_SIZE + 1] = "0";

    if (!query || !*query) {
        mc_error_set(answer->error, "fstat needs the name of a file");
        return MC_DATA_FAILED;
    }
    bool present = stat(query, &target) == 0 && lstat(query, &about) == 0;
    if (present) {
        (void)snprintf(mode, sizeof(mode), "%o", about.st_mode);
    }
    if (present && S_ISREG(about.st_mode)) {
        digest_of(query, md5);
    }
    const struct
    {
        const char *output;
        const struct mc_value *value;
    } rows[] = {
        {"name", mc_value_text(arena, query)},
        {"output", mc_value_text(arena, present ? "present" : "not present")},
        {"present", mc_value_int(arena, present)},
        {"size", mc_value_int(arena, about.st_size)},
        {"mode", mc_value_text(arena, mode)},
        {"md5",
         strcmp(md5, "0") == 0 ? mc_value_int(arena, 0) : mc_value_text(arena, md5)},
        {"uid", mc_value_int(arena, about.st_uid)},
        {"gid", mc_value_int(arena, about.st_gid)},
        {"type", mc_value_text(arena, present ? type_of(about.st_mode) : "unknown")},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        (void)mc_data_set(answer, rows[i].output, rows[i].value);
    }
    set_time(answer, "mtime", about.st_mtime, present);
    set_time(answer, "ctime", about.st_ctime, present);
    set_time(answer, "atime", about.st_atime, present);
    return answer->r;
}

/* See nkey.h. The prefix of a seed is two bytes that share their bits: five say that
 * it is a seed, the next eight whose (a user's). */
#include "connector/nats/nkey.h"

#include "base/memory.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define KEY_BYTES 32
#define CRC_BYTES 2
#define SEED_BYTES (2 + KEY_BYTES + CRC_BYTES)
#define PUBLIC_BYTES (1 + KEY_BYTES + CRC_BYTES)
#define PREFIX_SEED (18U << 3)
#define PREFIX_USER (20U << 3)

static uint16_t crc16(const uint8_t *data, size_t len)
{
    unsigned crc = 0;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned)data[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 0x8000U ? (crc << 1) ^ 0x1021U : crc << 1;
        }
    }
    return (uint16_t)crc;
}

static bool base32_value(uint8_t letter, unsigned *ret_value)
{
    if (letter >= 'A' && letter <= 'Z') {
        *ret_value = letter - 'A';
    } else if (letter >= '2' && letter <= '7') {
        *ret_value = letter - '2' + 26U;
    } else {
        return false;
    }
    return true;
}

/* Returns whether all letters are good; fills out with letters * 5 / 8 bytes. */
static bool base32_read(struct mc_bytes letters, uint8_t *out)
{
    unsigned held = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < letters.len; i++) {
        unsigned value = 0;

        if (!base32_value(letters.data[i], &value)) {
            return false;
        }
        held = (held << 5 | value) & 0xfffU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (uint8_t)(held >> bits);
        }
    }
    return true;
}

static void base32_write(const uint8_t *data, size_t len, char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned held = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | data[i]) & 0xfffU;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            *out++ = letters[held >> bits & 31U];
        }
    }
    if (bits > 0) {
        *out++ = letters[held << (5 - bits) & 31U];
    }
    *out = '\0';
}

/* The first line that looks like a seed; no bytes when there is none. */
static struct mc_bytes find_seed(struct mc_bytes text)
{
    while (text.len > 0) {
        size_t end = mc_bytes_find(text, '\n');
        struct mc_bytes line = mc_bytes_trim(mc_bytes_slice(text, 0, end));

        if (mc_bytes_starts(line, "S") && line.len == MC_NKEY_SEED_LETTERS) {
            return line;
        }
        text = mc_bytes_slice(text, end + 1, text.len);
    }
    return text;
}

static bool derive(const uint8_t *secret, uint8_t *ret_key)
{
    size_t len = KEY_BYTES;
    EVP_PKEY *pair =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, KEY_BYTES);
    bool done = pair && EVP_PKEY_get_raw_public_key(pair, ret_key, &len) == 1 &&
                len == KEY_BYTES;

    EVP_PKEY_free(pair);
    return done;
}

static bool seed_ok(struct mc_bytes line, uint8_t (*seed)[SEED_BYTES])
{
    if (line.len == 0 || !base32_read(line, *seed)) {
        return false;
    }
    uint16_t crc = crc16(*seed, SEED_BYTES - CRC_BYTES);
    return (*seed)[SEED_BYTES - 2] == (crc & 0xffU) &&
           (*seed)[SEED_BYTES - 1] == crc >> 8 &&
           (*seed)[0] == (PREFIX_SEED | PREFIX_USER >> 5) &&
           (*seed)[1] == ((PREFIX_USER & 31U) << 3);
}

int mc_nkey_public(struct mc_bytes text, char (*ret_public)[MC_NKEY_PUBLIC_LETTERS + 1],
                   struct mc_error *error)
{
    uint8_t seed[SEED_BYTES] = {0};
    uint8_t public[PUBLIC_BYTES] = {PREFIX_USER};
    bool done = seed_ok(find_seed(text), &seed);

    if (!done) {
        mc_error_set(error, "holds no user seed (a line SU… of %d letters)",
                     MC_NKEY_SEED_LETTERS);
    } else if (!derive(seed + 2, public + 1)) {
        mc_error_set(error, "the key cannot be used (no Ed25519 here?)");
        done = false;
    }
    mc_memory_wipe(seed, sizeof(seed));
    if (!done) {
        return -EINVAL;
    }
    uint16_t crc = crc16(public, PUBLIC_BYTES - CRC_BYTES);
    public[PUBLIC_BYTES - 2] = (uint8_t)(crc & 0xffU);
    public[PUBLIC_BYTES - 1] = (uint8_t)(crc >> 8);
    base32_write(public, PUBLIC_BYTES, *ret_public);
    return 0;
}

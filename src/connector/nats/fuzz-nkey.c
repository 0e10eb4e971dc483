/* Reads any bytes as a key file. */
#include "connector/nats/nkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char public[MC_NKEY_PUBLIC_LETTERS + 1];

    (void)!mc_nkey_public(mc_bytes_make(data, size), &public, NULL);
    return 0;
}

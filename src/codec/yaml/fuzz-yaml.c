/* Any bytes as YAML messages: decoded or refused, and what decodes survives a round. */
#include "codec/test-support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mc_codec_test_round(mc_yaml_decode, mc_yaml_encode, mc_yaml_decode, data, size, 0);
    return 0;
}

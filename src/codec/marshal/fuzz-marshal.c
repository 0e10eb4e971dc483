/* Any bytes as Ruby Marshal: decoded or refused, and what decodes survives a round. */
#include "codec/test-support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mc_codec_test_round(mc_marshal_decode, mc_marshal_encode, mc_marshal_decode, data,
                        size, 0);
    mc_codec_test_round(mc_marshal_decode, mc_marshal_encode, mc_marshal_decode, data,
                        size, MC_DECODE_OPAQUE_OBJECTS);
    return 0;
}

/* The model convolutions as the serial loop sees it, and the arena it runs in. */
#include "convolutions.h"
#include "tc_app.h"
#include "tc_protocol.h"
#include "tc_types.h"

static TC_ALIGNED(16) uint8_t tc_arena[convolutions_ARENA_BYTES];

#define INPUTS_BYTES (convolutions_INPUT0_BYTES)
#define REQUEST_BYTES TC_PROTOCOL_REQUEST_BYTES(INPUTS_BYTES)
static uint8_t received[TC_PROTOCOL_RECEIVED_BYTES(REQUEST_BYTES)];

static const uint32_t input_bytes[] = {
    convolutions_INPUT0_BYTES,
};

static const uint32_t output_bytes[] = {
    convolutions_OUTPUT0_BYTES,
};

const tc_app_model tc_app = {
    .name = "convolutions",
    .hash = convolutions_hash,
    .arena = tc_arena,
    .arena_bytes = convolutions_ARENA_BYTES,
    .input_count = convolutions_INPUT_COUNT,
    .output_count = convolutions_OUTPUT_COUNT,
    .layer_count = convolutions_LAYER_COUNT,
    .request_bytes = REQUEST_BYTES,
    .received = received,
    .input_bytes = input_bytes,
    .output_bytes = output_bytes,
    .input = convolutions_input,
    .output = convolutions_output,
    .run = convolutions_run,
    .run_layer = convolutions_run_layer,
};

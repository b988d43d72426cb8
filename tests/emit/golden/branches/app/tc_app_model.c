/* The model branches as the serial loop sees it, and the arena it runs in. */
#include "branches.h"
#include "tc_app.h"
#include "tc_protocol.h"
#include "tc_types.h"

static TC_ALIGNED(16) uint8_t tc_arena[branches_ARENA_BYTES];

#define INPUTS_BYTES (branches_INPUT0_BYTES + branches_INPUT1_BYTES)
#define REQUEST_BYTES TC_PROTOCOL_REQUEST_BYTES(INPUTS_BYTES)
static uint8_t received[TC_PROTOCOL_RECEIVED_BYTES(REQUEST_BYTES)];

static const uint32_t input_bytes[] = {
    branches_INPUT0_BYTES,
    branches_INPUT1_BYTES,
};

static const uint32_t output_bytes[] = {
    branches_OUTPUT0_BYTES,
};

const tc_app_model tc_app = {
    .name = "branches",
    .hash = branches_hash,
    .arena = tc_arena,
    .arena_bytes = branches_ARENA_BYTES,
    .input_count = branches_INPUT_COUNT,
    .output_count = branches_OUTPUT_COUNT,
    .layer_count = branches_LAYER_COUNT,
    .request_bytes = REQUEST_BYTES,
    .received = received,
    .input_bytes = input_bytes,
    .output_bytes = output_bytes,
    .input = branches_input,
    .output = branches_output,
    .run = branches_run,
    .run_layer = branches_run_layer,
};

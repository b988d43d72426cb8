/* The model in_place as the serial loop sees it, and the arena it runs in. */
#include "in_place.h"
#include "tc_app.h"
#include "tc_protocol.h"
#include "tc_types.h"

static TC_ALIGNED(16) uint8_t tc_arena[in_place_ARENA_BYTES];

#define INPUTS_BYTES (in_place_INPUT0_BYTES)
#define REQUEST_BYTES TC_PROTOCOL_REQUEST_BYTES(INPUTS_BYTES)
static uint8_t received[TC_PROTOCOL_RECEIVED_BYTES(REQUEST_BYTES)];

static const uint32_t input_bytes[] = {
    in_place_INPUT0_BYTES,
};

static const uint32_t output_bytes[] = {
    in_place_OUTPUT0_BYTES,
    in_place_OUTPUT1_BYTES,
    in_place_OUTPUT2_BYTES,
};

const tc_app_model tc_app = {
    .name = "in_place",
    .hash = in_place_hash,
    .arena = tc_arena,
    .arena_bytes = in_place_ARENA_BYTES,
    .input_count = in_place_INPUT_COUNT,
    .output_count = in_place_OUTPUT_COUNT,
    .layer_count = in_place_LAYER_COUNT,
    .request_bytes = REQUEST_BYTES,
    .received = received,
    .input_bytes = input_bytes,
    .output_bytes = output_bytes,
    .input = in_place_input,
    .output = in_place_output,
    .run = in_place_run,
    .run_layer = in_place_run_layer,
};

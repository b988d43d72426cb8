#include "tc_protocol.h"

#include <string.h>

#include "tc_app.h"
#include "tc_board.h"
#include "tc_crc32.h"
#include "tc_fault.h"

#define PAYLOAD_BYTES TC_PROTOCOL_PAYLOAD_BYTES

/* An answer under construction: `used` bytes of the payload are filled. */
typedef struct {
    uint8_t *payload;
    size_t used;
} answer_t;

static struct {
    uint8_t frame[TC_PROTOCOL_FRAME_BYTES(PAYLOAD_BYTES)]; /* the last answer, kept to be sent again */
    size_t frame_length;
    uint32_t request_crc; /* of the request that it answers */
    uint32_t inputs_crc;  /* of the inputs that layers 0 .. next_layer - 1 have consumed */
    uint16_t next_layer;
    uint8_t reset_requested;
} state;

static uint32_t get_u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get_u32(const uint8_t *p)
{
    return get_u16(p) | get_u16(p + 2) << 16;
}

static void put_u8(answer_t *a, uint32_t value)
{
    a->payload[a->used++] = (uint8_t)value;
}

static void put_u16(answer_t *a, uint32_t value)
{
    put_u8(a, value & 0xffu);
    put_u8(a, value >> 8 & 0xffu);
}

static void put_u32(answer_t *a, uint32_t value)
{
    put_u16(a, value & 0xffffu);
    put_u16(a, value >> 16);
}

static void put_bytes(answer_t *a, const void *bytes, size_t count)
{
    memcpy(a->payload + a->used, bytes, count);
    a->used += count;
}

/* A length byte and at most `limit` characters. */
static void put_text(answer_t *a, const char *text, size_t limit)
{
    size_t count = 0;
    while (count < limit && text[count] != '\0') {
        ++count;
    }
    put_u8(a, (uint32_t)count);
    put_bytes(a, text, count);
}

static void put_fault(answer_t *a)
{
    const tc_fault_record *fault = tc_fault_pending();
    if (fault == NULL) {
        return;
    }
    const uint32_t words[TC_FAULT_WORDS] = {fault->exception, fault->pc,   fault->lr,      fault->sp,   fault->psr,
                                            fault->cfsr,      fault->hfsr, fault->address, fault->layer};
    for (size_t i = 0; i < TC_FAULT_WORDS; ++i) {
        put_u32(a, words[i]);
    }
}

static int inside(uint32_t offset, uint32_t count, uint32_t size)
{
    return offset <= size && count <= size - offset;
}

static uint32_t crc_of_inputs(void)
{
    uint32_t crc = 0;
    for (int i = 0; i < tc_app.input_count; ++i) {
        crc = tc_crc32(crc, (const uint8_t *)tc_app.input(tc_app.arena, i), tc_app.input_bytes[i]);
    }
    return crc;
}

/* Running overwrites inputs that share memory with activations, so only untouched inputs may start a run. */
static uint8_t claim_inputs(uint32_t inputs_crc)
{
    if (crc_of_inputs() != inputs_crc) {
        return TC_ERROR_INPUTS;
    }
    state.inputs_crc = inputs_crc;
    state.next_layer = 0;
    return TC_ERROR_NONE;
}

static uint8_t hello(answer_t *a)
{
    put_u16(a, PAYLOAD_BYTES);
    put_u8(a, tc_cycles_kind());
    put_u32(a, tc_board_clock_hz());
    put_u32(a, tc_app.arena_bytes);
    put_u16(a, tc_app.input_count);
    put_u16(a, tc_app.output_count);
    put_u16(a, tc_app.layer_count);
    put_text(a, tc_app.hash, 64);
    put_text(a, tc_app.name, 64);
    put_u8(a, tc_fault_pending() != NULL);
    put_u16(a, tc_app.request_bytes);
    return TC_ERROR_NONE;
}

/* input u8, offset u32, bytes */
static uint8_t write_input(const uint8_t *request, uint32_t length)
{
    if (length < 5u) {
        return TC_ERROR_LENGTH;
    }
    const int index = request[0];
    const uint32_t offset = get_u32(request + 1);
    const uint32_t count = length - 5u;
    if (index >= tc_app.input_count || !inside(offset, count, tc_app.input_bytes[index])) {
        return TC_ERROR_RANGE;
    }
    state.next_layer = 0;
    memcpy(tc_app.input(tc_app.arena, index) + offset, request + 5, count);
    return TC_ERROR_NONE;
}

/* inputs_crc u32 -> kind u8, cycles u32 */
static uint8_t run(const uint8_t *request, uint32_t length, answer_t *a)
{
    if (length != 4u) {
        return TC_ERROR_LENGTH;
    }
    const uint8_t error = claim_inputs(get_u32(request));
    if (error != TC_ERROR_NONE) {
        return error;
    }
    tc_marker(1);
    const uint32_t before = tc_cycles();
    tc_app.run(tc_app.arena);
    const uint32_t after = tc_cycles();
    tc_marker(0);
    state.next_layer = tc_app.layer_count;
    put_u8(a, tc_cycles_kind());
    put_u32(a, after - before);
    return TC_ERROR_NONE;
}

/* Writes bytes of all inputs, one after the other, from `offset` on; they must be inside. */
static void write_inputs(uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    for (int i = 0; i < tc_app.input_count && count > 0u; ++i) {
        const uint32_t size = tc_app.input_bytes[i];
        const uint32_t first = offset < size ? offset : size;
        const uint32_t part = size - first < count ? size - first : count;
        memcpy(tc_app.input(tc_app.arena, i) + first, bytes, part);
        bytes += part;
        count -= part;
        offset -= first;
    }
}

static void put_outputs(answer_t *a)
{
    for (int i = 0; i < tc_app.output_count; ++i) {
        const size_t room = PAYLOAD_BYTES - a->used;
        put_bytes(a, tc_app.output(tc_app.arena, i), tc_app.output_bytes[i] < room ? tc_app.output_bytes[i] : room);
    }
}

/* inputs_crc u32, the last bytes of the inputs -> kind u8, cycles u32, the first bytes of the outputs */
static uint8_t infer(const uint8_t *request, uint32_t length, answer_t *a)
{
    uint32_t total = 0;
    for (int i = 0; i < tc_app.input_count; ++i) {
        total += tc_app.input_bytes[i];
    }
    if (length < 4u) {
        return TC_ERROR_LENGTH;
    }
    const uint32_t count = length - 4u;
    if (count > total) {
        return TC_ERROR_RANGE;
    }
    state.next_layer = 0;
    write_inputs(total - count, request + 4, count);
    const uint8_t error = run(request, 4, a);
    if (error == TC_ERROR_NONE) {
        put_outputs(a);
    }
    return error;
}

/* output u8, offset u32, length u16 -> output u8, offset u32, inputs_crc u32, bytes */
static uint8_t read_output(const uint8_t *request, uint32_t length, answer_t *a)
{
    if (length != 7u) {
        return TC_ERROR_LENGTH;
    }
    const int index = request[0];
    const uint32_t offset = get_u32(request + 1);
    const uint32_t count = get_u16(request + 5);
    if (index >= tc_app.output_count || count > PAYLOAD_BYTES - 9u ||
        !inside(offset, count, tc_app.output_bytes[index])) {
        return TC_ERROR_RANGE;
    }
    if (state.next_layer != tc_app.layer_count) {
        return TC_ERROR_STATE;
    }
    put_u8(a, (uint32_t)index);
    put_u32(a, offset);
    put_u32(a, state.inputs_crc);
    put_bytes(a, tc_app.output(tc_app.arena, index) + offset, count);
    return TC_ERROR_NONE;
}

/* inputs_crc u32, first layer u16, count u8 -> first u16, kind u8, cycles u32 per layer */
static uint8_t profile(const uint8_t *request, uint32_t length, answer_t *a)
{
    if (length != 7u) {
        return TC_ERROR_LENGTH;
    }
    const uint32_t inputs_crc = get_u32(request);
    const uint32_t first = get_u16(request + 4);
    const uint32_t count = request[6];
    if (count > (PAYLOAD_BYTES - 3u) / 4u || !inside(first, count, tc_app.layer_count)) {
        return TC_ERROR_RANGE;
    }
    const uint8_t error = first == 0u ? claim_inputs(inputs_crc) : TC_ERROR_NONE;
    if (error != TC_ERROR_NONE) {
        return error;
    }
    if (state.next_layer != first || state.inputs_crc != inputs_crc) {
        return TC_ERROR_STATE;
    }
    put_u16(a, first);
    put_u8(a, tc_cycles_kind());
    for (uint32_t layer = first; layer < first + count; ++layer) {
        tc_fault_set_layer(layer);
        const uint32_t before = tc_cycles();
        tc_app.run_layer(tc_app.arena, (int)layer);
        put_u32(a, tc_cycles() - before);
    }
    state.next_layer = (uint16_t)(first + count);
    return TC_ERROR_NONE;
}

/* inputs_crc u32, layer u16, arena offset u32, length u16 -> layer u16, offset u32, bytes of the arena after that layer */
static uint8_t dump(const uint8_t *request, uint32_t length, answer_t *a)
{
    if (length != 12u) {
        return TC_ERROR_LENGTH;
    }
    const uint32_t inputs_crc = get_u32(request);
    const uint32_t layer = get_u16(request + 4);
    const uint32_t offset = get_u32(request + 6);
    const uint32_t count = get_u16(request + 10);
    if (layer >= tc_app.layer_count || count > PAYLOAD_BYTES - 6u || !inside(offset, count, tc_app.arena_bytes)) {
        return TC_ERROR_RANGE;
    }
    if (state.next_layer == 0u || state.next_layer > layer + 1u || state.inputs_crc != inputs_crc) {
        const uint8_t error = claim_inputs(inputs_crc);
        if (error != TC_ERROR_NONE) {
            return error;
        }
    }
    while (state.next_layer <= layer) {
        tc_fault_set_layer(state.next_layer);
        tc_app.run_layer(tc_app.arena, state.next_layer);
        ++state.next_layer;
    }
    put_u16(a, layer);
    put_u32(a, offset);
    put_bytes(a, tc_app.arena + offset, count);
    return TC_ERROR_NONE;
}

/* -> the record, or nothing */
static uint8_t fetch_fault(answer_t *a)
{
    put_fault(a);
    tc_fault_clear();
    return TC_ERROR_NONE;
}

static uint8_t carry_out(uint8_t type, const uint8_t *request, uint32_t length, answer_t *a)
{
    switch (type) {
    case TC_HELLO:
        return hello(a);
    case TC_WRITE:
        return write_input(request, length);
    case TC_RUN:
        return run(request, length, a);
    case TC_INFER:
        return infer(request, length, a);
    case TC_READ:
        return read_output(request, length, a);
    case TC_PROFILE:
        return profile(request, length, a);
    case TC_DUMP:
        return dump(request, length, a);
    case TC_STACK:
        put_u32(a, tc_stack_used_bytes());
        return TC_ERROR_NONE;
    case TC_RESET:
        state.reset_requested = 1;
        return TC_ERROR_NONE;
    case TC_FAULT:
        return fetch_fault(a);
    default:
        return TC_ERROR_TYPE;
    }
}

/* After a fault nothing is carried out that could hide it, until the host has fetched its record. */
static uint8_t serve(uint8_t type, const uint8_t *request, uint32_t length, answer_t *a)
{
    const int answers_anyway = type == TC_HELLO || type == TC_FAULT || type == TC_RESET;
    if (!answers_anyway && tc_fault_pending() != NULL) {
        return TC_ERROR_FAULT;
    }
    const uint8_t error = carry_out(type, request, length, a);
    tc_fault_check_stack();
    tc_fault_set_layer(TC_FAULT_NO_LAYER);
    return !answers_anyway && tc_fault_pending() != NULL ? TC_ERROR_FAULT : error;
}

static void finish(uint8_t sequence, uint8_t type, const answer_t *a)
{
    state.frame[0] = TC_PROTOCOL_VERSION;
    state.frame[1] = sequence;
    state.frame[2] = type;
    answer_t crc = {a->payload, a->used};
    put_u32(&crc, tc_crc32(0, state.frame, TC_PROTOCOL_HEADER_BYTES + a->used));
    state.frame_length = TC_PROTOCOL_HEADER_BYTES + crc.used;
}

const uint8_t *tc_protocol_answer(const uint8_t *frame, size_t length, size_t *answer_length)
{
    const size_t overhead = TC_PROTOCOL_HEADER_BYTES + TC_PROTOCOL_CRC_BYTES;
    if (length < overhead || length > TC_PROTOCOL_FRAME_BYTES((size_t)tc_app.request_bytes)) {
        return NULL;
    }
    const uint32_t crc = get_u32(frame + length - TC_PROTOCOL_CRC_BYTES);
    if (crc != tc_crc32(0, frame, length - TC_PROTOCOL_CRC_BYTES)) {
        return NULL;
    }
    const uint8_t sequence = frame[1];
    const uint8_t type = frame[2];
    if (state.frame_length == 0u || state.request_crc != crc || state.frame[1] != sequence) {
        answer_t a = {state.frame + TC_PROTOCOL_HEADER_BYTES, 0};
        uint8_t error = TC_ERROR_VERSION;
        if (frame[0] == TC_PROTOCOL_VERSION || type == TC_HELLO) {
            error = serve(type, frame + TC_PROTOCOL_HEADER_BYTES, (uint32_t)(length - overhead), &a);
        }
        if (error != TC_ERROR_NONE) {
            a.used = 0;
            put_u8(&a, error);
            if (error == TC_ERROR_FAULT) {
                put_fault(&a);
            }
        }
        finish(sequence, error == TC_ERROR_NONE ? (uint8_t)(type | TC_ANSWER) : TC_ERROR, &a);
        state.request_crc = crc;
    }
    *answer_length = state.frame_length;
    return state.frame;
}

int tc_protocol_reset_requested(void)
{
    return state.reset_requested;
}

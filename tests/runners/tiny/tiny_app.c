/*
 * A model of three layers by hand, for tests of the protocol: two inputs, of which the layers overwrite both.
 * Input 0 starts with a command for layer 1: 77 never returns, 78 writes where no memory is, 79 is undefined, 80 calls a
 * null pointer, 81 pushes below the stack.
 */
#include "tc_app.h"
#include "tc_protocol.h"
#include "tc_types.h"

enum { FIRST_BYTES = 64, SECOND_BYTES = 300, SUM_OFFSET = 512, ARENA_BYTES = 1024 };
enum { HANG = 77, FAULT = 78, UNDEFINED = 79, NULL_CALL = 80, OVERFLOW = 81 };

static const int8_t weights[8] = {3, -5, 7, 11, -13, 17, 19, -23};
static const uint32_t input_bytes[2] = {FIRST_BYTES, SECOND_BYTES};
static const uint32_t output_bytes[1] = {SECOND_BYTES};
static TC_ALIGNED(8) uint8_t arena_memory[ARENA_BYTES];
static uint8_t received[TC_PROTOCOL_RECEIVED_BYTES(TC_PROTOCOL_REQUEST_BYTES(FIRST_BYTES + SECOND_BYTES))];
static int8_t command;

static int8_t *input(void *arena, int index)
{
    return (int8_t *)arena + (index == 0 ? 0 : FIRST_BYTES);
}

static const int8_t *output(const void *arena, int index)
{
    (void)index;
    return (const int8_t *)arena;
}

static TC_NOINLINE void layer0_sum(uint8_t *arena)
{
    command = (int8_t)arena[0];
    for (int i = 0; i < SECOND_BYTES; ++i) {
        arena[SUM_OFFSET + i] = (uint8_t)(arena[FIRST_BYTES + i] + arena[i % FIRST_BYTES]);
    }
}

#ifdef __arm__
extern uint32_t __stack_limit[];

/* As a function does that is entered with the stack used up: four words go below it. */
static void overflow(void)
{
    __asm__ volatile("mrs r4, msp\n\tmsr msp, %0\n\tpush {r0-r3}\n\tpop {r0-r3}\n\tmsr msp, r4" ::"r"(__stack_limit)
                     : "r4", "memory");
}

/* A call of address 0; through a pointer it would count as a call of any function, and so as recursion. */
static void call_null(void)
{
    __asm__ volatile("movs r0, #0\n\tmov lr, pc\n\tpush {r0}\n\tpop {pc}" ::: "r0", "lr", "memory");
}
#else
static void call_null(void)
{
}

static void overflow(void)
{
}
#endif

static TC_NOINLINE void layer1_scale(uint8_t *arena)
{
    while (command == HANG) {
        *(volatile uint8_t *)arena = 0;
    }
    if (command == FAULT) {
        *(volatile uint8_t *)(uintptr_t)0x66660000u = 0;
    }
    if (command == UNDEFINED) {
        __builtin_trap();
    }
    if (command == NULL_CALL) {
        call_null();
    }
    if (command == OVERFLOW) {
        overflow();
    }
    for (int i = 0; i < SECOND_BYTES; ++i) {
        arena[i] = (uint8_t)(arena[SUM_OFFSET + i] * 3 + weights[i % 8]);
    }
}

static TC_NOINLINE void layer2_flip(uint8_t *arena)
{
    for (int i = 0; i < SECOND_BYTES; ++i) {
        arena[i] = arena[i] ^ 0x5au;
    }
}

void tiny_run_layer(void *arena, int layer);
void tiny_run_layer(void *arena, int layer)
{
    switch (layer) {
    case 0:
        layer0_sum(arena);
        break;
    case 1:
        layer1_scale(arena);
        break;
    default:
        layer2_flip(arena);
        break;
    }
}

static void run(void *arena)
{
    layer0_sum(arena);
    layer1_scale(arena);
    layer2_flip(arena);
}

const tc_app_model tc_app = {
    .name = "tiny",
    .hash = "0123456789abcdef",
    .arena = arena_memory,
    .arena_bytes = ARENA_BYTES,
    .input_count = 2,
    .output_count = 1,
    .layer_count = 3,
    .request_bytes = TC_PROTOCOL_REQUEST_BYTES(FIRST_BYTES + SECOND_BYTES),
    .received = received,
    .input_bytes = input_bytes,
    .output_bytes = output_bytes,
    .input = input,
    .output = output,
    .run = run,
    .run_layer = tiny_run_layer,
};

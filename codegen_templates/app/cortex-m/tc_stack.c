/*
 * Deepest use of the stack: the unused part is filled with a pattern, and what no longer holds it has been used.
 * A word that a program happens to fill with the pattern counts as unused, so the answer can be short by a word or two.
 *
 * Below the stack lie 32 bytes of guard: no access where there is an MPU of Armv7-M; painted elsewhere, and looked at
 * after each run. Armv8-M checks the stack pointer itself, too (MSPLIM, startup.c).
 *
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), B3.5 (PMSAv7).
 */
#include "tc_board.h"
#include "tc_linker.h"

#define PAINT UINT32_C(0xc5a3c5a3)

/* The compiler may read sp before it pushes this function's registers: they must not be painted over. */
enum { FRAME_WORDS = 16 };

#if __ARM_ARCH == 7

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define MPU_TYPE REGISTER(0xe000ed90U)
#define MPU_CTRL REGISTER(0xe000ed94U)
#define MPU_RNR REGISTER(0xe000ed98U)
#define MPU_RBAR REGISTER(0xe000ed9cU)
#define MPU_RASR REGISTER(0xe000eda0U)

enum {
    TYPE_DREGION = 0xff << 8,
    CTRL_ENABLE = 1,
    CTRL_PRIVDEFENA = 4, /* everything else is as without an MPU */
    RASR_NEVER_EXECUTE = 1 << 28, /* access permission 0: none */
    RASR_32_BYTES = 4 << 1,
    RASR_ENABLE = 1
};

static void forbid(uint32_t region, uintptr_t address)
{
    MPU_RNR = region;
    MPU_RBAR = address;
    MPU_RASR = RASR_NEVER_EXECUTE | RASR_32_BYTES | RASR_ENABLE;
}

static int protect_guard(void)
{
    if ((MPU_TYPE & TYPE_DREGION) == 0U) {
        return 0; /* this chip's maker left it out */
    }
    __asm__ volatile("dmb" ::: "memory");
    forbid(0, (uintptr_t)__stack_guard);
    forbid(1, 0); /* the null pointer; exceptions read their vectors there all the same */
    MPU_CTRL = CTRL_PRIVDEFENA | CTRL_ENABLE;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    return 1;
}

#else

static int protect_guard(void)
{
    return 0;
}

#endif

static int guard_is_painted;

static void set_guard(void)
{
    if (protect_guard()) {
        return;
    }
    for (volatile uint32_t *word = __stack_guard; word < __stack_limit; ++word) {
        *word = PAINT;
    }
    guard_is_painted = 1;
}

int tc_stack_guard_is_intact(void)
{
    const uint32_t *word = __stack_guard;

    while (guard_is_painted && word < __stack_limit && *word == PAINT) {
        ++word;
    }
    return !guard_is_painted || word == __stack_limit;
}

void tc_stack_paint(void)
{
    uint32_t *end;

    __asm__ volatile("mov %0, sp" : "=r"(end));
    end -= FRAME_WORDS;
    for (uint32_t *word = __stack_limit; word < end; ++word) {
        *word = PAINT;
        __asm__ volatile("" ::: "memory"); /* no call of memset, whose frame would be painted over */
    }
    set_guard();
}

uint32_t tc_stack_used_bytes(void)
{
    const uint32_t *word = __stack_limit;

    while (word < __stack_top && *word == PAINT) {
        ++word;
    }
    return (uint32_t)((uintptr_t)__stack_top - (uintptr_t)word);
}

/*
 * memcpy, memmove, memset, memcmp, so that the firmware needs no C library. Compilers call them on their own, too.
 *
 * Words where both pointers are aligned alike (Armv6-M faults on any other), bytes at the ends. TC_KEEP_LOOP stops the
 * compiler from recognising a loop as the very function that it implements, which would call itself.
 */
#include <stdint.h>
#include <string.h>

#define TC_KEEP_LOOP __asm__ volatile("" ::: "memory")

typedef uint32_t __attribute__((may_alias)) word;

enum { WORD = 4 };

static int aligned(const void *p)
{
    return ((uintptr_t)p & (WORD - 1)) == 0;
}

static int aligned_alike(const void *a, const void *b)
{
    return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

static void *copy_up(void *destination, const void *source, size_t count)
{
    uint8_t *to = destination;
    const uint8_t *from = source;

    if (aligned_alike(to, from)) {
        for (; count > 0 && !aligned(to); --count) {
            *to++ = *from++;
            TC_KEEP_LOOP;
        }
        for (; count >= 4 * WORD; count -= 4 * WORD, to += 4 * WORD, from += 4 * WORD) {
            const word *w = (const word *)(const void *)from;
            const uint32_t a = w[0], b = w[1], c = w[2], d = w[3];
            word *v = (word *)(void *)to;
            v[0] = a;
            v[1] = b;
            v[2] = c;
            v[3] = d;
            TC_KEEP_LOOP;
        }
        for (; count >= WORD; count -= WORD, to += WORD, from += WORD) {
            *(word *)(void *)to = *(const word *)(const void *)from;
            TC_KEEP_LOOP;
        }
    }
    for (; count > 0; --count) {
        *to++ = *from++;
        TC_KEEP_LOOP;
    }
    return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t count)
{
    return copy_up(destination, source, count);
}

void *memmove(void *destination, const void *source, size_t count)
{
    uint8_t *to = (uint8_t *)destination + count;
    const uint8_t *from = (const uint8_t *)source + count;

    if ((uintptr_t)destination - (uintptr_t)source >= count) {
        return copy_up(destination, source, count); /* the source does not reach into what is written later */
    }
    if (aligned_alike(to, from)) {
        for (; count > 0 && !aligned(to); --count) {
            *--to = *--from;
            TC_KEEP_LOOP;
        }
        for (; count >= WORD; count -= WORD) {
            to -= WORD;
            from -= WORD;
            *(word *)(void *)to = *(const word *)(const void *)from;
            TC_KEEP_LOOP;
        }
    }
    for (; count > 0; --count) {
        *--to = *--from;
        TC_KEEP_LOOP;
    }
    return destination;
}

void *memset(void *destination, int value, size_t count)
{
    uint8_t *to = destination;
    const uint8_t byte = (uint8_t)value;
    const uint32_t four = byte * UINT32_C(0x01010101);

    for (; count > 0 && !aligned(to); --count) {
        *to++ = byte;
        TC_KEEP_LOOP;
    }
    for (; count >= WORD; count -= WORD, to += WORD) {
        *(word *)(void *)to = four;
        TC_KEEP_LOOP;
    }
    for (; count > 0; --count) {
        *to++ = byte;
        TC_KEEP_LOOP;
    }
    return destination;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (; count > 0; --count, ++x, ++y) {
        if (*x != *y) {
            return *x < *y ? -1 : 1;
        }
        TC_KEEP_LOOP;
    }
    return 0;
}

/* The part of <string.h> that freestanding compilers lack; tc_memory.c implements it. Not copied into src/. */
#ifndef TC_FREESTANDING_STRING_H
#define TC_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t count);
void *memmove(void *destination, const void *source, size_t count);
void *memset(void *destination, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

#endif

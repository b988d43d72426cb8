/* Types and qualifiers shared by every kernel and by the generated model. C99, also valid C++. */
#ifndef TC_TYPES_H
#define TC_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tc_config.h"

#if defined(__GNUC__) || defined(__clang__)
#define TC_INLINE static inline __attribute__((always_inline))
#define TC_NOINLINE __attribute__((noinline))
#define TC_ALIGNED(bytes) __attribute__((aligned(bytes)))
#else
#define TC_INLINE static inline
#define TC_NOINLINE
#define TC_ALIGNED(bytes)
#endif

#endif

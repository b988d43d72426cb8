/* Threads that compute the parts of a layer at the same time; one pool for all that is linked with it. POSIX threads. */
#ifndef TC_POOL_H
#define TC_POOL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TC_POOL_MOST_THREADS = 8 };

/* Computes one part of a layer; parts of one layer neither read nor write what another one writes. */
typedef void tc_pool_part(uint8_t *arena, int32_t part);

/* Have `threads` compute, the caller's among them; those that run already stay. Fewer where the system has no more. */
void tc_pool_start(int32_t threads);

/* End the pool's threads, after the parts that they are at; the next run starts them again. */
void tc_pool_stop(void);

/*
 * Compute parts 0 to parts - 1 and return when all are done. The caller computes parts, too: all of them where the
 * pool is at work for another thread, or the system gives no threads.
 */
void tc_pool_run(tc_pool_part *compute, uint8_t *arena, int32_t parts);

#ifdef __cplusplus
}
#endif

#endif

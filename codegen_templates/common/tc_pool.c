/*
 * One job at a time: its parts are taken in order, by the threads of the pool and by the caller, under one mutex. Nobody
 * spins: who has nothing to take waits on a condition.
 *
 * The static initialisers are zeros in the C libraries of Linux and Android, and the types of one are as large as those
 * of Android's or larger: so a library for Android may be compiled with the headers of another.
 */
#include "tc_pool.h"

#include <pthread.h>
#include <stddef.h>

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t work; /* there are parts to take, or the threads are to end */
    pthread_cond_t done; /* all parts of the job are computed, or the threads have ended */
    pthread_t threads[TC_POOL_MOST_THREADS - 1];
    int32_t count;   /* threads that run */
    int32_t started; /* most that were asked for, the caller's included: what the system refuses is asked for once */
    int stopping, busy;
    tc_pool_part *compute;
    uint8_t *arena;
    int32_t next, parts, unfinished;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

/* Compute the next part of the job. The mutex is held before and after. */
static void take_part(void)
{
    tc_pool_part *const compute = pool.compute;
    uint8_t *const arena = pool.arena;
    const int32_t part = pool.next++;

    (void)pthread_mutex_unlock(&pool.mutex);
    compute(arena, part);
    (void)pthread_mutex_lock(&pool.mutex);
    if (--pool.unfinished == 0) {
        (void)pthread_cond_broadcast(&pool.done);
    }
}

static void *work(void *unused)
{
    (void)unused;
    (void)pthread_mutex_lock(&pool.mutex);
    while (!pool.stopping) {
        if (pool.next < pool.parts) {
            take_part();
        } else {
            (void)pthread_cond_wait(&pool.work, &pool.mutex);
        }
    }
    (void)pthread_mutex_unlock(&pool.mutex);
    return NULL;
}

/* The mutex is held. */
static void start(int32_t threads)
{
    if (pool.stopping || threads <= pool.started) {
        return;
    }
    pool.started = threads;
    while (pool.count < threads - 1 && pool.count < TC_POOL_MOST_THREADS - 1 &&
           pthread_create(&pool.threads[pool.count], NULL, work, NULL) == 0) {
        ++pool.count;
    }
}

void tc_pool_start(int32_t threads)
{
    (void)pthread_mutex_lock(&pool.mutex);
    start(threads);
    (void)pthread_mutex_unlock(&pool.mutex);
}

void tc_pool_stop(void)
{
    (void)pthread_mutex_lock(&pool.mutex);
    if (pool.stopping) { /* by another thread */
        while (pool.stopping) {
            (void)pthread_cond_wait(&pool.done, &pool.mutex);
        }
    } else {
        pool.stopping = 1;
        (void)pthread_cond_broadcast(&pool.work);
        for (int32_t i = 0; i < pool.count; ++i) {
            const pthread_t thread = pool.threads[i];

            (void)pthread_mutex_unlock(&pool.mutex);
            (void)pthread_join(thread, NULL);
            (void)pthread_mutex_lock(&pool.mutex);
        }
        pool.count = pool.started = 0;
        pool.stopping = 0;
        (void)pthread_cond_broadcast(&pool.done);
    }
    (void)pthread_mutex_unlock(&pool.mutex);
}

void tc_pool_run(tc_pool_part *compute, uint8_t *arena, int32_t parts)
{
    (void)pthread_mutex_lock(&pool.mutex);
    start(parts);
    if (pool.busy || pool.count == 0) {
        (void)pthread_mutex_unlock(&pool.mutex);
        for (int32_t part = 0; part < parts; ++part) {
            compute(arena, part);
        }
        return;
    }
    pool.busy = 1;
    pool.compute = compute;
    pool.arena = arena;
    pool.next = 0;
    pool.parts = pool.unfinished = parts;
    (void)pthread_cond_broadcast(&pool.work);
    while (pool.next < pool.parts) {
        take_part();
    }
    while (pool.unfinished > 0) {
        (void)pthread_cond_wait(&pool.done, &pool.mutex);
    }
    pool.busy = 0;
    (void)pthread_mutex_unlock(&pool.mutex);
}

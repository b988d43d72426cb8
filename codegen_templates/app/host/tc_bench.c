#define _POSIX_C_SOURCE 200112L
#include "tc_bench.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tc_app.h"

enum { DONE = 0, USAGE = 2, FAILED = 3 };

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int failed(const char *path)
{
    perror(path);
    return FAILED;
}

/* Reads one vector; 0 at the end of the file, and in its middle. */
static int read_inputs(FILE *in)
{
    for (int i = 0; i < tc_app.input_count; ++i) {
        if (fread(tc_app.input(tc_app.arena, i), 1, tc_app.input_bytes[i], in) != tc_app.input_bytes[i]) {
            return 0;
        }
    }
    return 1;
}

static int write_outputs(FILE *out)
{
    for (int i = 0; i < tc_app.output_count; ++i) {
        if (fwrite(tc_app.output(tc_app.arena, i), 1, tc_app.output_bytes[i], out) != tc_app.output_bytes[i]) {
            return 0;
        }
    }
    return 1;
}

static int write_number(FILE *out, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    return fwrite(bytes, 1, sizeof bytes, out) == sizeof bytes;
}

static void print_info(void)
{
    printf("name %s\nhash %s\narena %lu\nlayers %d\n", tc_app.name, tc_app.hash, (unsigned long)tc_app.arena_bytes,
           tc_app.layer_count);
    for (int i = 0; i < tc_app.input_count; ++i) {
        printf("input %lu\n", (unsigned long)tc_app.input_bytes[i]);
    }
    for (int i = 0; i < tc_app.output_count; ++i) {
        printf("output %lu\n", (unsigned long)tc_app.output_bytes[i]);
    }
}

static void print_time(long runs)
{
    uint64_t least = UINT64_MAX, sum = 0;
    for (long run = 0; run < runs; ++run) {
        memset(tc_app.arena, 0, tc_app.arena_bytes);
        const uint64_t start = now_ns();
        tc_app.run(tc_app.arena);
        const uint64_t spent = now_ns() - start;
        least = spent < least ? spent : least;
        sum += spent;
    }
    printf("%s: %ld runs, least %lu ns, mean %lu ns\n", tc_app.name, runs, (unsigned long)least,
           (unsigned long)(sum / (uint64_t)runs));
}

static int run_all(FILE *in, FILE *out)
{
    while (read_inputs(in)) {
        tc_app.run(tc_app.arena);
        if (!write_outputs(out)) {
            return 0;
        }
    }
    return !ferror(in);
}

static int profile(FILE *in, FILE *out, long runs)
{
    int ok = 1;
    for (long run = 0; run < runs && ok; ++run) {
        rewind(in);
        ok = read_inputs(in);
        for (int layer = 0; layer < tc_app.layer_count && ok; ++layer) {
            const uint64_t start = now_ns();
            tc_app.run_layer(tc_app.arena, layer);
            ok = write_number(out, now_ns() - start);
        }
        rewind(in);
        ok = ok && read_inputs(in);
        const uint64_t start = now_ns();
        tc_app.run(tc_app.arena);
        ok = ok && write_number(out, now_ns() - start);
    }
    return ok;
}

static int dump(FILE *in, FILE *out, long last)
{
    if (!read_inputs(in)) {
        return 0;
    }
    for (int layer = 0; layer <= last; ++layer) {
        tc_app.run_layer(tc_app.arena, layer);
    }
    return fwrite(tc_app.arena, 1, tc_app.arena_bytes, out) == tc_app.arena_bytes;
}

/* The number in text, from least to most; -1 when it is none. */
static long number(const char *text, long least, long most)
{
    char *end;
    const long value = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && value >= least && value <= most ? value : -1;
}

static int with_files(const char *command, long count, const char *in_path, const char *out_path)
{
    FILE *const in = fopen(in_path, "rb");
    if (in == NULL) {
        return failed(in_path);
    }
    FILE *const out = fopen(out_path, "wb");
    if (out == NULL) {
        fclose(in);
        return failed(out_path);
    }
    const int ok = *command == 'r'   ? run_all(in, out)
                   : *command == 'p' ? profile(in, out, count)
                                     : dump(in, out, count);
    fclose(in);
    const int closed = fclose(out) == 0;
    return ok && closed ? DONE : failed(out_path);
}

int tc_bench(int argc, char **argv)
{
    const char *const command = argv[1];

    if (argc == 2 && strcmp(command, "info") == 0) {
        print_info();
        return DONE;
    }
    if (argc == 3 && strcmp(command, "time") == 0 && number(argv[2], 1, 1000000) > 0) {
        print_time(number(argv[2], 1, 1000000));
        return DONE;
    }
    if (argc == 4 && strcmp(command, "run") == 0) {
        return with_files(command, 0, argv[2], argv[3]);
    }
    if (argc == 5 && strcmp(command, "profile") == 0 && number(argv[2], 1, 100000) > 0) {
        return with_files(command, number(argv[2], 1, 100000), argv[3], argv[4]);
    }
    if (argc == 5 && strcmp(command, "dump") == 0 && number(argv[2], 0, tc_app.layer_count - 1) >= 0) {
        return with_files(command, number(argv[2], 0, tc_app.layer_count - 1), argv[3], argv[4]);
    }
    fprintf(stderr, "usage: %s info | time RUNS | run IN OUT | profile RUNS IN OUT | dump LAYER IN OUT\n", argv[0]);
    return USAGE;
}

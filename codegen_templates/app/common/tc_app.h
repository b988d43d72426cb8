/*
 * The model as the serial loop sees it. The one instance, tc_app, is generated: app/tc_app_model.c.
 */
#ifndef TC_APP_H
#define TC_APP_H

#include <stdint.h>

typedef struct {
    const char *name;
    const char *hash;
    uint8_t *arena;
    uint32_t arena_bytes;
    uint16_t input_count, output_count, layer_count;
    uint16_t request_bytes;       /* payload of the longest request */
    uint8_t *received;            /* [TC_PROTOCOL_RECEIVED_BYTES(request_bytes)], where a request is collected */
    const uint32_t *input_bytes;  /* [input_count] */
    const uint32_t *output_bytes; /* [output_count] */
    int8_t *(*input)(void *arena, int index); /* bytes, whatever their type */
    const int8_t *(*output)(const void *arena, int index);
    void (*run)(void *arena);
    void (*run_layer)(void *arena, int layer); /* layers 0 .. layer_count - 1 in order equal one run */
} tc_app_model;

extern const tc_app_model tc_app;

/* Serves requests for ever (docs/protocol.md). */
void tc_serial_loop(void);

#endif

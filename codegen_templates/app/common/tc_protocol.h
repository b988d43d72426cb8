/*
 * The device's end of the serial protocol; docs/protocol.md is the reference.
 *
 * Frame before COBS: version u8, sequence u8, type u8, payload, CRC-32 of all before it. Integers are little endian.
 */
#ifndef TC_PROTOCOL_H
#define TC_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "tc_cobs.h"

/*
 * Longest payload of an answer, and the limit of that of a request: it holds all inputs of an inference where they are
 * not longer. One frame of each is all the RAM that the protocol takes.
 */
#ifndef TC_PROTOCOL_PAYLOAD_BYTES
#define TC_PROTOCOL_PAYLOAD_BYTES 240u
#endif
#ifndef TC_PROTOCOL_REQUEST_LIMIT
#define TC_PROTOCOL_REQUEST_LIMIT 1024u
#endif

#define TC_PROTOCOL_VERSION 1u
#define TC_PROTOCOL_HEADER_BYTES 3u
#define TC_PROTOCOL_CRC_BYTES 4u
#define TC_PROTOCOL_FRAME_BYTES(payload) (TC_PROTOCOL_HEADER_BYTES + (payload) + TC_PROTOCOL_CRC_BYTES)

/* Payload of the longest request for a model whose inputs have `inputs` bytes: INFER with all of them, within limits. */
#define TC_PROTOCOL_REQUEST_BYTES(inputs)                                    \
    ((inputs) + 4u < TC_PROTOCOL_PAYLOAD_BYTES   ? TC_PROTOCOL_PAYLOAD_BYTES \
     : (inputs) + 4u > TC_PROTOCOL_REQUEST_LIMIT ? TC_PROTOCOL_REQUEST_LIMIT \
                                                 : (inputs) + 4u)
#define TC_PROTOCOL_RECEIVED_BYTES(payload) TC_COBS_BYTES(TC_PROTOCOL_FRAME_BYTES(payload))

enum {
    TC_HELLO = 0x01,
    TC_WRITE = 0x02,
    TC_RUN = 0x03,
    TC_READ = 0x04,
    TC_PROFILE = 0x05,
    TC_DUMP = 0x06,
    TC_STACK = 0x07,
    TC_RESET = 0x08,
    TC_FAULT = 0x09,
    TC_INFER = 0x0a,
    TC_ANSWER = 0x80, /* set in the type of an answer */
    TC_ERROR = 0xff
};

enum {
    TC_ERROR_NONE = 0,
    TC_ERROR_VERSION = 1, /* the request's protocol version is not this device's */
    TC_ERROR_TYPE = 2,    /* unknown request */
    TC_ERROR_LENGTH = 3,  /* payload too short or too long for its type */
    TC_ERROR_RANGE = 4,   /* index, offset or length outside the model */
    TC_ERROR_INPUTS = 5,  /* the inputs in memory are not those that the request names */
    TC_ERROR_STATE = 6,   /* no outputs, or no layer profile, to continue from */
    TC_ERROR_FAULT = 7    /* the program faulted; its record follows, and FAULT fetches and clears it */
};

/*
 * Answers one decoded frame. Returns the answer (a frame before COBS) and its length, or NULL for a frame that is not
 * intact. A repeated request gets the same answer again and is not carried out twice.
 */
const uint8_t *tc_protocol_answer(const uint8_t *frame, size_t length, size_t *answer_length);

/* True once a RESET was answered: restart after the answer was sent. */
int tc_protocol_reset_requested(void);

#endif

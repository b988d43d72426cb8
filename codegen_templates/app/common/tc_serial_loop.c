/* Receives frames, answers them. Never waits for the rest of a frame: a zero byte ends whatever came before it. */
#include "tc_app.h"
#include "tc_board.h"
#include "tc_cobs.h"
#include "tc_protocol.h"

static size_t received_length; /* capacity() + 1: too long for a frame, ignored up to the next zero */

static size_t capacity(void)
{
    return TC_PROTOCOL_RECEIVED_BYTES((size_t)tc_app.request_bytes);
}

static void answer(void)
{
    size_t length = 0;
    const size_t decoded = tc_cobs_decode(tc_app.received, received_length);
    const uint8_t *frame = tc_protocol_answer(tc_app.received, decoded, &length);
    if (frame != NULL) {
        tc_cobs_encode(frame, length, tc_board_write);
    }
    if (tc_protocol_reset_requested()) {
        tc_board_reset();
    }
}

static void receive(uint8_t byte)
{
    if (byte != 0u) {
        if (received_length < capacity()) {
            tc_app.received[received_length++] = byte;
        } else {
            received_length = capacity() + 1u;
        }
        return;
    }
    if (received_length <= capacity()) {
        answer();
    }
    received_length = 0;
}

void tc_serial_loop(void)
{
    for (;;) {
        const int byte = tc_board_read();
        if (byte >= 0) {
            receive((uint8_t)byte);
        }
    }
}

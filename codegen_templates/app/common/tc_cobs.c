#include "tc_cobs.h"

enum { LONGEST_RUN = 254 };

size_t tc_cobs_decode(uint8_t *buffer, size_t length)
{
    size_t read = 0;
    size_t written = 0;
    while (read < length) {
        const size_t run = (size_t)buffer[read] - 1u;
        ++read;
        if (buffer[read - 1u] == 0u || run > length - read) {
            return 0;
        }
        for (size_t i = 0; i < run; ++i) {
            buffer[written++] = buffer[read++];
        }
        if (run < LONGEST_RUN && read < length) {
            buffer[written++] = 0u;
        }
    }
    return written;
}

void tc_cobs_encode(const uint8_t *data, size_t length, void (*write)(const uint8_t *bytes, size_t count))
{
    static const uint8_t zero = 0;
    size_t start = 0;
    for (;;) {
        size_t run = 0;
        while (start + run < length && run < LONGEST_RUN && data[start + run] != 0u) {
            ++run;
        }
        const uint8_t code = (uint8_t)(run + 1u);
        write(&code, 1);
        write(&data[start], run);
        start += run;
        if (start == length) {
            break;
        }
        if (run < LONGEST_RUN) {
            ++start; /* the zero that this run's code stands for */
        }
    }
    write(&zero, 1);
}

/* softmax, int8, portable C. */
#include "tc_fixed_point.h"
#include "tc_softmax.h"

static int32_t exponential(const tc_softmax_params *p, int32_t difference)
{
    return difference < p->exp_count ? p->exps[difference] : 0;
}

void tc_softmax_s8_ref(const tc_softmax_params *p, const int8_t *input, int8_t *output)
{
    const tc_softmax_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t row = 0; row < local.rows; ++row, input += local.channels, output += local.channels) {
        int32_t largest = INT8_MIN;
        int32_t sum = 0; /* Q12.19 */
        for (int32_t c = 0; c < local.channels; ++c) {
            largest = input[c] > largest ? input[c] : largest;
        }
        for (int32_t c = 0; c < local.channels; ++c) {
            sum += tc_rounding_shift(exponential(&local, largest - input[c]), 12);
        }
        const int32_t zeros = tc_leading_zeros(sum);
        const int32_t inverse = tc_one_over_one_plus((int32_t)(((uint32_t)sum << zeros) & INT32_MAX));
        const int32_t shift = 12 - zeros + 31 - 8; /* beyond 31 every output is below half a step */
        for (int32_t c = 0; c < local.channels; ++c) {
            const int32_t product = tc_doubling_high_mul(inverse, exponential(&local, largest - input[c]));
            const int32_t y = shift > 31 ? 0 : tc_rounding_shift(product, shift);
            output[c] = (int8_t)((y > 255 ? 255 : y) + INT8_MIN);
        }
    }
}

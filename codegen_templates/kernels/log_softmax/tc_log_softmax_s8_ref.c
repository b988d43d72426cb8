/* log_softmax, int8, portable C. */
#include "tc_fixed_point.h"
#include "tc_log_softmax.h"

static int32_t shift_left_saturating(int32_t x, int32_t bits)
{
    return x > (INT32_MAX >> bits) ? INT32_MAX : (int32_t)((uint32_t)x << bits);
}

/* log(z) in Q5.26 for z >= 1 in Q12.19: z = 2^k r with r near 2^(-1/4), and a rational approximation of log(r). */
static int32_t log_at_least_one(int32_t z)
{
    const int32_t sqrt_half = INT32_C(1518500250), root4_half = INT32_C(1805811301);
    const int32_t zeros = tc_leading_zeros(z);
    const int32_t r_a = shift_left_saturating(tc_doubling_high_mul(shift_left_saturating(z, zeros - 1), sqrt_half), 1);
    const int32_t headroom = tc_leading_zeros(tc_doubling_high_mul(z, sqrt_half)) - 1;
    const int32_t r_b = shift_left_saturating(z, headroom);
    const int32_t power_a = (12 - zeros) * (1 << 25) + (1 << 23); /* Q6.25 */
    const int32_t power_b = (12 - headroom) * (1 << 25) - (1 << 23);
    const int32_t power = power_a > power_b ? power_a : power_b;
    const int32_t r = r_a < r_b ? r_a : r_b;
    const int32_t p = (int32_t)(((int64_t)r + root4_half + 1) >> 1);
    const int32_t q = (r - root4_half) * 2;
    const int32_t q2 = tc_doubling_high_mul(q, q);
    const int32_t numerator = tc_doubling_high_mul(q, r) +
                              tc_doubling_high_mul(tc_doubling_high_mul(q, q2), INT32_C(117049297));
    const int32_t inner = INT32_C(1057819769) + q + tc_doubling_high_mul(q2, INT32_C(127690142));
    const int32_t denominator = tc_doubling_high_mul(p, inner) + tc_doubling_high_mul(q, INT32_C(638450708));
    const int32_t fraction = tc_doubling_high_mul(tc_rounding_divide_by_pot(numerator, 6),
                                                  tc_one_over_one_plus(denominator));
    return (tc_doubling_high_mul(power, INT32_C(1488522236)) + fraction) * 2;
}

void tc_log_softmax_s8_ref(const tc_log_softmax_params *p, const int8_t *input, int8_t *output)
{
    const tc_log_softmax_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t row = 0; row < local.rows; ++row, input += local.channels, output += local.channels) {
        int32_t largest = INT8_MIN;
        int32_t sum = 0; /* Q12.19 */
        for (int32_t c = 0; c < local.channels; ++c) {
            largest = input[c] > largest ? input[c] : largest;
        }
        for (int32_t c = 0; c < local.channels; ++c) {
            const int32_t difference = largest - input[c];
            sum += difference < local.exp_count ? tc_rounding_shift(local.exps[difference], 12) : 0;
        }
        const int32_t log_sum = log_at_least_one(sum);
        for (int32_t c = 0; c < local.channels; ++c) {
            const int32_t difference = largest - input[c];
            int32_t y = INT8_MIN; /* beyond the table: below -20, where the lowest code is -16 */
            if (difference < local.exp_count) {
                const int32_t scaled = tc_requantize(-difference, local.multiplier, local.exponent);
                y = tc_rounding_divide_by_pot(scaled - log_sum, 22) + INT8_MAX; /* to steps of 1/16 */
            }
            output[c] = (int8_t)tc_clamp(y, INT8_MIN, INT8_MAX);
        }
    }
}

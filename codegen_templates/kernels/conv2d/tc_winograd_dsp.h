/* Inner loops of the Winograd convolution F(4, 3), tc_conv2d_winograd_dsp.h. See tc_winograd_dsp.c. */
#ifndef TC_WINOGRAD_DSP_H
#define TC_WINOGRAD_DSP_H

#include "tc_types.h"

enum { TC_WINOGRAD_POINTS = 6, TC_WINOGRAD_LANES = 4 };

/* Twice the accumulator is a sum times this / 2^32, rounded: exact for sums of 24 and of 48 accumulators in int32. */
enum { TC_WINOGRAD_FROM_24 = 357913941, TC_WINOGRAD_FROM_48 = 178956971 };

/*
 * The points of a tile: six neighbours of ``channels`` int8 codes (a multiple of four) each.
 *
 *   tiles    int32 [channels / 2][points][4 tiles]: pairs of int16, of the channels 0 and 2, 1 and 3 of each four
 */
void tc_winograd_transform_dsp(const int8_t *pixels, int32_t channels, int32_t *tiles);

/*
 * For each point: the dot products of four tiles with two channels, int32 [planes][points][4 tiles][2 channels] to sums.
 *
 *   tiles    int32 [planes][2 * quads][points][4 tiles]
 *   weights  int32 [planes][points][2 * quads][2 channels]: pairs of int16 in the order of the tiles
 */
void tc_winograd_multiply_dsp(const int32_t *tiles, const int32_t *weights, int32_t *sums, int32_t quads,
                              int32_t planes);

/*
 * The outputs of four tiles and two channels: four for each, ``pitch`` bytes apart, from outputs[tile] on, which is moved
 * on by both. The list of outputs ends with NULL. rounder: 2 * zero point + 1; factor: one of the above.
 *
 *   requant  int32 [2 channels][3]: 24 or 48 * bias, shift - 1, multiplier (tc_dsp.h)
 */
void tc_winograd_output_dsp(const int32_t *sums, const int32_t *requant, int8_t **outputs, int32_t rounder,
                            int32_t pitch, int32_t factor);

#endif

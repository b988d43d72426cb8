/* How this model computes; chosen when it was generated. */
#ifndef TC_CONFIG_H
#define TC_CONFIG_H

/* 0: accumulators are scaled with two roundings, as TensorFlow Lite Micro does; 1: with one. */
#define TC_SINGLE_ROUNDING 0

#endif

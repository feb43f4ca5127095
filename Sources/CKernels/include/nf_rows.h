#pragma once

#include <stddef.h>

// Each of `rows` contiguous rows of `columns` values becomes exp(x - max) / sum. May run in place.
void nf_softmax(size_t rows, size_t columns, const float *input, float *output);

// Each row becomes (x - mean) / sqrt(variance + epsilon) * scale + bias, the variance being the mean of squared
// deviations. scale and bias have one value for each column and may be NULL. May run in place.
void nf_layer_norm(size_t rows, size_t columns, float epsilon, const float *scale, const float *bias,
                   const float *input, float *output);

typedef enum { NF_REDUCE_SUM = 0, NF_REDUCE_MEAN = 1, NF_REDUCE_MAX = 2, NF_REDUCE_MIN = 3, NF_REDUCE_SUM_SQUARE = 4 } nf_reduction;

// output[o][i] = reduction over r of input[o][r][i]: the three extents are before, along and after the reduced axes.
void nf_reduce(nf_reduction op, size_t outer, size_t reduced, size_t inner, const float *input, float *output);

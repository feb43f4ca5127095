#pragma once

#include <stdbool.h>
#include <stddef.h>

// output[r][c] = sum over k of a[r * a_row + k * a_column] * b[k * b_row + c * b_column], added to what is there when
// `accumulate` is set. A transposed matrix is one with its two strides exchanged. `depth` is at least 1. For products
// whose right side changes from run to run; one that is constant is packed once and runs as a 1x1 convolution.
void nf_matmul(size_t rows, size_t columns, size_t depth, const float *a, size_t a_row, size_t a_column, const float *b,
               size_t b_row, size_t b_column, bool accumulate, float *output, size_t out_row);

#pragma once

#include <stddef.h>

#include "nf_activation.h"

typedef enum { NF_ADD = 0, NF_SUB = 1, NF_MUL = 2, NF_DIV = 3, NF_MAX = 4, NF_MIN = 5, NF_SQUARED_DIFFERENCE = 6 } nf_binary_op;

// output[r][c] = activation(a[r * a_row + c * a_column] op b[r * b_row + c * b_column]).
// A row stride of 0 repeats one row for all rows; a column stride is 1, or 0 to repeat one value along the row. So
// a_row = columns, b_row = 0, b_column = 1 adds one value per channel; b_row = 1, b_column = 0 one value per row.
// The output may be `a` or `b` where that operand is not repeated. `activation` may be NULL.
void nf_binary(nf_binary_op op, const nf_activation *activation, size_t rows, size_t columns, const float *a,
               size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column, float *output,
               size_t out_row);

// Largest errors against the double-precision function, over all finite inputs sampled by the tests:
//   exp 2 ulp (0 below -87.3, infinity above 88.7); tanh, sigmoid and erf 3e-7 absolute; gelu 1e-6 * max(1, |x|);
//   log 2 ulp-scaled (1e-6 relative or absolute). The others are correctly rounded or one operation of the processor.
typedef enum {
    NF_EXP = 0,
    NF_LOG = 1,
    NF_TANH = 2,
    NF_SIGMOID = 3,
    NF_ERF = 4,
    NF_GELU = 5,
    NF_SQRT = 6,
    NF_RSQRT = 7,  // 1 / sqrt(x), by division
    NF_RECIPROCAL = 8,
    NF_NEG = 9,
    NF_ABS = 10,
    NF_SQUARE = 11,
} nf_unary_op;

// output[i] = op(input[i]). May run in place.
void nf_unary(nf_unary_op op, size_t count, const float *input, float *output);

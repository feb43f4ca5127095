#pragma once

#include <stddef.h>
#include <stdint.h>

// output[b][c][r] = input[b][r][c]. NCHW to NHWC is rows = C, columns = H * W; the way back is the other way round.
void nf_transpose(size_t batch, size_t rows, size_t columns, const float *input, float *output);

// IEEE 754 binary16 to float.
void nf_half_to_float(size_t count, const uint16_t *input, float *output);

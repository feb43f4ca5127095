#pragma once

#include "nf_activation.h"
#include "nf_convolution.h"
#include "nf_elementwise.h"
#include "nf_isa.h"
#include "nf_layout.h"
#include "nf_matmul.h"
#include "nf_pooling.h"
#include "nf_resize.h"
#include "nf_rows.h"
#include "warp.h"

// The kernels of one instruction set. The members mean what the functions of the same names do.
struct nf_kernels {
    nf_isa isa;
    void (*conv_run)(const nf_conv *, nf_conv_algorithm, const nf_activation *, const float *input,
                     const float *packed, const float *residual, float *output, float *scratch);
    void (*separable_run)(const nf_conv *depthwise, const nf_activation *between, const float *depthwise_packed,
                          const nf_conv *pointwise, const nf_activation *, const float *pointwise_packed,
                          const float *input, const float *residual, float *output, float *scratch);
    void (*matmul)(size_t rows, size_t columns, size_t depth, const float *a, size_t a_row, size_t a_column,
                   const float *b, size_t b_row, size_t b_column, bool accumulate, float *output, size_t out_row);
    void (*activate)(const nf_activation *, size_t pixels, size_t channels, const float *input, size_t in_pitch,
                     float *output, size_t out_pitch);
    void (*max_pool)(const nf_pool *, const float *input, float *output);
    void (*average_pool)(const nf_pool *, const float *input, float *output);
    void (*resize_bilinear)(const nf_resize *, const float *input, float *output);
    void (*resize_nearest)(const nf_resize *, nf_nearest, const float *input, float *output);
    void (*binary)(nf_binary_op, const nf_activation *, size_t rows, size_t columns, const float *a, size_t a_row,
                   size_t a_column, const float *b, size_t b_row, size_t b_column, float *output, size_t out_row);
    void (*unary)(nf_unary_op, size_t count, const float *input, float *output);
    void (*softmax)(size_t rows, size_t columns, const float *input, float *output);
    void (*layer_norm)(size_t rows, size_t columns, float epsilon, const float *scale, const float *bias,
                       const float *input, float *output);
    void (*reduce)(nf_reduction, size_t outer, size_t reduced, size_t inner, const float *input, float *output);
    void (*transpose)(size_t batch, size_t rows, size_t columns, const float *input, float *output);
    void (*half_to_float)(size_t count, const uint16_t *input, float *output);
    void (*warp_rgb)(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width,
                     int32_t height, int32_t taps, nf_border border, float scale, float offset, float *out);
    void (*warp_luma)(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                      double gain, double offset, uint8_t *out);
};

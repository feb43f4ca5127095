#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nf_activation.h"

// A two-dimensional convolution. The output's height and width are the caller's: what the input has too little of at
// the bottom and the right is read as zero, so the padding there needs no field of its own.
//
// Positions are counted in 32 bits. Along each axis the padded input, the window (kernel - 1) * dilation + 1 and the last
// window's start (out - 1) * stride together are below 2^30, and so is the number of elements of the window.
typedef struct {
    int32_t batch;
    int32_t in_height, in_width, in_channels;
    int32_t out_height, out_width, out_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_y, stride_x;
    int32_t dilation_y, dilation_x;
    int32_t pad_top, pad_left;
    int32_t groups;             // divides in_channels and out_channels
    int32_t in_pitch;           // 0: in_channels
    int32_t out_pitch;          // 0: out_channels
    int32_t residual_pitch;     // 0: residual_channels
    int32_t residual_channels;  // the residual is added to this many first channels; 0: out_channels
} nf_conv;

typedef enum {
    NF_CONV_GEMM = 0,       // implicit matrix product; every geometry
    NF_CONV_DEPTHWISE = 1,  // groups == in_channels == out_channels
    // F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015): 3x3, stride 1,
    // dilation 1, one group. About 1e-5 of the output's range away from the exact sum.
    NF_CONV_WINOGRAD = 2,
} nf_conv_algorithm;

// Whether the algorithm can compute this convolution.
bool nf_conv_supports(const nf_conv *conv, nf_conv_algorithm algorithm);

// The fastest algorithm for this convolution, as measured (Benchmarks/README.md).
nf_conv_algorithm nf_conv_choose(const nf_conv *conv);

// Floats that the packed weights and bias take.
size_t nf_conv_packed_count(const nf_conv *conv, nf_conv_algorithm algorithm);

// Packs weights [out_channels][kernel_height][kernel_width][in_channels / groups] and a bias [out_channels] (NULL: zero)
// into `packed`. The packed form is the same for every instruction set.
void nf_conv_pack(const nf_conv *conv, nf_conv_algorithm algorithm, const float *weights, const float *bias,
                  float *packed);

// Floats of scratch that nf_conv_run needs. May be 0; then the scratch pointer may be NULL.
size_t nf_conv_scratch_count(const nf_conv *conv, nf_conv_algorithm algorithm);

// output = activation(convolution(input) + bias + residual). `residual` may be NULL. It has the output's height and
// width and may be the output itself (each element is read before it is written).
void nf_conv_run(const nf_conv *conv, nf_conv_algorithm algorithm, const nf_activation *activation, const float *input,
                 const float *packed, const float *residual, float *output, float *scratch);

// A depthwise convolution followed by a 1x1 convolution of stride 1, a strip of rows at a time, so that what is between
// them stays in the cache: the same as two calls of nf_conv_run. `depthwise` and `pointwise` are packed as for
// NF_CONV_DEPTHWISE and NF_CONV_GEMM; pointwise's input geometry is depthwise's output geometry.
size_t nf_separable_scratch_count(const nf_conv *depthwise, const nf_conv *pointwise);
void nf_separable_run(const nf_conv *depthwise, const nf_activation *between, const float *depthwise_packed,
                      const nf_conv *pointwise, const nf_activation *activation, const float *pointwise_packed,
                      const float *input, const float *residual, float *output, float *scratch);

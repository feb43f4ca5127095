// Every kernel, for the instruction set whose vectors the including file has defined. NF_TABLE names the table it fills,
// NF_TABLE_ISA says which it is and MR how many rows its registers hold; NF_WARP_RGB and NF_WARP_LUMA are its sampling kernels.
#pragma once

// clang-format off: the order matters.
#include "vector_math.h"
#include "epilogue.h"
#include "gemm.h"
#include "convolution.h"
#include "depthwise.h"
#include "winograd.h"
#include "elementwise.h"
#include "rows.h"
#include "pooling.h"
#include "resize.h"
#include "layout.h"
// clang-format on

static void nf_kernel_conv_run(const nf_conv *c, nf_conv_algorithm algorithm, const nf_activation *activation,
                               const float *input, const float *packed, const float *residual, float *output,
                               float *scratch) {
    const nf_epilogue e = nf_epilogue_of(activation);
    switch (algorithm) {
    case NF_CONV_GEMM: nf_conv_gemm(c, &e, input, packed, residual, output, scratch); break;
    case NF_CONV_DEPTHWISE: nf_conv_depthwise(c, &e, input, packed, residual, output, scratch); break;
    case NF_CONV_WINOGRAD: nf_conv_winograd(c, &e, input, packed, residual, output, scratch); break;
    }
}

const nf_kernels NF_TABLE = {
    .isa = NF_TABLE_ISA,
    .conv_run = nf_kernel_conv_run,
    .separable_run = nf_kernel_separable_run,
    .matmul = nf_kernel_matmul,
    .activate = nf_kernel_activate,
    .max_pool = nf_kernel_max_pool,
    .average_pool = nf_kernel_average_pool,
    .resize_bilinear = nf_kernel_resize_bilinear,
    .resize_nearest = nf_kernel_resize_nearest,
    .binary = nf_kernel_binary,
    .unary = nf_kernel_unary,
    .softmax = nf_kernel_softmax,
    .layer_norm = nf_kernel_layer_norm,
    .reduce = nf_kernel_reduce,
    .transpose = nf_kernel_transpose,
    .half_to_float = nf_kernel_half_to_float,
    .warp_rgb = NF_WARP_RGB,
    .warp_luma = NF_WARP_LUMA,
};

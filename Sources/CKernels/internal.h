// What the translation units share and no caller sees.
#pragma once

#include "CKernels.h"

// Width of a panel of packed weights: so many output channels side by side. The last panel of a group is half as wide
// where that holds what is left.
#define NF_PANEL 16
#define NF_HALF_PANEL 8
// Rows of the largest register tile of any instruction set; sizes scratch alike for all.
#define NF_MAX_ROWS 12
// Floats in a cache line: scratch areas are rounded up to it.
#define NF_LINE 16

static inline size_t nf_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static inline size_t nf_pitch(int32_t pitch, int32_t channels) { return (size_t)(pitch ? pitch : channels); }

// Floats of the packed form of `columns` output channels with `depth` weights each, bias included.
static inline size_t nf_panels_count(size_t columns, size_t depth) {
    const size_t full = columns / NF_PANEL, left = columns % NF_PANEL;
    const size_t last = left == 0 ? 0 : left <= NF_HALF_PANEL ? NF_HALF_PANEL : NF_PANEL;
    return (full * NF_PANEL + last) * (depth + 1);
}

static inline bool nf_is_dense_1x1(const nf_conv *c) {
    return c->kernel_height == 1 && c->kernel_width == 1 && c->stride_y == 1 && c->stride_x == 1 && c->pad_top == 0
           && c->pad_left == 0 && c->out_height == c->in_height && c->out_width == c->in_width;
}

// Floats of the parts of the scratch of the implicit matrix product: a table of tap offsets, then patches.
static inline size_t nf_taps_count(const nf_conv *c) {
    const size_t taps = (size_t)c->kernel_height * (size_t)c->kernel_width;
    return nf_round_up(taps * sizeof(ptrdiff_t) / sizeof(float), NF_LINE);
}

// Winograd: how many tiles are transformed at a time, so that they and their products stay in the second-level cache.
static inline size_t nf_winograd_tiles(const nf_conv *c) {
    const size_t each = 36 * ((size_t)c->in_channels + nf_round_up((size_t)c->out_channels, NF_PANEL));
    const size_t tiles = (size_t)(80 * 1024) / each / 12 * 12;
    return tiles < 12 ? 12 : tiles > 96 ? 96 : tiles;
}

// One row of zeros for the depthwise kernels.
static inline size_t nf_depthwise_zeros_count(const nf_conv *c) {
    return (size_t)c->in_width * nf_pitch(c->in_pitch, c->in_channels);
}

// Rows of the strip between the two parts of a separable convolution: a quarter of a small first-level cache, an even
// number so that the depthwise kernel can take rows in pairs.
static inline int32_t nf_separable_rows(const nf_conv *depthwise) {
    const size_t row = (size_t)depthwise->out_width * (size_t)depthwise->out_channels * sizeof(float);
    const size_t rows = row ? (size_t)12288 / row & ~(size_t)1 : 2;
    const int32_t count = rows < 2 ? 2 : rows > 64 ? 64 : (int32_t)rows;
    return count < depthwise->out_height ? count : depthwise->out_height;
}

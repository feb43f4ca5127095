// Packed forms of weights, and what sizes there are to ask for. The same for every instruction set.
#include <string.h>

#include "internal.h"

bool nf_conv_supports(const nf_conv *c, nf_conv_algorithm algorithm) {
    switch (algorithm) {
    case NF_CONV_GEMM: return true;
    case NF_CONV_DEPTHWISE: return c->groups == c->in_channels && c->groups == c->out_channels;
    case NF_CONV_WINOGRAD:
        return c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1
               && c->dilation_y == 1 && c->dilation_x == 1 && c->groups == 1;
    }
    return false;
}

nf_conv_algorithm nf_conv_choose(const nf_conv *c) {
    if (nf_conv_supports(c, NF_CONV_DEPTHWISE)) return NF_CONV_DEPTHWISE;
    if (nf_conv_supports(c, NF_CONV_WINOGRAD) && c->in_channels >= 16 && c->out_channels >= 16 && c->out_height >= 6
        && c->out_width >= 6)
        return NF_CONV_WINOGRAD;
    return NF_CONV_GEMM;
}

size_t nf_conv_packed_count(const nf_conv *c, nf_conv_algorithm algorithm) {
    const size_t kernel = (size_t)c->kernel_height * (size_t)c->kernel_width;
    const size_t out = (size_t)c->out_channels, in = (size_t)(c->in_channels / c->groups);
    switch (algorithm) {
    case NF_CONV_GEMM:
        // A line more: where a vector is wider than half a panel, the last load runs past it.
        return (size_t)c->groups * nf_panels_count(out / (size_t)c->groups, kernel * in) + NF_LINE;
    case NF_CONV_DEPTHWISE: return (kernel + 1) * out;
    case NF_CONV_WINOGRAD: return nf_round_up(out, NF_LINE) + 36 * nf_panels_count(out, in) + NF_LINE;
    }
    return 0;
}

// Panels of `columns` rows of `weights`, which lie row_stride apart with their values value_stride apart.
static void pack_panels(size_t columns, size_t depth, const float *weights, size_t row_stride, size_t value_stride,
                        const float *bias, float *packed) {
    for (size_t first = 0; first < columns; first += NF_PANEL) {
        const size_t left = columns - first;
        const size_t width = left <= NF_HALF_PANEL ? NF_HALF_PANEL : NF_PANEL;
        for (size_t j = 0; j < width; j++) packed[j] = bias && j < left ? bias[first + j] : 0;
        packed += width;
        for (size_t k = 0; k < depth; k++, packed += width)
            for (size_t j = 0; j < width; j++)
                packed[j] = j < left ? weights[(first + j) * row_stride + k * value_stride] : 0;
    }
}

// G g G^T for the filter between one pair of channels, in double: it is done once.
static void winograd_filter(const float *weights, size_t tap_stride, float u[36]) {
    static const double G[6][3] = {{1.0 / 4, 0, 0},
                                   {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                   {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                   {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                   {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                   {0, 0, 1}};
    double t[6][3];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 3; j++) {
            t[i][j] = 0;
            for (int k = 0; k < 3; k++) t[i][j] += G[i][k] * (double)weights[(size_t)(k * 3 + j) * tap_stride];
        }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            double x = 0;
            for (int k = 0; k < 3; k++) x += t[i][k] * G[j][k];
            u[i * 6 + j] = (float)x;
        }
}

static void pack_winograd(const nf_conv *c, const float *weights, const float *bias, float *packed) {
    const size_t out = (size_t)c->out_channels, in = (size_t)c->in_channels;
    const size_t line = nf_round_up(out, NF_LINE), step = nf_panels_count(out, in);
    for (size_t o = 0; o < line; o++) packed[o] = bias && o < out ? bias[o] : 0;
    float *to = packed + line;
    memset(to, 0, 36 * step * sizeof(float));
    for (size_t o = 0; o < out; o++) {
        const size_t first = o / NF_PANEL * NF_PANEL;
        const size_t width = out - first <= NF_HALF_PANEL ? NF_HALF_PANEL : NF_PANEL;
        for (size_t i = 0; i < in; i++) {
            float u[36];
            winograd_filter(weights + o * 9 * in + i, in, u);
            for (size_t k = 0; k < 36; k++) to[k * step + first * (in + 1) + (i + 1) * width + (o - first)] = u[k];
        }
    }
}

void nf_conv_pack(const nf_conv *c, nf_conv_algorithm algorithm, const float *weights, const float *bias,
                  float *packed) {
    const size_t kernel = (size_t)c->kernel_height * (size_t)c->kernel_width;
    const size_t in = (size_t)(c->in_channels / c->groups), depth = kernel * in;
    switch (algorithm) {
    case NF_CONV_GEMM: {
        const size_t out = (size_t)(c->out_channels / c->groups), step = nf_panels_count(out, depth);
        for (size_t g = 0; g < (size_t)c->groups; g++)
            pack_panels(out, depth, weights + g * out * depth, depth, 1, bias ? bias + g * out : NULL, packed + g * step);
        memset(packed + (size_t)c->groups * step, 0, NF_LINE * sizeof(float));
        break;
    }
    case NF_CONV_DEPTHWISE: {
        const size_t channels = (size_t)c->out_channels;
        for (size_t i = 0; i < channels; i++) {
            packed[i] = bias ? bias[i] : 0;
            for (size_t k = 0; k < kernel; k++) packed[(k + 1) * channels + i] = weights[i * kernel + k];
        }
        break;
    }
    case NF_CONV_WINOGRAD: {
        pack_winograd(c, weights, bias, packed);
        memset(packed + nf_conv_packed_count(c, algorithm) - NF_LINE, 0, NF_LINE * sizeof(float));
        break;
    }
    }
}

size_t nf_conv_scratch_count(const nf_conv *c, nf_conv_algorithm algorithm) {
    switch (algorithm) {
    case NF_CONV_GEMM: {
        if (nf_is_dense_1x1(c)) return 0;
        const size_t kernel = (size_t)c->kernel_height * (size_t)c->kernel_width;
        const size_t depth = kernel * (size_t)(c->in_channels / c->groups);
        return nf_taps_count(c) + NF_MAX_ROWS * depth;
    }
    case NF_CONV_DEPTHWISE: return nf_depthwise_zeros_count(c);
    case NF_CONV_WINOGRAD: {
        const size_t each = (size_t)c->in_channels + nf_round_up((size_t)c->out_channels, NF_PANEL);
        return 36 * nf_winograd_tiles(c) * each + NF_LINE;
    }
    }
    return 0;
}

size_t nf_separable_scratch_count(const nf_conv *depthwise, const nf_conv *pointwise) {
    (void)pointwise;
    return nf_round_up(nf_depthwise_zeros_count(depthwise), NF_LINE)
           + (size_t)nf_separable_rows(depthwise) * (size_t)depthwise->out_width * (size_t)depthwise->out_channels;
}

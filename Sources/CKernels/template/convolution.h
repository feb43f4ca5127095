// Convolution as an implicit matrix product. Pixels whose patch lies wholly inside the image are read in place; tiles
// that hold a pixel at the border are gathered, with zeros outside, into scratch first.
#pragma once

typedef struct {
    const nf_conv *c;
    size_t in_pitch, group_in;  // floats between pixels; input channels of one group
    int32_t inside_top, inside_bottom, inside_left, inside_right;  // output range whose patches are inside
} nf_patches;

NF_INLINE int32_t nf_inside_first(int32_t pad, int32_t stride) { return (pad + stride - 1) / stride; }

// One past the last output position whose patch ends inside.
NF_INLINE int32_t nf_inside_last(int32_t in, int32_t out, int32_t kernel, int32_t dilation, int32_t pad,
                                 int32_t stride) {
    const int64_t room = in - 1 - (kernel - 1) * (int64_t)dilation + pad;
    const int64_t last = room < 0 ? 0 : room / stride + 1;
    return last < out ? (int32_t)last : out;
}

// Copies the patch of one output pixel, [ky][kx][channel], zeros outside.
static void nf_gather_patch(const nf_patches *g, const float *image, int32_t oy, int32_t ox, float *patch) {
    const nf_conv *c = g->c;
    const size_t n = g->group_in;
    for (int32_t ky = 0; ky < c->kernel_height; ky++) {
        const int32_t y = oy * c->stride_y - c->pad_top + ky * c->dilation_y;
        for (int32_t kx = 0; kx < c->kernel_width; kx++, patch += n) {
            const int32_t x = ox * c->stride_x - c->pad_left + kx * c->dilation_x;
            if (y < 0 || y >= c->in_height || x < 0 || x >= c->in_width) {
                for (size_t i = 0; i < n; i++) patch[i] = 0;
                continue;
            }
            const float *p = image + ((size_t)y * (size_t)c->in_width + (size_t)x) * g->in_pitch;
            for (size_t i = 0; i < n; i++) patch[i] = p[i];
        }
    }
}

static void nf_conv_gemm(const nf_conv *c, const nf_epilogue *e, const float *input, const float *packed,
                         const float *residual, float *output, float *scratch) {
    const size_t in_pitch = nf_pitch(c->in_pitch, c->in_channels), out_pitch = nf_pitch(c->out_pitch, c->out_channels);
    const int residual_channels = c->residual_channels ? c->residual_channels : c->out_channels;
    const size_t residual_pitch = nf_pitch(c->residual_pitch, residual_channels);
    const size_t group_in = (size_t)(c->in_channels / c->groups), group_out = (size_t)(c->out_channels / c->groups);
    const size_t kernel = (size_t)c->kernel_height * (size_t)c->kernel_width;
    const size_t depth = kernel * group_in;
    const size_t group_packed = nf_panels_count(group_out, depth);
    const size_t pixels = (size_t)c->out_height * (size_t)c->out_width;

    if (nf_is_dense_1x1(c)) {
        for (int32_t g = 0; g < c->groups; g++) {
            const size_t channel = (size_t)g * group_out;
            nf_gemm_pixels(input + (size_t)g * group_in, in_pitch, (size_t)c->batch * pixels, depth, group_out,
                           packed + (size_t)g * group_packed, e, channel, residual ? residual + channel : 0,
                           residual_pitch, residual_channels - (int)channel, output + channel, out_pitch);
        }
        return;
    }

    ptrdiff_t *taps = (ptrdiff_t *)(void *)scratch;
    float *patches = scratch + nf_taps_count(c);
    const bool runs = c->dilation_x == 1 && c->groups == 1 && in_pitch == group_in;
    const size_t tap_count = runs ? (size_t)c->kernel_height : kernel;
    const size_t inner = runs ? (size_t)c->kernel_width * group_in : group_in;
    const ptrdiff_t row = (ptrdiff_t)((size_t)c->in_width * in_pitch);
    for (size_t i = 0; i < tap_count; i++) {
        const ptrdiff_t ky = (ptrdiff_t)(runs ? i : i / (size_t)c->kernel_width);
        const ptrdiff_t kx = (ptrdiff_t)(runs ? 0 : i % (size_t)c->kernel_width);
        taps[i] = ky * c->dilation_y * row + kx * c->dilation_x * (ptrdiff_t)in_pitch;
    }
    const nf_patches geometry = {
        c, in_pitch, group_in,
        nf_inside_first(c->pad_top, c->stride_y),
        nf_inside_last(c->in_height, c->out_height, c->kernel_height, c->dilation_y, c->pad_top, c->stride_y),
        nf_inside_first(c->pad_left, c->stride_x),
        nf_inside_last(c->in_width, c->out_width, c->kernel_width, c->dilation_x, c->pad_left, c->stride_x),
    };
    const ptrdiff_t zero = 0;
    const size_t block = nf_column_block(depth);
    for (int32_t n = 0; n < c->batch; n++) {
        const float *image = input + (size_t)n * (size_t)c->in_height * (size_t)row;
        for (int32_t g = 0; g < c->groups; g++) {
            const size_t channel = (size_t)g * group_out;
            const float *source = image + (size_t)g * group_in;
            for (size_t first = 0; first < group_out; first += block) {
                const size_t last = first + block < group_out ? first + block : group_out;
                int32_t oy = 0, ox = 0;
                for (size_t p = 0; p < pixels;) {
                    const int rows = pixels - p < MR ? (int)(pixels - p) : MR;
                    nf_tile t = {.panel = packed + (size_t)g * group_packed, .out_pitch = out_pitch,
                                 .residual_pitch = residual_pitch, .channel = channel};
                    int32_t ys[MR], xs[MR];
                    bool inside = true;
                    for (int r = 0; r < rows; r++) {
                        ys[r] = oy;
                        xs[r] = ox;
                        inside = inside && oy >= geometry.inside_top && oy < geometry.inside_bottom
                                 && ox >= geometry.inside_left && ox < geometry.inside_right;
                        if (++ox == c->out_width) {
                            ox = 0;
                            oy++;
                        }
                    }
                    if (inside) {
                        for (int r = 0; r < rows; r++)
                            t.a[r] = source + (ptrdiff_t)(ys[r] * c->stride_y - c->pad_top) * row
                                     + (ptrdiff_t)(xs[r] * c->stride_x - c->pad_left) * (ptrdiff_t)in_pitch;
                        t.taps = taps;
                        t.tap_count = tap_count;
                        t.inner = inner;
                    } else {
                        for (int r = 0; r < rows; r++) {
                            nf_gather_patch(&geometry, source, ys[r], xs[r], patches + (size_t)r * depth);
                            t.a[r] = patches + (size_t)r * depth;
                        }
                        t.taps = &zero;
                        t.tap_count = 1;
                        t.inner = depth;
                    }
                    const size_t pixel = (size_t)n * pixels + p;
                    t.out = output + pixel * out_pitch + channel;
                    t.residual = residual ? residual + pixel * residual_pitch + channel : 0;
                    nf_tile_columns(&t, e, rows, first, last, depth, residual_channels - (int)channel);
                    p += (size_t)rows;
                }
            }
        }
    }
}

// Depthwise convolution. The packed form is [1 + taps][channels]: bias, then one row for each tap. Rows of the input are
// reached through pointers; a row outside the image is a row of zeros, so that only the columns at the left and right
// borders need care.
#pragma once

// What one strip of output rows needs to know.
typedef struct {
    const nf_conv *c;
    const float *packed;
    const nf_epilogue *e;
    size_t in_pitch, out_pitch, residual_pitch;
    int residual_channels;
    int32_t inside_left, inside_right;
    const float *zeros;  // one row of the input
} nf_depthwise;

NF_INLINE void nf_depthwise_put(const nf_depthwise *d, vf acc, size_t channel, int lanes, const float *residual,
                                float *out) {
    if (residual) {
        const int left = d->residual_channels - (int)channel;
        const int add = left < 0 ? 0 : left < lanes ? left : lanes;
        acc = vf_add(acc, add == VW ? vf_load(residual) : vf_load_n(residual, add));
    }
    acc = nf_finish(d->e, acc, channel, lanes);
    if (lanes == VW) vf_store(out, acc);
    else vf_store_n(out, acc, lanes);
}

// A tile of R rows by Q columns of outputs of a 3x3 kernel with stride S, on one vector of channels; every input value is
// loaded once for all the sums it takes part in. `rows` point at the tile's first input column.
NF_INLINE void nf_depthwise_tile3(const nf_depthwise *d, const int R, const int Q, const int S, const vf w[9], vf bias,
                                  const float *const *rows, size_t channel, float *const *out,
                                  const float *const *residual) {
    vf acc[2][2];
    NF_FOR(r, R)
        NF_FOR(q, Q) acc[r][q] = bias;
    NF_FOR(i, (R - 1) * S + 3)
        NF_FOR(j, (Q - 1) * S + 3) {
            const vf x = vf_load(rows[i] + (size_t)j * d->in_pitch);
            NF_FOR(r, R)
                NF_FOR(q, Q) {
                    const int ky = i - r * S, kx = j - q * S;
                    if (ky >= 0 && ky < 3 && kx >= 0 && kx < 3) acc[r][q] = vf_fma(x, w[ky * 3 + kx], acc[r][q]);
                }
        }
    NF_FOR(r, R)
        NF_FOR(q, Q)
            nf_depthwise_put(d, acc[r][q], channel, VW, residual[r] ? residual[r] + (size_t)q * d->residual_pitch : 0,
                             out[r] + (size_t)q * d->out_pitch);
}

// The columns inside of R output rows, 3x3, on the vector of channels at `channel`.
NF_INLINE void nf_depthwise_rows3(const nf_depthwise *d, const int R, const int S, const float *const *rows,
                                  size_t channel, float *const *out, const float *const *residual) {
    const size_t channels = (size_t)d->c->in_channels;
    const float *packed = d->packed + channel;
    const vf bias = vf_load(packed);
    vf w[9];
    NF_FOR(k, 9) w[k] = vf_load(packed + (size_t)(k + 1) * channels);
    const float *in[4], *add[2];
    float *to[2];
    const ptrdiff_t x0 = (ptrdiff_t)d->inside_left * S - d->c->pad_left;
    NF_FOR(i, (R - 1) * S + 3) in[i] = rows[i] + x0 * (ptrdiff_t)d->in_pitch + channel;
    NF_FOR(r, R) {
        to[r] = out[r] + (size_t)d->inside_left * d->out_pitch + channel;
        add[r] = residual[r] ? residual[r] + (size_t)d->inside_left * d->residual_pitch + channel : 0;
    }
    int32_t x = d->inside_left;
    for (; x + 2 <= d->inside_right; x += 2) {
        nf_depthwise_tile3(d, R, 2, S, w, bias, in, channel, to, add);
        NF_FOR(i, (R - 1) * S + 3) in[i] += 2 * S * d->in_pitch;
        NF_FOR(r, R) {
            to[r] += 2 * d->out_pitch;
            if (add[r]) add[r] += 2 * d->residual_pitch;
        }
    }
    if (x < d->inside_right) nf_depthwise_tile3(d, R, 1, S, w, bias, in, channel, to, add);
}

static void nf_depthwise_2rows_s1(const nf_depthwise *d, const float *const *rows, size_t channel, float *const *out,
                                  const float *const *residual) {
    nf_depthwise_rows3(d, 2, 1, rows, channel, out, residual);
}
static void nf_depthwise_1row_s1(const nf_depthwise *d, const float *const *rows, size_t channel, float *const *out,
                                 const float *const *residual) {
    nf_depthwise_rows3(d, 1, 1, rows, channel, out, residual);
}
static void nf_depthwise_1row_s2(const nf_depthwise *d, const float *const *rows, size_t channel, float *const *out,
                                 const float *const *residual) {
    nf_depthwise_rows3(d, 1, 2, rows, channel, out, residual);
}

// Columns [x0, x1) of one output row for any kernel: Q columns at a time share each weight. The taps [kx0, kx1) must be
// inside for all of them. `rows` has one pointer for each kernel row, NULL where it is outside.
NF_INLINE void nf_depthwise_any(const nf_depthwise *d, const int Q, const float *image, int32_t oy, int32_t x,
                                int32_t kx0, int32_t kx1, size_t channel, int lanes, float *out,
                                const float *residual) {
    const nf_conv *c = d->c;
    const size_t channels = (size_t)c->in_channels;
    vf acc[4];
    const vf bias = lanes == VW ? vf_load(d->packed + channel) : vf_load_n(d->packed + channel, lanes);
    NF_FOR(q, Q) acc[q] = bias;
    const size_t step = (size_t)c->stride_x * d->in_pitch;
    for (int32_t ky = 0; ky < c->kernel_height; ky++) {
        const int32_t y = oy * c->stride_y - c->pad_top + ky * c->dilation_y;
        if (y < 0 || y >= c->in_height) continue;
        const float *row = image + (size_t)y * (size_t)c->in_width * d->in_pitch + channel;
        const float *w = d->packed + (1 + (size_t)(ky * c->kernel_width + kx0)) * channels + channel;
        for (int32_t kx = kx0; kx < kx1; kx++, w += channels) {
            const float *p = row + (ptrdiff_t)(x * c->stride_x - c->pad_left + kx * c->dilation_x) * (ptrdiff_t)d->in_pitch;
            const vf k = lanes == VW ? vf_load(w) : vf_load_n(w, lanes);
            NF_FOR(q, Q) {
                const float *v = p + (size_t)q * step;
                acc[q] = vf_fma(lanes == VW ? vf_load(v) : vf_load_n(v, lanes), k, acc[q]);
            }
        }
    }
    NF_FOR(q, Q)
        nf_depthwise_put(d, acc[q], channel, lanes, residual ? residual + (size_t)q * d->residual_pitch : 0,
                         out + (size_t)q * d->out_pitch);
}

// One output pixel at the left or right border: only the taps inside the row.
static void nf_depthwise_edge(const nf_depthwise *d, const float *image, int32_t oy, int32_t x, size_t channel,
                              int lanes, float *out, const float *residual) {
    const nf_conv *c = d->c;
    const int32_t left = x * c->stride_x - c->pad_left;
    int32_t kx0 = 0, kx1 = c->kernel_width;
    while (kx0 < kx1 && left + kx0 * c->dilation_x < 0) kx0++;
    while (kx1 > kx0 && left + (kx1 - 1) * c->dilation_x >= c->in_width) kx1--;
    if (lanes == VW) nf_depthwise_any(d, 1, image, oy, x, kx0, kx1, channel, VW, out, residual);
    else nf_depthwise_any(d, 1, image, oy, x, kx0, kx1, channel, lanes, out, residual);
}

static void nf_depthwise_general(const nf_depthwise *d, const float *image, int32_t oy, size_t channel, int lanes,
                                 float *out, const float *residual) {
    const int32_t kw = d->c->kernel_width;
    int32_t x = d->inside_left;
#define NF_AT(p, pitch) ((p) ? (p) + (size_t)x * (pitch) + channel : 0)
    if (lanes == VW) {
        for (; x + 4 <= d->inside_right; x += 4)
            nf_depthwise_any(d, 4, image, oy, x, 0, kw, channel, VW, out + (size_t)x * d->out_pitch + channel,
                             NF_AT(residual, d->residual_pitch));
        for (; x < d->inside_right; x++)
            nf_depthwise_any(d, 1, image, oy, x, 0, kw, channel, VW, out + (size_t)x * d->out_pitch + channel,
                             NF_AT(residual, d->residual_pitch));
    } else {
        for (; x < d->inside_right; x++)
            nf_depthwise_any(d, 1, image, oy, x, 0, kw, channel, lanes, out + (size_t)x * d->out_pitch + channel,
                             NF_AT(residual, d->residual_pitch));
    }
}

// Output rows [y0, y1) of one image; `out` and `residual` point at row y0.
static void nf_depthwise_strip(const nf_depthwise *d, const float *image, int32_t y0, int32_t y1, float *out,
                               const float *residual) {
    const nf_conv *c = d->c;
    const size_t row = (size_t)c->in_width * d->in_pitch, out_row = (size_t)c->out_width * d->out_pitch;
    const size_t residual_row = (size_t)c->out_width * d->residual_pitch;
    const size_t channels = (size_t)c->in_channels;
    const bool is3 = c->kernel_height == 3 && c->kernel_width == 3 && c->dilation_y == 1 && c->dilation_x == 1;
    const int fast = is3 && c->stride_y == 1 && c->stride_x == 1 ? 1 : is3 && c->stride_y == 2 && c->stride_x == 2 ? 2 : 0;
    const int32_t inside_end = d->inside_right > d->inside_left ? d->inside_right : d->inside_left;
    for (int32_t oy = y0; oy < y1;) {
        const int32_t count = fast == 1 && oy + 2 <= y1 ? 2 : 1;
        float *to[2] = {out, out + out_row};
        const float *add[2] = {residual, residual ? residual + residual_row : 0};
        const float *rows[4] = {0, 0, 0, 0};
        if (fast)
            for (int i = 0; i < count + 2; i++) {
                const int32_t y = oy * c->stride_y - c->pad_top + i;
                rows[i] = y < 0 || y >= c->in_height ? d->zeros : image + (size_t)y * row;
            }
        for (size_t channel = 0; channel < channels; channel += VW) {
            const int lanes = channels - channel < VW ? (int)(channels - channel) : VW;
            if (fast && lanes == VW && d->inside_left < d->inside_right) {
                if (fast == 2) nf_depthwise_1row_s2(d, rows, channel, to, add);
                else if (count == 2) nf_depthwise_2rows_s1(d, rows, channel, to, add);
                else nf_depthwise_1row_s1(d, rows, channel, to, add);
            } else {
                for (int r = 0; r < count; r++) nf_depthwise_general(d, image, oy + r, channel, lanes, to[r], add[r]);
            }
            for (int r = 0; r < count; r++) {
                for (int32_t x = 0; x < d->inside_left && x < c->out_width; x++)
                    nf_depthwise_edge(d, image, oy + r, x, channel, lanes, to[r] + (size_t)x * d->out_pitch + channel,
                                      add[r] ? add[r] + (size_t)x * d->residual_pitch + channel : 0);
                for (int32_t x = inside_end; x < c->out_width; x++)
                    nf_depthwise_edge(d, image, oy + r, x, channel, lanes, to[r] + (size_t)x * d->out_pitch + channel,
                                      add[r] ? add[r] + (size_t)x * d->residual_pitch + channel : 0);
            }
        }
        if (d->e->after)
            for (int r = 0; r < count; r++)
                for (int32_t x = 0; x < c->out_width; x++)
                    nf_finish_row(d->e->after, to[r] + (size_t)x * d->out_pitch, 0, channels);
        oy += count;
        out += (size_t)count * out_row;
        if (residual) residual += (size_t)count * residual_row;
    }
}

NF_INLINE nf_depthwise nf_depthwise_of(const nf_conv *c, const nf_epilogue *e, const float *packed, float *zeros) {
    const int residual_channels = c->residual_channels ? c->residual_channels : c->out_channels;
    nf_depthwise d = {
        .c = c, .packed = packed, .e = e,
        .in_pitch = nf_pitch(c->in_pitch, c->in_channels),
        .out_pitch = nf_pitch(c->out_pitch, c->out_channels),
        .residual_pitch = nf_pitch(c->residual_pitch, residual_channels),
        .residual_channels = residual_channels,
        .inside_left = nf_inside_first(c->pad_left, c->stride_x),
        .inside_right = nf_inside_last(c->in_width, c->out_width, c->kernel_width, c->dilation_x, c->pad_left, c->stride_x),
        .zeros = zeros,
    };
    const size_t row = nf_depthwise_zeros_count(c);
    for (size_t i = 0; i < row; i++) zeros[i] = 0;
    return d;
}

static void nf_conv_depthwise(const nf_conv *c, const nf_epilogue *e, const float *input, const float *packed,
                              const float *residual, float *output, float *scratch) {
    const nf_depthwise d = nf_depthwise_of(c, e, packed, scratch);
    const size_t image = (size_t)c->in_height * (size_t)c->in_width * d.in_pitch;
    const size_t pixels = (size_t)c->out_height * (size_t)c->out_width;
    for (size_t n = 0; n < (size_t)c->batch; n++)
        nf_depthwise_strip(&d, input + n * image, 0, c->out_height, output + n * pixels * d.out_pitch,
                           residual ? residual + n * pixels * d.residual_pitch : 0);
}

// Depthwise into a strip of scratch, then the 1x1 convolution of that strip.
static void nf_kernel_separable_run(const nf_conv *dw, const nf_activation *between, const float *dw_packed,
                                    const nf_conv *pw, const nf_activation *activation, const float *pw_packed,
                                    const float *input, const float *residual, float *output, float *scratch) {
    const nf_epilogue first = nf_epilogue_of(between), second = nf_epilogue_of(activation);
    nf_conv strip = *dw;
    strip.out_pitch = 0;
    strip.residual_pitch = strip.residual_channels = 0;
    const nf_depthwise d = nf_depthwise_of(&strip, &first, dw_packed, scratch);
    float *rows = scratch + nf_round_up(nf_depthwise_zeros_count(&strip), NF_LINE);
    const size_t image = (size_t)dw->in_height * (size_t)dw->in_width * d.in_pitch;
    const size_t out_pitch = nf_pitch(pw->out_pitch, pw->out_channels);
    const int residual_channels = pw->residual_channels ? pw->residual_channels : pw->out_channels;
    const size_t residual_pitch = nf_pitch(pw->residual_pitch, residual_channels);
    const int32_t step = nf_separable_rows(dw);
    for (size_t n = 0; n < (size_t)dw->batch; n++) {
        for (int32_t y = 0; y < dw->out_height; y += step) {
            const int32_t end = y + step < dw->out_height ? y + step : dw->out_height;
            nf_depthwise_strip(&d, input + n * image, y, end, rows, 0);
            const size_t pixel = (n * (size_t)dw->out_height + (size_t)y) * (size_t)dw->out_width;
            nf_gemm_pixels(rows, (size_t)dw->out_channels, (size_t)(end - y) * (size_t)dw->out_width,
                           (size_t)dw->out_channels, (size_t)pw->out_channels, pw_packed, &second, 0,
                           residual ? residual + pixel * residual_pitch : 0, residual_pitch, residual_channels,
                           output + pixel * out_pitch, out_pitch);
        }
    }
}

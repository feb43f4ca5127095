// F(4x4, 3x3): an output tile of 4x4 from an input tile of 6x6 with 36 products for each pair of channels where the plain
// sum takes 144. Matrices of Lavin and Gray (2015). Tiles are transformed in batches; each of the 36 positions is then a
// matrix product of tiles by channels.
#pragma once

// y = B^T x along one axis of six values.
NF_INLINE void nf_winograd_in(vf y[6], vf x0, vf x1, vf x2, vf x3, vf x4, vf x5) {
    const vf two = vf_set1(2.0f), four = vf_set1(4.0f), five = vf_set1(5.0f);
    const vf a = vf_sub(x4, vf_mul(four, x2)), b = vf_sub(x3, vf_mul(four, x1));
    const vf c = vf_sub(x4, x2), d = vf_mul(two, vf_sub(x3, x1));
    y[0] = vf_add(vf_sub(vf_mul(four, x0), vf_mul(five, x2)), x4);
    y[1] = vf_add(a, b);
    y[2] = vf_sub(a, b);
    y[3] = vf_add(c, d);
    y[4] = vf_sub(c, d);
    y[5] = vf_add(vf_sub(vf_mul(four, x1), vf_mul(five, x3)), x5);
}

// y = A^T x along one axis: six values to four.
NF_INLINE void nf_winograd_out(vf y[4], vf x0, vf x1, vf x2, vf x3, vf x4, vf x5) {
    const vf a = vf_add(x1, x2), b = vf_sub(x1, x2), c = vf_add(x3, x4), d = vf_sub(x3, x4);
    y[0] = vf_add(vf_add(x0, a), c);
    y[1] = vf_fma(vf_set1(2.0f), d, b);
    y[2] = vf_fma(vf_set1(4.0f), c, a);
    y[3] = vf_add(vf_fma(vf_set1(8.0f), d, b), x5);
}

// The 6x6 tile of one output tile, transformed into V[36][tiles][channels] at `v`.
static void nf_winograd_input(const nf_conv *c, const float *image, size_t in_pitch, int32_t ty, int32_t tx, float *v,
                              size_t position) {
    const int32_t y0 = ty * 4 - c->pad_top, x0 = tx * 4 - c->pad_left;
    const size_t channels = (size_t)c->in_channels, row = (size_t)c->in_width * in_pitch;
    const bool inside = y0 >= 0 && x0 >= 0 && y0 + 6 <= c->in_height && x0 + 6 <= c->in_width;
    for (size_t channel = 0; channel < channels; channel += VW) {
        const int lanes = channels - channel < VW ? (int)(channels - channel) : VW;
        vf t[6][6];
        NF_FOR(j, 6) {
            vf x[6];
            const float *p = image + (ptrdiff_t)y0 * (ptrdiff_t)row + (ptrdiff_t)(x0 + j) * (ptrdiff_t)in_pitch + channel;
            if (inside && lanes == VW) {
                NF_FOR(i, 6) x[i] = vf_load(p + (size_t)i * row);
            } else {
                NF_FOR(i, 6) {
                    const bool in = y0 + i >= 0 && y0 + i < c->in_height && x0 + j >= 0 && x0 + j < c->in_width;
                    x[i] = in ? vf_load_n(p + (ptrdiff_t)i * (ptrdiff_t)row, lanes) : vf_zero();
                }
            }
            vf y[6];
            nf_winograd_in(y, x[0], x[1], x[2], x[3], x[4], x[5]);
            NF_FOR(i, 6) t[i][j] = y[i];
        }
        NF_FOR(i, 6) {
            vf y[6];
            nf_winograd_in(y, t[i][0], t[i][1], t[i][2], t[i][3], t[i][4], t[i][5]);
            NF_FOR(j, 6) {
                float *to = v + (size_t)(i * 6 + j) * position + channel;
                if (lanes == VW) vf_store(to, y[j]);
                else vf_store_n(to, y[j], lanes);
            }
        }
    }
}

static void nf_winograd_output(const nf_conv *c, const nf_epilogue *e, const float *bias, const float *m,
                               size_t position, int32_t ty, int32_t tx, const float *residual, size_t residual_pitch,
                               int residual_channels, float *out, size_t out_pitch) {
    const size_t channels = (size_t)c->out_channels;
    const int32_t oy = ty * 4, ox = tx * 4;
    const int rows = c->out_height - oy < 4 ? c->out_height - oy : 4;
    const int columns = c->out_width - ox < 4 ? c->out_width - ox : 4;
    const size_t width = (size_t)c->out_width, first = (size_t)oy * width + (size_t)ox;
    for (size_t channel = 0; channel < channels; channel += VW) {
        const int lanes = channels - channel < VW ? (int)(channels - channel) : VW;
        vf t[4][6];
        NF_FOR(j, 6) {
            vf y[4];
            const float *p = m + (size_t)j * position + channel;
            nf_winograd_out(y, vf_load(p), vf_load(p + 6 * position), vf_load(p + 12 * position),
                            vf_load(p + 18 * position), vf_load(p + 24 * position), vf_load(p + 30 * position));
            NF_FOR(i, 4) t[i][j] = y[i];
        }
        const vf b = lanes == VW ? vf_load(bias + channel) : vf_load_n(bias + channel, lanes);
        const int with_residual = residual_channels - (int)channel;
        for (int i = 0; i < rows; i++) {
            vf y[4];
            nf_winograd_out(y, t[i][0], t[i][1], t[i][2], t[i][3], t[i][4], t[i][5]);
            for (int j = 0; j < columns; j++) {
                const size_t pixel = first + (size_t)i * width + (size_t)j;
                vf x = vf_add(y[j], b);
                if (residual && with_residual > 0) {
                    const float *r = residual + pixel * residual_pitch + channel;
                    x = vf_add(x, with_residual >= VW && lanes == VW
                                      ? vf_load(r)
                                      : vf_load_n(r, with_residual < lanes ? with_residual : lanes));
                }
                x = nf_finish(e, x, channel, lanes);
                float *to = out + pixel * out_pitch + channel;
                if (lanes == VW) vf_store(to, x);
                else vf_store_n(to, x, lanes);
            }
        }
    }
    if (e->after)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                nf_finish_row(e->after, out + (first + (size_t)i * width + (size_t)j) * out_pitch, 0, channels);
}

static void nf_conv_winograd(const nf_conv *c, const nf_epilogue *e, const float *input, const float *packed,
                             const float *residual, float *output, float *scratch) {
    const size_t in_pitch = nf_pitch(c->in_pitch, c->in_channels), out_pitch = nf_pitch(c->out_pitch, c->out_channels);
    const int residual_channels = c->residual_channels ? c->residual_channels : c->out_channels;
    const size_t residual_pitch = nf_pitch(c->residual_pitch, residual_channels);
    const size_t depth = (size_t)c->in_channels, columns = (size_t)c->out_channels;
    const size_t padded = nf_round_up(columns, NF_PANEL);
    const size_t batch = nf_winograd_tiles(c);
    const size_t tiles_y = ((size_t)c->out_height + 3) / 4, tiles_x = ((size_t)c->out_width + 3) / 4;
    const size_t all = tiles_y * tiles_x, total = (size_t)c->batch * all;
    const size_t image = (size_t)c->in_height * (size_t)c->in_width * in_pitch;
    const size_t pixels = (size_t)c->out_height * (size_t)c->out_width;
    const float *bias = packed, *weights = packed + nf_round_up(columns, NF_LINE);
    const size_t weights_step = nf_panels_count(columns, depth);
    const nf_epilogue plain = {NF_ACT_NONE, 0, 0, 0, 0};
    for (size_t first = 0; first < total; first += batch) {
        const size_t count = total - first < batch ? total - first : batch;
        float *v = scratch, *m = scratch + 36 * batch * depth;
        const size_t v_step = batch * depth, m_step = batch * padded;
        for (size_t i = 0; i < count; i++) {
            const size_t n = (first + i) / all, tile = (first + i) % all;
            nf_winograd_input(c, input + n * image, in_pitch, (int32_t)(tile / tiles_x), (int32_t)(tile % tiles_x),
                              v + i * depth, v_step);
        }
        for (size_t k = 0; k < 36; k++)
            nf_gemm_pixels(v + k * v_step, depth, count, depth, columns, weights + k * weights_step, &plain, 0, 0, 0, 0,
                           m + k * m_step, padded);
        for (size_t i = 0; i < count; i++) {
            const size_t n = (first + i) / all, tile = (first + i) % all;
            nf_winograd_output(c, e, bias, m + i * padded, m_step, (int32_t)(tile / tiles_x), (int32_t)(tile % tiles_x),
                               residual ? residual + n * pixels * residual_pitch : 0, residual_pitch,
                               residual_channels, output + n * pixels * out_pitch, out_pitch);
        }
    }
}

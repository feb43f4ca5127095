#pragma once

// The range of kernel positions [first, last) along one axis that lie inside the image.
NF_INLINE void nf_pool_range(int32_t start, int32_t kernel, int32_t dilation, int32_t size, int32_t *first,
                             int32_t *last) {
    *first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int32_t room = size - 1 - start;
    const int32_t end = room < 0 ? 0 : room / dilation + 1;
    *last = end < kernel ? end : kernel;
    if (*last < *first) *last = *first;
}

NF_INLINE void nf_pool_all(const nf_pool *p, const bool average, const float *input, float *output) {
    const size_t channels = (size_t)p->channels;
    const size_t in_pitch = nf_pitch(p->in_pitch, p->channels), out_pitch = nf_pitch(p->out_pitch, p->channels);
    const size_t row = (size_t)p->in_width * in_pitch, step = (size_t)p->dilation_x * in_pitch;
    for (int32_t n = 0; n < p->batch; n++, input += (size_t)p->in_height * row)
        for (int32_t oy = 0; oy < p->out_height; oy++) {
            const int32_t sy = oy * p->stride_y - p->pad_top;
            int32_t ky0, ky1, py0, py1;
            nf_pool_range(sy, p->kernel_height, p->dilation_y, p->in_height, &ky0, &ky1);
            // With the padding taken as part of the image.
            nf_pool_range(sy + p->pad_top, p->kernel_height, p->dilation_y,
                          p->in_height + p->pad_top + p->pad_bottom, &py0, &py1);
            for (int32_t ox = 0; ox < p->out_width; ox++, output += out_pitch) {
                const int32_t sx = ox * p->stride_x - p->pad_left;
                int32_t kx0, kx1, px0, px1;
                nf_pool_range(sx, p->kernel_width, p->dilation_x, p->in_width, &kx0, &kx1);
                nf_pool_range(sx + p->pad_left, p->kernel_width, p->dilation_x,
                              p->in_width + p->pad_left + p->pad_right, &px0, &px1);
                const int32_t inside = (ky1 - ky0) * (kx1 - kx0);
                const int32_t counted = p->count_padding ? (py1 - py0) * (px1 - px0) : inside;
                const vf scale = vf_set1(counted > 0 ? 1.0f / (float)counted : 0.0f);
                const float *first = input + (ptrdiff_t)(sy + ky0 * p->dilation_y) * (ptrdiff_t)row
                                     + (ptrdiff_t)(sx + kx0 * p->dilation_x) * (ptrdiff_t)in_pitch;
                for (size_t c = 0; c < channels; c += VW) {
                    const int lanes = channels - c < VW ? (int)(channels - c) : VW;
                    vf total = average ? vf_zero() : vf_set1(-__builtin_inff());
                    const float *line = first + c;
                    for (int32_t ky = ky0; ky < ky1; ky++, line += (size_t)p->dilation_y * row) {
                        const float *at = line;
                        for (int32_t kx = kx0; kx < kx1; kx++, at += step) {
                            const vf x = lanes == VW ? vf_load(at) : vf_load_n(at, lanes);
                            total = average ? vf_add(total, x) : vf_max(total, x);
                        }
                    }
                    if (average) total = vf_mul(total, scale);
                    if (lanes == VW) vf_store(output + c, total);
                    else vf_store_n(output + c, total, lanes);
                }
            }
        }
}

// The 2x2, stride 2 maximum that networks for faces are full of, without padding.
static void nf_max_pool_2x2(const nf_pool *p, const float *input, float *output) {
    const size_t channels = (size_t)p->channels;
    const size_t in_pitch = nf_pitch(p->in_pitch, p->channels), out_pitch = nf_pitch(p->out_pitch, p->channels);
    const size_t row = (size_t)p->in_width * in_pitch;
    for (int32_t n = 0; n < p->batch; n++, input += (size_t)p->in_height * row)
        for (int32_t oy = 0; oy < p->out_height; oy++) {
            const float *top = input + (size_t)oy * 2 * row;
            for (int32_t ox = 0; ox < p->out_width; ox++, top += 2 * in_pitch, output += out_pitch) {
                size_t c = 0;
                for (; c + VW <= channels; c += VW) {
                    const float *at = top + c;
                    const vf a = vf_max(vf_load(at), vf_load(at + in_pitch));
                    const vf b = vf_max(vf_load(at + row), vf_load(at + row + in_pitch));
                    vf_store(output + c, vf_max(a, b));
                }
                const int left = (int)(channels - c);
                if (left) {
                    const float *at = top + c;
                    const vf a = vf_max(vf_load_n(at, left), vf_load_n(at + in_pitch, left));
                    const vf b = vf_max(vf_load_n(at + row, left), vf_load_n(at + row + in_pitch, left));
                    vf_store_n(output + c, vf_max(a, b), left);
                }
            }
        }
}

static void nf_kernel_max_pool(const nf_pool *p, const float *input, float *output) {
    if (p->kernel_height == 2 && p->kernel_width == 2 && p->stride_y == 2 && p->stride_x == 2 && p->dilation_y == 1
        && p->dilation_x == 1 && p->pad_top == 0 && p->pad_left == 0 && 2 * p->out_height <= p->in_height
        && 2 * p->out_width <= p->in_width)
        nf_max_pool_2x2(p, input, output);
    else
        nf_pool_all(p, false, input, output);
}

static void nf_kernel_average_pool(const nf_pool *p, const float *input, float *output) {
    nf_pool_all(p, true, input, output);
}

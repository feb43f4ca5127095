#pragma once

typedef struct {
    size_t low, high;  // the two source positions
    float weight;      // of the second
} nf_between;

// Where a row or column is read must not depend on the instruction set: a fused multiplication and addition would round
// positions that are halves to one side or the other. `volatile`, because -ffp-contract=fast fuses whatever pragmas say.
NF_INLINE double nf_position(int32_t out, double step, double offset) {
    const volatile double scaled = out * step;
    return scaled + offset;
}

NF_INLINE nf_between nf_source(int32_t out, double step, double offset, int32_t size) {
    double at = nf_position(out, step, offset);
    // Not-a-number becomes 0: it must not index outside the image.
    if (!(at > 0)) at = 0;
    if (at > size - 1) at = size - 1;
    const int32_t low = (int32_t)at;
    return (nf_between){(size_t)low, (size_t)(low + 1 < size ? low + 1 : low), (float)(at - low)};
}

static void nf_kernel_resize_bilinear(const nf_resize *z, const float *input, float *output) {
    const size_t channels = (size_t)z->channels;
    const size_t in_pitch = nf_pitch(z->in_pitch, z->channels), out_pitch = nf_pitch(z->out_pitch, z->channels);
    const size_t row = (size_t)z->in_width * in_pitch;
    for (int32_t n = 0; n < z->batch; n++, input += (size_t)z->in_height * row)
        for (int32_t oy = 0; oy < z->out_height; oy++) {
            const nf_between y = nf_source(oy, z->step_y, z->offset_y, z->in_height);
            const float *top = input + y.low * row, *bottom = input + y.high * row;
            const vf wy = vf_set1(y.weight);
            for (int32_t ox = 0; ox < z->out_width; ox++, output += out_pitch) {
                const nf_between x = nf_source(ox, z->step_x, z->offset_x, z->in_width);
                const vf wx = vf_set1(x.weight);
                const float *p00 = top + x.low * in_pitch, *p01 = top + x.high * in_pitch;
                const float *p10 = bottom + x.low * in_pitch, *p11 = bottom + x.high * in_pitch;
                size_t c = 0;
                for (; c + VW <= channels; c += VW) {
                    const vf a = vf_load(p00 + c), b = vf_load(p10 + c);
                    const vf left = vf_fma(vf_sub(b, a), wy, a);
                    const vf d = vf_load(p01 + c), e = vf_load(p11 + c);
                    const vf right = vf_fma(vf_sub(e, d), wy, d);
                    vf_store(output + c, vf_fma(vf_sub(right, left), wx, left));
                }
                for (; c < channels; c++) {
                    const float left = p00[c] + (p10[c] - p00[c]) * y.weight;
                    const float right = p01[c] + (p11[c] - p01[c]) * y.weight;
                    output[c] = left + (right - left) * x.weight;
                }
            }
        }
}

NF_INLINE size_t nf_nearest_source(int32_t out, double step, double offset, int32_t size, nf_nearest nearest) {
    const double at = nf_position(out, step, offset);
    double whole = __builtin_floor(at);
    switch (nearest) {
    case NF_NEAREST_FLOOR: break;
    case NF_NEAREST_CEIL: whole = __builtin_ceil(at); break;
    case NF_NEAREST_ROUND_HALF_DOWN: whole = __builtin_ceil(at - 0.5); break;
    case NF_NEAREST_ROUND_HALF_UP: whole = __builtin_floor(at + 0.5); break;
    }
    return !(whole > 0) ? 0 : whole > size - 1 ? (size_t)(size - 1) : (size_t)whole;
}

static void nf_kernel_resize_nearest(const nf_resize *z, nf_nearest nearest, const float *input, float *output) {
    const size_t channels = (size_t)z->channels;
    const size_t in_pitch = nf_pitch(z->in_pitch, z->channels), out_pitch = nf_pitch(z->out_pitch, z->channels);
    const size_t row = (size_t)z->in_width * in_pitch;
    for (int32_t n = 0; n < z->batch; n++, input += (size_t)z->in_height * row)
        for (int32_t oy = 0; oy < z->out_height; oy++) {
            const float *line = input + nf_nearest_source(oy, z->step_y, z->offset_y, z->in_height, nearest) * row;
            for (int32_t ox = 0; ox < z->out_width; ox++, output += out_pitch) {
                const float *p = line + nf_nearest_source(ox, z->step_x, z->offset_x, z->in_width, nearest) * in_pitch;
                size_t c = 0;
                for (; c + VW <= channels; c += VW) vf_store(output + c, vf_load(p + c));
                for (; c < channels; c++) output[c] = p[c];
            }
        }
}

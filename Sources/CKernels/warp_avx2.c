// The sampling kernels with AVX2: eight pixels at a time, both bytes of a row's pair in one 32-bit gather.
#if defined(__x86_64__)

#include <immintrin.h>
#include <stddef.h>

#include "warp_internal.h"

#define TARGET __attribute__((target("avx2,fma")))

// One plane's limits, as vectors.
typedef struct {
    const int *base;
    __m256 last_x, last_y;
    __m256i second_last_x, second_last_y;
    // The last byte of a row at which a 32-bit read stays inside the row, the bytes between neighbours and between rows.
    __m256i last_read, step, stride;
    __m128i next;
} plane_vectors;

TARGET static inline plane_vectors make_plane(const uint8_t *base, int32_t width, int32_t height, int32_t stride,
                                              int32_t step) {
    plane_vectors p;
    p.base = (const int *)(const void *)base;
    p.last_x = _mm256_set1_ps((float)(width - 1));
    p.last_y = _mm256_set1_ps((float)(height - 1));
    p.second_last_x = _mm256_set1_epi32(width - 2);
    p.second_last_y = _mm256_set1_epi32(height - 2);
    p.last_read = _mm256_set1_epi32((width - 1) * step + 1 - 4);
    p.step = _mm256_set1_epi32(step);
    p.stride = _mm256_set1_epi32(stride);
    p.next = _mm_cvtsi32_si128(8 * step);
    return p;
}

// The four bytes around eight samples. A read that would pass the row's end starts earlier and is shifted.
typedef struct {
    __m256i a, b, c, d;
} quad;

TARGET static inline quad read_quads(const plane_vectors *p, __m256i x0, __m256i y0) {
    const __m256i low = _mm256_set1_epi32(255);
    __m256i byte = _mm256_mullo_epi32(x0, p->step);
    __m256i start = _mm256_min_epi32(byte, p->last_read);
    __m256i shift = _mm256_slli_epi32(_mm256_sub_epi32(byte, start), 3);
    __m256i index = _mm256_add_epi32(_mm256_mullo_epi32(y0, p->stride), start);
    __m256i top = _mm256_srlv_epi32(_mm256_i32gather_epi32(p->base, index, 1), shift);
    __m256i bottom = _mm256_srlv_epi32(
        _mm256_i32gather_epi32(p->base, _mm256_add_epi32(index, p->stride), 1), shift);
    quad q;
    q.a = _mm256_and_si256(top, low);
    q.b = _mm256_and_si256(_mm256_srl_epi32(top, p->next), low);
    q.c = _mm256_and_si256(bottom, low);
    q.d = _mm256_and_si256(_mm256_srl_epi32(bottom, p->next), low);
    return q;
}

// Index coordinates clamped into the plane, split into the pair's first pixel and the fraction. The last pixel is the second of its pair.
typedef struct {
    __m256i x0, y0;
    __m256 fx, fy;
} cell;

TARGET static inline cell split(const plane_vectors *p, __m256 px, __m256 py) {
    const __m256 zero = _mm256_setzero_ps();
    px = _mm256_min_ps(_mm256_max_ps(px, zero), p->last_x);
    py = _mm256_min_ps(_mm256_max_ps(py, zero), p->last_y);
    cell c;
    c.x0 = _mm256_min_epi32(_mm256_cvttps_epi32(px), p->second_last_x);
    c.y0 = _mm256_min_epi32(_mm256_cvttps_epi32(py), p->second_last_y);
    c.fx = _mm256_sub_ps(px, _mm256_cvtepi32_ps(c.x0));
    c.fy = _mm256_sub_ps(py, _mm256_cvtepi32_ps(c.y0));
    return c;
}

TARGET static inline __m256 interpolate(quad q, __m256 fx, __m256 fy) {
    __m256 a = _mm256_cvtepi32_ps(q.a), b = _mm256_cvtepi32_ps(q.b);
    __m256 c = _mm256_cvtepi32_ps(q.c), d = _mm256_cvtepi32_ps(q.d);
    __m256 upper = _mm256_fmadd_ps(_mm256_sub_ps(b, a), fx, a);
    __m256 lower = _mm256_fmadd_ps(_mm256_sub_ps(d, c), fx, c);
    return _mm256_fmadd_ps(_mm256_sub_ps(lower, upper), fy, upper);
}

TARGET static inline __m256 cover(__m256 p, __m256 last) {
    const __m256 one = _mm256_set1_ps(1);
    __m256 inside = _mm256_min_ps(_mm256_add_ps(p, one), _mm256_sub_ps(_mm256_add_ps(last, one), p));
    return _mm256_min_ps(_mm256_max_ps(inside, _mm256_setzero_ps()), one);
}

// Eight red, eight green and eight blue values to twenty-four interleaved ones.
TARGET static inline void store_interleaved(float *out, __m256 r, __m256 g, __m256 b) {
    const __m256i first = _mm256_setr_epi32(0, 0, 0, 1, 1, 1, 2, 2);
    const __m256i second = _mm256_setr_epi32(2, 3, 3, 3, 4, 4, 4, 5);
    const __m256i third = _mm256_setr_epi32(5, 5, 6, 6, 6, 7, 7, 7);
#define PICK(v, order) _mm256_permutevar8x32_ps(v, order)
    __m256 x = _mm256_blend_ps(_mm256_blend_ps(PICK(r, first), PICK(g, first), 0x92), PICK(b, first), 0x24);
    __m256 y = _mm256_blend_ps(_mm256_blend_ps(PICK(r, second), PICK(g, second), 0x24), PICK(b, second), 0x49);
    __m256 z = _mm256_blend_ps(_mm256_blend_ps(PICK(r, third), PICK(g, third), 0x49), PICK(b, third), 0x92);
#undef PICK
    _mm256_storeu_ps(out, x);
    _mm256_storeu_ps(out + 8, y);
    _mm256_storeu_ps(out + 16, z);
}

// The vector kernels read four bytes at a time and always two rows, and reach them by 32-bit offsets from the plane's first
// byte. Tiny pictures and those beyond these offsets take the plain way.
static int suits(const nf_planes *source) {
    const int64_t luma = (int64_t)source->height * source->y_stride;
    const int64_t chroma = source->u ? (source->height + (int64_t)1) / 2 * source->chroma_stride : 0;
    return source->width >= 8 && source->height >= 4 && luma <= INT32_MAX && luma >= -INT32_MAX && chroma <= INT32_MAX
           && chroma >= -INT32_MAX;
}

TARGET void nf_warp_rgb_avx2(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width,
                             int32_t height, int32_t taps, nf_border border, float scale, float offset, float *out) {
    if (!suits(source)) {
        nf_warp_rgb_portable(source, map, colour, width, height, taps, border, scale, offset, out);
        return;
    }
    int has_chroma = source->u != NULL;
    plane_vectors luma = make_plane(source->y, source->width, source->height, source->y_stride, 1);
    plane_vectors cb = luma, cr = luma;
    if (has_chroma) {
        int32_t w = (source->width + 1) / 2, h = (source->height + 1) / 2;
        cb = make_plane(source->u, w, h, source->chroma_stride, source->chroma_step);
        cr = make_plane(source->v, w, h, source->chroma_stride, source->chroma_step);
    }
    const __m256 half = _mm256_set1_ps(0.5f), zero = _mm256_setzero_ps(), most = _mm256_set1_ps(255);
    const __m256 lanes = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256 xx = _mm256_set1_ps((float)map->xx), yx = _mm256_set1_ps((float)map->yx);
    const __m256 mean = _mm256_set1_ps(1.0f / (float)(taps * taps));
    int32_t whole = width & ~7;
    for (int32_t row = 0; row < height; row++) {
        float *line = out + 3 * (ptrdiff_t)row * width;
        for (int32_t column = 0; column < whole; column += 8) {
            __m256 sum_y = zero, sum_u = zero, sum_v = zero, sum_cover = zero;
            for (int32_t b = 0; b < taps; b++) {
                double y = row + (b + 0.5) / taps;
                for (int32_t a = 0; a < taps; a++) {
                    double x = column + (a + 0.5) / taps;
                    __m256 sx = _mm256_set1_ps((float)(map->xx * x + map->xy * y + map->x0));
                    __m256 sy = _mm256_set1_ps((float)(map->yx * x + map->yy * y + map->y0));
                    sx = _mm256_fmadd_ps(lanes, xx, sx);
                    sy = _mm256_fmadd_ps(lanes, yx, sy);
                    __m256 px = _mm256_sub_ps(sx, half), py = _mm256_sub_ps(sy, half);
                    cell c = split(&luma, px, py);
                    __m256 value = interpolate(read_quads(&luma, c.x0, c.y0), c.fx, c.fy);
                    __m256 weight = _mm256_set1_ps(1);
                    if (border == NF_BORDER_ZERO)
                        weight = _mm256_mul_ps(cover(px, luma.last_x), cover(py, luma.last_y));
                    sum_cover = _mm256_add_ps(sum_cover, weight);
                    sum_y = _mm256_fmadd_ps(weight, value, sum_y);
                    if (!has_chroma) continue;
                    __m256 cx = _mm256_fmsub_ps(sx, half, half), cy = _mm256_fmsub_ps(sy, half, half);
                    cell d = split(&cb, cx, cy);
                    sum_u = _mm256_fmadd_ps(weight, interpolate(read_quads(&cb, d.x0, d.y0), d.fx, d.fy), sum_u);
                    sum_v = _mm256_fmadd_ps(weight, interpolate(read_quads(&cr, d.x0, d.y0), d.fx, d.fy), sum_v);
                }
            }
            if (!has_chroma) sum_u = sum_v = _mm256_mul_ps(sum_cover, _mm256_set1_ps(128));
            __m256 bright = _mm256_mul_ps(sum_y, _mm256_set1_ps(colour->y_gain));
            __m256 red = _mm256_fmadd_ps(sum_v, _mm256_set1_ps(colour->r_v), bright);
            __m256 green = _mm256_fmadd_ps(
                sum_u, _mm256_set1_ps(colour->g_u), _mm256_fmadd_ps(sum_v, _mm256_set1_ps(colour->g_v), bright));
            __m256 blue = _mm256_fmadd_ps(sum_u, _mm256_set1_ps(colour->b_u), bright);
            red = _mm256_mul_ps(_mm256_fmadd_ps(sum_cover, _mm256_set1_ps(colour->r0), red), mean);
            green = _mm256_mul_ps(_mm256_fmadd_ps(sum_cover, _mm256_set1_ps(colour->g0), green), mean);
            blue = _mm256_mul_ps(_mm256_fmadd_ps(sum_cover, _mm256_set1_ps(colour->b0), blue), mean);
            const __m256 s = _mm256_set1_ps(scale), o = _mm256_set1_ps(offset);
            red = _mm256_fmadd_ps(_mm256_min_ps(_mm256_max_ps(red, zero), most), s, o);
            green = _mm256_fmadd_ps(_mm256_min_ps(_mm256_max_ps(green, zero), most), s, o);
            blue = _mm256_fmadd_ps(_mm256_min_ps(_mm256_max_ps(blue, zero), most), s, o);
            store_interleaved(line + 3 * column, red, green, blue);
        }
        if (whole < width)
            nf_warp_rgb_columns(source, map, colour, whole, width, row, taps, border, scale, offset, out);
    }
}

// Four index coordinates in double precision: clamped, the pair's first pixel and the fraction.
TARGET static inline __m128i split_double(__m256d p, double last, int32_t second_last, __m256d *fraction) {
    p = _mm256_min_pd(_mm256_max_pd(p, _mm256_setzero_pd()), _mm256_set1_pd(last));
    __m128i whole = _mm_min_epi32(_mm256_cvttpd_epi32(p), _mm_set1_epi32(second_last));
    *fraction = _mm256_sub_pd(p, _mm256_cvtepi32_pd(whole));
    return whole;
}

TARGET static inline __m256d interpolate_double(__m128i a, __m128i b, __m128i c, __m128i d, __m256d fx, __m256d fy) {
    __m256d da = _mm256_cvtepi32_pd(a), dc = _mm256_cvtepi32_pd(c);
    __m256d upper = _mm256_fmadd_pd(_mm256_cvtepi32_pd(_mm_sub_epi32(b, a)), fx, da);
    __m256d lower = _mm256_fmadd_pd(_mm256_cvtepi32_pd(_mm_sub_epi32(d, c)), fx, dc);
    return _mm256_fmadd_pd(_mm256_sub_pd(lower, upper), fy, upper);
}

TARGET static inline __m128i round_half_up(__m256d sum, __m256d factor, __m256d offset) {
    __m256d value = _mm256_fmadd_pd(sum, factor, offset);
    value = _mm256_min_pd(_mm256_max_pd(value, _mm256_setzero_pd()), _mm256_set1_pd(255));
    return _mm256_cvttpd_epi32(_mm256_add_pd(value, _mm256_set1_pd(0.5)));
}

TARGET void nf_warp_luma_avx2(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height,
                              int32_t taps, double gain, double offset, uint8_t *out) {
    if (!suits(source)) {
        nf_warp_luma_portable(source, map, width, height, taps, gain, offset, out);
        return;
    }
    plane_vectors luma = make_plane(source->y, source->width, source->height, source->y_stride, 1);
    double last_x = source->width - 1, last_y = source->height - 1;
    int32_t second_x = source->width - 2, second_y = source->height - 2;
    const __m256d lanes = _mm256_setr_pd(0, 1, 2, 3);
    const __m256d step_x = _mm256_mul_pd(lanes, _mm256_set1_pd(map->xx));
    const __m256d step_y = _mm256_mul_pd(lanes, _mm256_set1_pd(map->yx));
    const __m256d four_x = _mm256_set1_pd(4 * map->xx), four_y = _mm256_set1_pd(4 * map->yx);
    const __m256d factor = _mm256_set1_pd(gain / (double)(taps * taps)), shift = _mm256_set1_pd(offset);
    int32_t whole = width & ~7;
    for (int32_t row = 0; row < height; row++) {
        for (int32_t column = 0; column < whole; column += 8) {
            __m256d left = _mm256_setzero_pd(), right = left;
            for (int32_t b = 0; b < taps; b++) {
                double y = row + (b + 0.5) / taps;
                for (int32_t a = 0; a < taps; a++) {
                    double x = column + (a + 0.5) / taps;
                    __m256d px = _mm256_add_pd(
                        _mm256_set1_pd(map->xx * x + map->xy * y + map->x0 - 0.5), step_x);
                    __m256d py = _mm256_add_pd(
                        _mm256_set1_pd(map->yx * x + map->yy * y + map->y0 - 0.5), step_y);
                    __m256d fx0, fy0, fx1, fy1;
                    __m128i x0 = split_double(px, last_x, second_x, &fx0);
                    __m128i y0 = split_double(py, last_y, second_y, &fy0);
                    __m128i x1 = split_double(_mm256_add_pd(px, four_x), last_x, second_x, &fx1);
                    __m128i y1 = split_double(_mm256_add_pd(py, four_y), last_y, second_y, &fy1);
                    quad q = read_quads(&luma, _mm256_set_m128i(x1, x0), _mm256_set_m128i(y1, y0));
#define LOW(v) _mm256_castsi256_si128(v)
#define HIGH(v) _mm256_extracti128_si256(v, 1)
                    left = _mm256_add_pd(
                        left, interpolate_double(LOW(q.a), LOW(q.b), LOW(q.c), LOW(q.d), fx0, fy0));
                    right = _mm256_add_pd(
                        right, interpolate_double(HIGH(q.a), HIGH(q.b), HIGH(q.c), HIGH(q.d), fx1, fy1));
#undef LOW
#undef HIGH
                }
            }
            __m128i words = _mm_packs_epi32(round_half_up(left, factor, shift), round_half_up(right, factor, shift));
            _mm_storel_epi64((__m128i *)(void *)(out + (ptrdiff_t)row * width + column), _mm_packus_epi16(words, words));
        }
        if (whole < width)
            nf_warp_luma_columns(source, map, whole, width, row, taps, gain, offset, out);
    }
}

#else
// A translation unit must hold something.
typedef int nf_warp_avx2_is_for_x86;
#endif

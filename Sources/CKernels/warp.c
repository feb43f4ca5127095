// The plain sampling kernels: the reference of the others.
#include "warp.h"

#include <math.h>
#include <stddef.h>

#include "warp_internal.h"

// Not-a-number becomes `low`: a hostile map must not index outside the picture.
static inline float clamp_float(float value, float low, float high) {
    return value > low ? (value < high ? value : high) : low;
}

static inline double clamp_double(double value, double low, double high) {
    return value > low ? (value < high ? value : high) : low;
}

// One plane at the index coordinates (px, py): pixel centres are whole numbers.
static inline float bilinear(const uint8_t *plane, int32_t stride, int32_t step, int32_t width, int32_t height, float px,
                             float py) {
    px = clamp_float(px, 0, (float)(width - 1));
    py = clamp_float(py, 0, (float)(height - 1));
    int32_t x0 = (int32_t)px, y0 = (int32_t)py;
    int32_t x1 = x0 + 1 < width ? x0 + 1 : x0, y1 = y0 + 1 < height ? y0 + 1 : y0;
    float fx = px - (float)x0, fy = py - (float)y0;
    const uint8_t *top = plane + (ptrdiff_t)y0 * stride, *bottom = plane + (ptrdiff_t)y1 * stride;
    float a = top[x0 * step], b = top[x1 * step], c = bottom[x0 * step], d = bottom[x1 * step];
    float upper = a + (b - a) * fx, lower = c + (d - c) * fx;
    return upper + (lower - upper) * fy;
}

// How much of a bilinear sample at index coordinate `p` lies inside 0..size-1, along one axis.
static inline float coverage(float p, int32_t size) {
    float inside = p < (float)size - p - 1 ? 1 + p : (float)size - p;
    return clamp_float(inside, 0, 1);
}

void nf_warp_rgb_columns(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t first,
                         int32_t width, int32_t row, int32_t taps, nf_border border, float scale, float offset,
                         float *out) {
    int32_t chroma_width = (source->width + 1) / 2, chroma_height = (source->height + 1) / 2;
    float mean = 1.0f / (float)(taps * taps);
    for (int32_t column = first; column < width; column++) {
        float luma = 0, cb = 0, cr = 0, cover = 0;
        for (int32_t b = 0; b < taps; b++) {
            double y = row + (b + 0.5) / taps;
            for (int32_t a = 0; a < taps; a++) {
                double x = column + (a + 0.5) / taps;
                float sx = (float)(map->xx * x + map->xy * y + map->x0);
                float sy = (float)(map->yx * x + map->yy * y + map->y0);
                float px = sx - 0.5f, py = sy - 0.5f;
                float weight = 1;
                if (border == NF_BORDER_ZERO) weight = coverage(px, source->width) * coverage(py, source->height);
                cover += weight;
                luma += weight * bilinear(source->y, source->y_stride, 1, source->width, source->height, px, py);
                if (source->u) {
                    float ux = sx * 0.5f - 0.5f, uy = sy * 0.5f - 0.5f;
                    cb += weight
                        * bilinear(source->u, source->chroma_stride, source->chroma_step, chroma_width, chroma_height,
                                   ux, uy);
                    cr += weight
                        * bilinear(source->v, source->chroma_stride, source->chroma_step, chroma_width, chroma_height,
                                   ux, uy);
                } else {
                    cb += weight * 128;
                    cr += weight * 128;
                }
            }
        }
        luma *= colour->y_gain;
        float red = (luma + colour->r_v * cr + colour->r0 * cover) * mean;
        float green = (luma + colour->g_u * cb + colour->g_v * cr + colour->g0 * cover) * mean;
        float blue = (luma + colour->b_u * cb + colour->b0 * cover) * mean;
        float *pixel = out + 3 * ((ptrdiff_t)row * width + column);
        pixel[0] = clamp_float(red, 0, 255) * scale + offset;
        pixel[1] = clamp_float(green, 0, 255) * scale + offset;
        pixel[2] = clamp_float(blue, 0, 255) * scale + offset;
    }
}

void nf_warp_rgb_portable(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width,
                          int32_t height, int32_t taps, nf_border border, float scale, float offset, float *out) {
    for (int32_t row = 0; row < height; row++)
        nf_warp_rgb_columns(source, map, colour, 0, width, row, taps, border, scale, offset, out);
}

void nf_warp_luma_columns(const nf_planes *source, const nf_affine *map, int32_t first, int32_t width, int32_t row,
                          int32_t taps, double gain, double offset, uint8_t *out) {
    int32_t last_x = source->width - 1, last_y = source->height - 1;
    double factor = gain / (double)(taps * taps);
    for (int32_t column = first; column < width; column++) {
        double sum = 0;
        for (int32_t b = 0; b < taps; b++) {
            double y = row + (b + 0.5) / taps;
            for (int32_t a = 0; a < taps; a++) {
                double x = column + (a + 0.5) / taps;
                double px = clamp_double(map->xx * x + map->xy * y + map->x0 - 0.5, 0, last_x);
                double py = clamp_double(map->yx * x + map->yy * y + map->y0 - 0.5, 0, last_y);
                int32_t x0 = (int32_t)px, y0 = (int32_t)py;
                int32_t x1 = x0 < last_x ? x0 + 1 : x0, y1 = y0 < last_y ? y0 + 1 : y0;
                double fx = px - x0, fy = py - y0;
                const uint8_t *top = source->y + (ptrdiff_t)y0 * source->y_stride;
                const uint8_t *bottom = source->y + (ptrdiff_t)y1 * source->y_stride;
                double upper = top[x0] + (double)(top[x1] - top[x0]) * fx;
                double lower = bottom[x0] + (double)(bottom[x1] - bottom[x0]) * fx;
                sum += upper + (lower - upper) * fy;
            }
        }
        out[(ptrdiff_t)row * width + column] = (uint8_t)floor(clamp_double(sum * factor + offset, 0, 255) + 0.5);
    }
}

void nf_warp_luma_portable(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                           double gain, double offset, uint8_t *out) {
    for (int32_t row = 0; row < height; row++)
        nf_warp_luma_columns(source, map, 0, width, row, taps, gain, offset, out);
}

// Affine sampling of planar pictures: what the small crops that networks read are made with.
#pragma once

#include <stdint.h>

// A 4:2:0 picture of 8 bits. `u` and `v` are NULL for a grey picture. Neighbouring chroma samples lie `chroma_step` bytes apart (1 or 2).
typedef struct {
    const uint8_t *y, *u, *v;
    int32_t width, height;
    int32_t y_stride, chroma_stride, chroma_step;
} nf_planes;

// Where a point of the output lies in the source: sx = xx * x + xy * y + x0, sy = yx * x + yy * y + y0.
// Both sides count from the top left corner of the top left pixel.
typedef struct {
    double xx, xy, x0, yx, yy, y0;
} nf_affine;

// R = y_gain * Y + r_v * V + r0, and so on; 8-bit Y, U, V in, 0-255 out (clamped).
typedef struct {
    float y_gain, r_v, g_u, g_v, b_u, r0, g0, b0;
} nf_colour;

// What a sample outside the picture is.
typedef enum { NF_BORDER_REPLICATE = 0, NF_BORDER_ZERO = 1 } nf_border;

// Samples RGB into `out`: `height` rows of `width` pixels of three interleaved floats, each `value * scale + offset` with value 0-255.
// A pixel is the mean of `taps` x `taps` bilinear samples spread evenly over it. With NF_BORDER_ZERO the picture fades to black
// over half a pixel beyond its edge, as bilinear interpolation against a black surround does.
void nf_warp_rgb(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width, int32_t height,
                 int32_t taps, nf_border border, float scale, float offset, float *out);

// Samples luma into `out`, `height` rows of `width` bytes: clamp(mean * gain + offset, 0, 255) rounded half up, where the mean is that of
// `taps` x `taps` bilinear samples, the picture's edge pixels being repeated outside it. Computed in double precision, so that
// other implementations of the same rule give the same bytes.
void nf_warp_luma(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                  double gain, double offset, uint8_t *out);

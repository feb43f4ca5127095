// What the files of the sampling kernels share.
#pragma once

#include "warp.h"

// One row from column `first` on: the vector kernels leave the columns that do not fill a vector to these.
void nf_warp_rgb_columns(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t first,
                         int32_t width, int32_t row, int32_t taps, nf_border border, float scale, float offset,
                         float *out);
void nf_warp_luma_columns(const nf_planes *source, const nf_affine *map, int32_t first, int32_t width, int32_t row,
                          int32_t taps, double gain, double offset, uint8_t *out);

// The plain kernels: the reference of every other, and what the tables hold where there is no faster one.
void nf_warp_rgb_portable(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width,
                          int32_t height, int32_t taps, nf_border border, float scale, float offset, float *out);
void nf_warp_luma_portable(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                           double gain, double offset, uint8_t *out);

#if defined(__x86_64__)
void nf_warp_rgb_avx2(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width,
                      int32_t height, int32_t taps, nf_border border, float scale, float offset, float *out);
void nf_warp_luma_avx2(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                       double gain, double offset, uint8_t *out);
#endif

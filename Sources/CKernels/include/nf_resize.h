#pragma once

#include <stddef.h>
#include <stdint.h>

// Which source position a nearest-neighbour resize takes.
typedef enum {
    NF_NEAREST_FLOOR = 0,
    NF_NEAREST_CEIL = 1,
    NF_NEAREST_ROUND_HALF_DOWN = 2,  // ONNX round_prefer_floor
    NF_NEAREST_ROUND_HALF_UP = 3,    // ONNX round_prefer_ceil
} nf_nearest;

// A resize of height and width. Output row y is taken from source row y * step_y + offset_y, clamped to the image; the
// same for columns. The usual conventions, where `in` and `out` are sizes along one axis:
//   asymmetric      step = in / out              offset = 0
//   half_pixel      step = in / out              offset = step / 2 - 1 / 2
//   align_corners   step = (in - 1) / (out - 1)  offset = 0          (step 0 when out is 1)
typedef struct {
    int32_t batch;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t in_pitch, out_pitch;  // 0: channels
    double step_y, step_x, offset_y, offset_x;
} nf_resize;

void nf_resize_bilinear(const nf_resize *resize, const float *input, float *output);
void nf_resize_nearest(const nf_resize *resize, nf_nearest nearest, const float *input, float *output);

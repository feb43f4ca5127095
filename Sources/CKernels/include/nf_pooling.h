#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A two-dimensional pooling. Positions outside the input take no part in a maximum; in an average they count as zeros
// when count_padding is set (pixels beyond pad_bottom and pad_right never count) and do not count otherwise. The limits of
// positions are those of nf_conv.
typedef struct {
    int32_t batch;
    int32_t in_height, in_width, channels;
    int32_t out_height, out_width;
    int32_t kernel_height, kernel_width;
    int32_t stride_y, stride_x;
    int32_t dilation_y, dilation_x;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
    int32_t in_pitch, out_pitch;  // 0: channels
    bool count_padding;
} nf_pool;

void nf_max_pool(const nf_pool *pool, const float *input, float *output);
void nf_average_pool(const nf_pool *pool, const float *input, float *output);

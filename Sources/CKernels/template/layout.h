#pragma once

// In blocks of 8x8, whose 16 cache lines stay in the first level whatever the strides are.
static void nf_kernel_transpose(size_t batch, size_t rows, size_t columns, const float *input, float *output) {
    enum { BLOCK = 8 };
    for (size_t b = 0; b < batch; b++, input += rows * columns, output += rows * columns) {
        if (rows == 1 || columns == 1) {
            for (size_t i = 0; i < rows * columns; i++) output[i] = input[i];
            continue;
        }
        for (size_t r = 0; r < rows; r += BLOCK) {
            const size_t r_end = rows - r < BLOCK ? rows : r + BLOCK;
            for (size_t c = 0; c < columns; c += BLOCK) {
                const size_t c_end = columns - c < BLOCK ? columns : c + BLOCK;
                for (size_t i = c; i < c_end; i++)
                    for (size_t j = r; j < r_end; j++) output[i * rows + j] = input[j * columns + i];
            }
        }
    }
}

// By bits: a half's exponent and fraction moved into place and rescaled by 2^112; infinities and NaNs keep theirs.
static void nf_kernel_half_to_float(size_t count, const uint16_t *input, float *output) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t h = input[i];
        union {
            uint32_t u;
            float f;
        } v = {.u = (h & 0x7fffu) << 13}, scale = {.u = (254u - 15u) << 23};
        v.f *= scale.f;
        if ((h & 0x7c00u) == 0x7c00u) v.u |= 255u << 23;
        v.u |= (h & 0x8000u) << 16;
        output[i] = v.f;
    }
}

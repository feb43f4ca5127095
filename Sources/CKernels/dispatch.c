// The choice of the instruction set at run time: one detection and one table for every kernel, those of pictures included.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

extern const nf_kernels nf_kernels_portable;
#if defined(__x86_64__)
extern const nf_kernels nf_kernels_avx2, nf_kernels_avx512;
#elif defined(__aarch64__)
extern const nf_kernels nf_kernels_neon;
#endif

nf_isa nf_isa_detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq"))
        return NF_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
        return NF_ISA_AVX2;
    return NF_ISA_PORTABLE;
#elif defined(__aarch64__)
    return NF_ISA_NEON;
#else
    return NF_ISA_PORTABLE;
#endif
}

const nf_kernels *nf_kernels_for(nf_isa isa) {
    const nf_isa best = nf_isa_detect();
    switch (isa) {
    case NF_ISA_PORTABLE: return &nf_kernels_portable;
#if defined(__x86_64__)
    case NF_ISA_AVX2: return best == NF_ISA_AVX2 || best == NF_ISA_AVX512 ? &nf_kernels_avx2 : NULL;
    case NF_ISA_AVX512: return best == NF_ISA_AVX512 ? &nf_kernels_avx512 : NULL;
#elif defined(__aarch64__)
    case NF_ISA_NEON: return best == NF_ISA_NEON ? &nf_kernels_neon : NULL;
#endif
    default: return NULL;
    }
}

const char *nf_isa_name(nf_isa isa) {
    switch (isa) {
    case NF_ISA_PORTABLE: return "portable";
    case NF_ISA_AVX2: return "avx2";
    case NF_ISA_AVX512: return "avx512";
    case NF_ISA_NEON: return "neon";
    }
    return "unknown";
}

static _Atomic(const nf_kernels *) chosen;

nf_isa nf_isa_choose(const char *wanted) {
    for (int isa = NF_ISA_PORTABLE; wanted && isa <= NF_ISA_NEON; isa++)
        if (strcmp(wanted, nf_isa_name((nf_isa)isa)) == 0 && nf_kernels_for((nf_isa)isa)) return (nf_isa)isa;
    return nf_isa_detect();
}

// Two threads that come here first together decide alike.
static const nf_kernels *table(void) {
    const nf_kernels *t = atomic_load_explicit(&chosen, memory_order_acquire);
    if (__builtin_expect(t != NULL, 1)) return t;
    t = nf_kernels_for(nf_isa_choose(getenv("NORFACE_ISA")));
    atomic_store_explicit(&chosen, t, memory_order_release);
    return t;
}

nf_isa nf_isa_current(void) { return table()->isa; }

void nf_conv_run(const nf_conv *conv, nf_conv_algorithm algorithm, const nf_activation *activation, const float *input,
                 const float *packed, const float *residual, float *output, float *scratch) {
    table()->conv_run(conv, algorithm, activation, input, packed, residual, output, scratch);
}

void nf_separable_run(const nf_conv *depthwise, const nf_activation *between, const float *depthwise_packed,
                      const nf_conv *pointwise, const nf_activation *activation, const float *pointwise_packed,
                      const float *input, const float *residual, float *output, float *scratch) {
    table()->separable_run(depthwise, between, depthwise_packed, pointwise, activation, pointwise_packed, input,
                           residual, output, scratch);
}

void nf_activate(const nf_activation *activation, size_t pixels, size_t channels, const float *input, size_t in_pitch,
                 float *output, size_t out_pitch) {
    table()->activate(activation, pixels, channels, input, in_pitch, output, out_pitch);
}

void nf_matmul(size_t rows, size_t columns, size_t depth, const float *a, size_t a_row, size_t a_column, const float *b,
               size_t b_row, size_t b_column, bool accumulate, float *output, size_t out_row) {
    table()->matmul(rows, columns, depth, a, a_row, a_column, b, b_row, b_column, accumulate, output, out_row);
}

void nf_max_pool(const nf_pool *pool, const float *input, float *output) { table()->max_pool(pool, input, output); }

void nf_average_pool(const nf_pool *pool, const float *input, float *output) {
    table()->average_pool(pool, input, output);
}

void nf_resize_bilinear(const nf_resize *resize, const float *input, float *output) {
    table()->resize_bilinear(resize, input, output);
}

void nf_resize_nearest(const nf_resize *resize, nf_nearest nearest, const float *input, float *output) {
    table()->resize_nearest(resize, nearest, input, output);
}

void nf_binary(nf_binary_op op, const nf_activation *activation, size_t rows, size_t columns, const float *a,
               size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column, float *output,
               size_t out_row) {
    table()->binary(op, activation, rows, columns, a, a_row, a_column, b, b_row, b_column, output, out_row);
}

void nf_unary(nf_unary_op op, size_t count, const float *input, float *output) {
    table()->unary(op, count, input, output);
}

void nf_softmax(size_t rows, size_t columns, const float *input, float *output) {
    table()->softmax(rows, columns, input, output);
}

void nf_layer_norm(size_t rows, size_t columns, float epsilon, const float *scale, const float *bias,
                   const float *input, float *output) {
    table()->layer_norm(rows, columns, epsilon, scale, bias, input, output);
}

void nf_reduce(nf_reduction op, size_t outer, size_t reduced, size_t inner, const float *input, float *output) {
    table()->reduce(op, outer, reduced, inner, input, output);
}

void nf_transpose(size_t batch, size_t rows, size_t columns, const float *input, float *output) {
    table()->transpose(batch, rows, columns, input, output);
}

void nf_half_to_float(size_t count, const uint16_t *input, float *output) {
    table()->half_to_float(count, input, output);
}

void nf_warp_rgb(const nf_planes *source, const nf_affine *map, const nf_colour *colour, int32_t width, int32_t height,
                 int32_t taps, nf_border border, float scale, float offset, float *out) {
    table()->warp_rgb(source, map, colour, width, height, taps, border, scale, offset, out);
}

void nf_warp_luma(const nf_planes *source, const nf_affine *map, int32_t width, int32_t height, int32_t taps,
                  double gain, double offset, uint8_t *out) {
    table()->warp_luma(source, map, width, height, taps, gain, offset, out);
}

// Four lanes on the compiler's own vectors: what every target has.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#define VW 4
typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
#define NF_INLINE static inline __attribute__((always_inline, unused))

NF_INLINE vf vf_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
NF_INLINE void vf_store(float *p, vf v) { memcpy(p, &v, sizeof v); }
NF_INLINE vf vf_load_n(const float *p, int n) {
    vf v = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) v[i] = p[i];
    return v;
}
NF_INLINE void vf_store_n(float *p, vf v, int n) {
    for (int i = 0; i < n; i++) p[i] = v[i];
}
NF_INLINE vf vf_set1(float x) { return (vf){x, x, x, x}; }
NF_INLINE vf vf_zero(void) { return (vf){0, 0, 0, 0}; }
NF_INLINE vf vf_add(vf a, vf b) { return a + b; }
NF_INLINE vf vf_sub(vf a, vf b) { return a - b; }
NF_INLINE vf vf_mul(vf a, vf b) { return a * b; }
NF_INLINE vf vf_div(vf a, vf b) { return a / b; }
NF_INLINE vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
NF_INLINE vf vf_select(vi m, vf a, vf b) { return (vf)((m & (vi)a) | (~m & (vi)b)); }
NF_INLINE vf vf_max(vf a, vf b) { return vf_select(a > b, a, b); }
NF_INLINE vf vf_min(vf a, vf b) { return vf_select(a < b, a, b); }
NF_INLINE vi vf_less(vf a, vf b) { return a < b; }
// x < 0 ? slope * x : x
NF_INLINE vf vf_prelu(vf x, vf slope) { return vf_select((vi)x < 0, x * slope, x); }
NF_INLINE vf vf_abs(vf a) { return (vf)((vi)a & 0x7fffffff); }
NF_INLINE vf vf_sign_of(vf a, vf s) { return (vf)(((vi)a & 0x7fffffff) | ((vi)s & (int32_t)0x80000000)); }
NF_INLINE vf vf_sqrt(vf a) { return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])}; }
// The nearest integer of values within the range of int32.
NF_INLINE vi vf_round_i(vf a) {
    return (vi){(int32_t)lrintf(a[0]), (int32_t)lrintf(a[1]), (int32_t)lrintf(a[2]), (int32_t)lrintf(a[3])};
}
NF_INLINE vf vi_to_f(vi a) { return __builtin_convertvector(a, vf); }
NF_INLINE vi vi_bits(vf a) { return (vi)a; }
NF_INLINE vf vf_bits(vi a) { return (vf)a; }
NF_INLINE vi vi_set1(int32_t x) { return (vi){x, x, x, x}; }
NF_INLINE vi vi_add(vi a, vi b) { return a + b; }
NF_INLINE vi vi_sub(vi a, vi b) { return a - b; }
NF_INLINE vi vi_and(vi a, vi b) { return a & b; }
NF_INLINE vi vi_or(vi a, vi b) { return a | b; }
#define vi_shl(a, n) ((a) << (n))
#define vi_sar(a, n) ((a) >> (n))
NF_INLINE float vf_sum(vf a) { return (a[0] + a[2]) + (a[1] + a[3]); }
NF_INLINE float vf_largest(vf a) {
    float x = a[0] > a[1] ? a[0] : a[1], y = a[2] > a[3] ? a[2] : a[3];
    return x > y ? x : y;
}

// Four lanes, Advanced SIMD of AArch64.
#pragma once

#include <arm_neon.h>
#include <stdint.h>

#define VW 4
typedef float32x4_t vf;
typedef int32x4_t vi;
#define NF_INLINE static inline __attribute__((always_inline, unused))

NF_INLINE vf vf_load(const float *p) { return vld1q_f32(p); }
NF_INLINE void vf_store(float *p, vf v) { vst1q_f32(p, v); }
NF_INLINE vf vf_load_n(const float *p, int n) {
    float t[4] = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) t[i] = p[i];
    return vld1q_f32(t);
}
NF_INLINE void vf_store_n(float *p, vf v, int n) {
    if (n >= 4) {
        vst1q_f32(p, v);
        return;
    }
    float32x2_t part = vget_low_f32(v);
    if (n & 2) {
        vst1_f32(p, part);
        part = vget_high_f32(v);
        p += 2;
    }
    if (n & 1) vst1_lane_f32(p, part, 0);
}
NF_INLINE vf vf_set1(float x) { return vdupq_n_f32(x); }
NF_INLINE vf vf_zero(void) { return vdupq_n_f32(0); }
NF_INLINE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
NF_INLINE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
NF_INLINE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
NF_INLINE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
NF_INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
NF_INLINE vf vf_select(vi m, vf a, vf b) { return vbslq_f32(vreinterpretq_u32_s32(m), a, b); }
NF_INLINE vf vf_max(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
NF_INLINE vf vf_min(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
NF_INLINE vi vf_less(vf a, vf b) { return vreinterpretq_s32_u32(vcltq_f32(a, b)); }
NF_INLINE vf vf_prelu(vf x, vf slope) { return vbslq_f32(vcltq_f32(x, vdupq_n_f32(0)), vmulq_f32(x, slope), x); }
NF_INLINE vf vf_abs(vf a) { return vabsq_f32(a); }
NF_INLINE vf vf_sign_of(vf a, vf s) { return vbslq_f32(vdupq_n_u32(0x80000000u), s, a); }
NF_INLINE vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
NF_INLINE vi vf_round_i(vf a) { return vcvtnq_s32_f32(a); }
NF_INLINE vf vi_to_f(vi a) { return vcvtq_f32_s32(a); }
NF_INLINE vi vi_bits(vf a) { return vreinterpretq_s32_f32(a); }
NF_INLINE vf vf_bits(vi a) { return vreinterpretq_f32_s32(a); }
NF_INLINE vi vi_set1(int32_t x) { return vdupq_n_s32(x); }
NF_INLINE vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
NF_INLINE vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
NF_INLINE vi vi_and(vi a, vi b) { return vandq_s32(a, b); }
NF_INLINE vi vi_or(vi a, vi b) { return vorrq_s32(a, b); }
#define vi_shl(a, n) vshlq_n_s32((a), (n))
#define vi_sar(a, n) vshrq_n_s32((a), (n))
NF_INLINE float vf_sum(vf a) { return vaddvq_f32(a); }
NF_INLINE float vf_largest(vf a) { return vmaxvq_f32(a); }

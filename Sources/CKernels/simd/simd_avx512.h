// Sixteen lanes, AVX-512 F, BW, DQ and VL. Included where the target attribute is in force.
#pragma once

#include <stdint.h>

#define VW 16
typedef __m512 vf;
typedef __m512i vi;
#define NF_INLINE static inline __attribute__((always_inline, unused))

NF_INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
NF_INLINE void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
NF_INLINE __mmask16 nf_mask_n(int n) { return (__mmask16)((1u << n) - 1); }
NF_INLINE vf vf_load_n(const float *p, int n) { return _mm512_maskz_loadu_ps(nf_mask_n(n), p); }
NF_INLINE void vf_store_n(float *p, vf v, int n) { _mm512_mask_storeu_ps(p, nf_mask_n(n), v); }
NF_INLINE vf vf_set1(float x) { return _mm512_set1_ps(x); }
NF_INLINE vf vf_zero(void) { return _mm512_setzero_ps(); }
NF_INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
NF_INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
NF_INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
NF_INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
NF_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
NF_INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
NF_INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
NF_INLINE vi vf_less(vf a, vf b) { return _mm512_movm_epi32(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ)); }
NF_INLINE vf vf_select(vi m, vf a, vf b) { return _mm512_mask_blend_ps(_mm512_movepi32_mask(m), b, a); }
NF_INLINE vf vf_prelu(vf x, vf slope) {
    return _mm512_mask_mul_ps(x, _mm512_movepi32_mask(_mm512_castps_si512(x)), x, slope);
}
NF_INLINE vf vf_abs(vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
NF_INLINE vf vf_sign_of(vf a, vf s) {
    const __m512 sign = _mm512_set1_ps(-0.0f);
    return _mm512_or_ps(_mm512_andnot_ps(sign, a), _mm512_and_ps(sign, s));
}
NF_INLINE vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
NF_INLINE vi vf_round_i(vf a) { return _mm512_cvtps_epi32(a); }
NF_INLINE vf vi_to_f(vi a) { return _mm512_cvtepi32_ps(a); }
NF_INLINE vi vi_bits(vf a) { return _mm512_castps_si512(a); }
NF_INLINE vf vf_bits(vi a) { return _mm512_castsi512_ps(a); }
NF_INLINE vi vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
NF_INLINE vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
NF_INLINE vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
NF_INLINE vi vi_and(vi a, vi b) { return _mm512_and_si512(a, b); }
NF_INLINE vi vi_or(vi a, vi b) { return _mm512_or_si512(a, b); }
#define vi_shl(a, n) _mm512_slli_epi32((a), (n))
#define vi_sar(a, n) _mm512_srai_epi32((a), (n))
NF_INLINE float vf_sum(vf a) { return _mm512_reduce_add_ps(a); }
NF_INLINE float vf_largest(vf a) { return _mm512_reduce_max_ps(a); }

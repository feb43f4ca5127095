// Eight lanes, AVX2 and FMA. Included where the target attribute is in force.
#pragma once

#include <stdint.h>

#define VW 8
typedef __m256 vf;
typedef __m256i vi;
#define NF_INLINE static inline __attribute__((always_inline, unused))

NF_INLINE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
NF_INLINE void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
NF_INLINE vi nf_mask_n(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
NF_INLINE vf vf_load_n(const float *p, int n) { return _mm256_maskload_ps(p, nf_mask_n(n)); }
// In halves: a masked store takes tens of operations on the first Zen processors.
NF_INLINE void vf_store_n(float *p, vf v, int n) {
    if (n >= 8) {
        _mm256_storeu_ps(p, v);
        return;
    }
    __m128 part = _mm256_castps256_ps128(v);
    if (n & 4) {
        _mm_storeu_ps(p, part);
        part = _mm256_extractf128_ps(v, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)p, part);
        part = _mm_movehl_ps(part, part);
        p += 2;
    }
    if (n & 1) _mm_store_ss(p, part);
}
NF_INLINE vf vf_set1(float x) { return _mm256_set1_ps(x); }
NF_INLINE vf vf_zero(void) { return _mm256_setzero_ps(); }
NF_INLINE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
NF_INLINE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
NF_INLINE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
NF_INLINE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
NF_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
NF_INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
NF_INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
NF_INLINE vi vf_less(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
NF_INLINE vf vf_select(vi m, vf a, vf b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(m)); }
NF_INLINE vf vf_prelu(vf x, vf slope) { return _mm256_blendv_ps(x, _mm256_mul_ps(x, slope), x); }
NF_INLINE vf vf_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
NF_INLINE vf vf_sign_of(vf a, vf s) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(sign, a), _mm256_and_ps(sign, s));
}
NF_INLINE vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
NF_INLINE vi vf_round_i(vf a) { return _mm256_cvtps_epi32(a); }
NF_INLINE vf vi_to_f(vi a) { return _mm256_cvtepi32_ps(a); }
NF_INLINE vi vi_bits(vf a) { return _mm256_castps_si256(a); }
NF_INLINE vf vf_bits(vi a) { return _mm256_castsi256_ps(a); }
NF_INLINE vi vi_set1(int32_t x) { return _mm256_set1_epi32(x); }
NF_INLINE vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
NF_INLINE vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
NF_INLINE vi vi_and(vi a, vi b) { return _mm256_and_si256(a, b); }
NF_INLINE vi vi_or(vi a, vi b) { return _mm256_or_si256(a, b); }
#define vi_shl(a, n) _mm256_slli_epi32((a), (n))
#define vi_sar(a, n) _mm256_srai_epi32((a), (n))
NF_INLINE float vf_sum(vf a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
NF_INLINE float vf_largest(vf a) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

#include "internal.h"
#include "warp_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#include "simd/simd_avx512.h"

#define MR 12
#define NF_TABLE nf_kernels_avx512
#define NF_TABLE_ISA NF_ISA_AVX512
#define NF_WARP_RGB nf_warp_rgb_avx2
#define NF_WARP_LUMA nf_warp_luma_avx2
#include "template/kernels.h"

#pragma clang attribute pop

#endif

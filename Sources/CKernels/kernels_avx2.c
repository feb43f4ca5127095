#include "internal.h"
#include "warp_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "simd/simd_avx2.h"

#define MR 6
#define NF_TABLE nf_kernels_avx2
#define NF_TABLE_ISA NF_ISA_AVX2
#define NF_WARP_RGB nf_warp_rgb_avx2
#define NF_WARP_LUMA nf_warp_luma_avx2
#include "template/kernels.h"

#pragma clang attribute pop

#endif

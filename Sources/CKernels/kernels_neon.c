#include "internal.h"
#include "warp_internal.h"

#if defined(__aarch64__)

#include "simd/simd_neon.h"

#define MR 6
#define NF_TABLE nf_kernels_neon
#define NF_TABLE_ISA NF_ISA_NEON
#define NF_WARP_RGB nf_warp_rgb_portable
#define NF_WARP_LUMA nf_warp_luma_portable
#include "template/kernels.h"

#endif

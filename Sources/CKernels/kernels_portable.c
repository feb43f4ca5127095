#include "internal.h"
#include "warp_internal.h"
#include "simd/simd_portable.h"

#define MR 2
#define NF_TABLE nf_kernels_portable
#define NF_TABLE_ISA NF_ISA_PORTABLE
#define NF_WARP_RGB nf_warp_rgb_portable
#define NF_WARP_LUMA nf_warp_luma_portable
#include "template/kernels.h"

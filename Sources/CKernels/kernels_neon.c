#include "internal.h"

#if defined(__aarch64__)

#include "simd/simd_neon.h"

#define MR 6
#define NF_TABLE nf_kernels_neon
#define NF_TABLE_ISA NF_ISA_NEON
#include "template/kernels.h"

#endif

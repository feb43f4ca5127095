#include "internal.h"
#include "simd/simd_portable.h"

#define MR 2
#define NF_TABLE nf_kernels_portable
#define NF_TABLE_ISA NF_ISA_PORTABLE
#include "template/kernels.h"

#pragma once

// The instruction sets that kernels exist for.
typedef enum { NF_ISA_PORTABLE = 0, NF_ISA_AVX2 = 1, NF_ISA_AVX512 = 2, NF_ISA_NEON = 3 } nf_isa;

// The best instruction set of this processor.
nf_isa nf_isa_detect(void);

// The instruction set of that name (portable, avx2, avx512, neon) when this processor and this build have it, otherwise
// nf_isa_detect(). `wanted` may be NULL.
nf_isa nf_isa_choose(const char *wanted);

// The instruction set in use by every kernel: what nf_isa_choose makes of the environment variable NORFACE_ISA. Decided at
// the first call of a kernel or of this function and never changed after.
nf_isa nf_isa_current(void);

// "portable", "avx2", "avx512" or "neon".
const char *nf_isa_name(nf_isa isa);

// The table of kernels for one instruction set; NULL when this processor or this build lacks it. The functions of the
// headers call the table of nf_isa_current(); tests and benchmarks take tables by name to compare them.
typedef struct nf_kernels nf_kernels;
const nf_kernels *nf_kernels_for(nf_isa isa);

// SIMD kernels with run-time dispatch. Each has a plain Swift or C reference that it is tested against.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The instruction set that the kernels dispatch to on this machine.
typedef enum { NF_ISA_PORTABLE = 0, NF_ISA_AVX2 = 1, NF_ISA_AVX512 = 2, NF_ISA_NEON = 3 } nf_isa;

nf_isa nf_isa_detect(void);

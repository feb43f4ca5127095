#include "CKernels.h"

nf_isa nf_isa_detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq"))
        return NF_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return NF_ISA_AVX2;
    return NF_ISA_PORTABLE;
#elif defined(__aarch64__)
    return NF_ISA_NEON;
#else
    return NF_ISA_PORTABLE;
#endif
}

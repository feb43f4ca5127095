#include "CAllocator.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void nf_tame_allocator(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    // Naming a threshold keeps malloc from raising it by itself.
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

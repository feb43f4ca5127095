#pragma once

#include <stdint.h>

// How often the calling thread has asked malloc and its kin for memory, since the thread began. -1 where they cannot be
// counted: under a sanitizer, which has its own, and with another C library than glibc.
int64_t nf_allocations(void);

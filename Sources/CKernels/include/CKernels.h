// SIMD kernels on float32, channels last, with run-time dispatch.
//
// Conventions of every kernel here:
// - Images are NHWC. A "pitch" is the number of floats from one pixel to the next; 0 means dense (the channel count).
//   A pitch above the channel count lets a kernel read or write a slice of a wider tensor, so that a concatenation
//   along channels needs no copy.
// - Nothing is allocated. What a kernel needs besides input and output is given to it; its size is asked for first.
// - Pointers need the alignment of float only; 64-byte alignment is faster.
// - No kernel checks its arguments: the caller has validated shapes when the network was loaded.
// - Input and output must not overlap, except where a kernel's comment says that it may run in place.
#pragma once

#include "nf_activation.h"
#include "nf_convolution.h"
#include "nf_elementwise.h"
#include "nf_isa.h"
#include "nf_kernels.h"
#include "nf_layout.h"
#include "nf_matmul.h"
#include "nf_pooling.h"
#include "nf_resize.h"
#include "nf_rows.h"
#include "warp.h"

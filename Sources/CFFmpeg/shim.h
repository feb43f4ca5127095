// What Swift cannot import of libav: macros and variadic functions, each as a static inline function.
#pragma once

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/hash.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libavutil/time.h>
#include <libswscale/swscale.h>

// AVERROR and AVERROR_EOF are function-like or computed macros, which Swift does not import.
static inline int nf_averror(int errnum) { return AVERROR(errnum); }
static inline int nf_averror_eof(void) { return AVERROR_EOF; }
static inline int nf_averror_exit(void) { return AVERROR_EXIT; }
static inline int nf_averror_invaliddata(void) { return AVERROR_INVALIDDATA; }
// AV_NOPTS_VALUE is a cast expression.
static inline int64_t nf_nopts_value(void) { return AV_NOPTS_VALUE; }

// What Swift cannot import of libav: macros and variadic functions, each as a static inline function, and the few places
// where one major version of libav differs from the next.
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
#include <stdarg.h>

// The library of devices is loaded when it is needed: its name is all that is taken from its header.
static inline const char *nf_avdevice_name(void) {
    return "libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR);
}

// AVERROR and AVERROR_EOF are function-like or computed macros, which Swift does not import.
static inline int nf_averror(int errnum) { return AVERROR(errnum); }
static inline int nf_averror_eof(void) { return AVERROR_EOF; }
static inline int nf_averror_exit(void) { return AVERROR_EXIT; }
// HTTP's and RTSP's 401 and 403.
static inline int nf_averror_is_refusal(int status) {
    return status == AVERROR_HTTP_UNAUTHORIZED || status == AVERROR_HTTP_FORBIDDEN;
}
static inline int nf_averror_invaliddata(void) { return AVERROR_INVALIDDATA; }
// AV_NOPTS_VALUE is a cast expression.
static inline int64_t nf_nopts_value(void) { return AV_NOPTS_VALUE; }

// AVFrame.pkt_duration became AVFrame.duration in libavutil 57.30.
static inline int64_t nf_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

// AVFrame.key_frame became a flag in libavutil 58.
static inline int nf_frame_is_key(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 59
    return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame->key_frame;
#endif
}

// A number that goes with a packet to the frames that are made of it. reordered_opaque, which the context holds, went when libavcodec
// learned to copy the packet's own. Frames of a decoder that copies neither have a number that was never given out.
static inline void nf_prepare_tags(AVCodecContext *context) {
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
    context->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
#else
    (void)context;
#endif
}
static inline void nf_tag_packet(AVCodecContext *context, AVPacket *packet, int64_t tag) {
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
    (void)context;
    packet->opaque = (void *)(intptr_t)tag;
#else
    (void)packet;
    context->reordered_opaque = tag;
#endif
}
static inline int64_t nf_frame_tag(const AVFrame *frame) {
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
    return (int64_t)(intptr_t)frame->opaque;
#else
    return frame->reordered_opaque;
#endif
}

// SwsContext is a structure that is known since libswscale 8.3 and was not before; Swift sees two types. Here it is a pointer.
static inline void *nf_scaler_alloc(void) { return sws_alloc_context(); }
static inline void nf_scaler_free(void *scaler) { sws_freeContext((struct SwsContext *)scaler); }
static inline int nf_scaler_init(void *scaler) { return sws_init_context((struct SwsContext *)scaler, NULL, NULL); }
static inline int nf_scaler_scale(void *scaler, AVFrame *target, const AVFrame *source) {
    return sws_scale_frame((struct SwsContext *)scaler, target, source);
}
// Bilinear, exact rounding: macros once, an enumeration now.
static inline int64_t nf_scaler_flags(void) { return SWS_BILINEAR | SWS_ACCURATE_RND; }

// libav's log. A va_list is another thing on every processor, and Swift's compiler ends with an error where it shall make a callback that takes one on 64-bit
// ARM: it stays in C. What Swift gets are the pieces of a line, which it hands back to have the line made of them.
typedef struct {
    void *context;
    int level;
    const char *format;
    void *arguments;
} nf_log_line;
typedef void (*nf_log_handler)(const nf_log_line *line);
// Within a function: Swift does not make a header's variables.
static inline nf_log_handler *nf_log_current(void) {
    static nf_log_handler current;
    return &current;
}

static inline void nf_log_callback(void *context, int level, const char *format, va_list arguments) {
    const nf_log_handler handler = __atomic_load_n(nf_log_current(), __ATOMIC_ACQUIRE);
    if (!handler || !format) return;
    // A copy: what a va_list is as a parameter has no address that could be handed on everywhere.
    va_list copy;
    va_copy(copy, arguments);
    const nf_log_line line = {context, level, format, &copy};
    handler(&line);
    va_end(copy);
}

static inline void nf_log_lead_to(nf_log_handler handler) {
    __atomic_store_n(nf_log_current(), handler, __ATOMIC_RELEASE);
    av_log_set_callback(nf_log_callback);
}

// Once for each line, as it uses the arguments up.
static inline void nf_log_format(const nf_log_line *line, char *text, int size) {
    int prefix = 1;
    av_log_format_line2(line->context, line->level, line->format, *(va_list *)line->arguments, text, size, &prefix);
}

// Whether some demuxer or protocol has an option of this name.
static inline int nf_is_input_option(const char *name) {
    const AVClass *format = avformat_get_class();
    return av_opt_find(&format, name, NULL, 0, AV_OPT_SEARCH_CHILDREN | AV_OPT_SEARCH_FAKE_OBJ) != NULL;
}

// The user's pointer of the decoder that writes a line to the log, NULL when the line is not a decoder's.
static inline void *nf_decoder_opaque(void *context) {
    return context && *(const AVClass **)context == avcodec_get_class() ? ((AVCodecContext *)context)->opaque : NULL;
}

// The stream's display matrix (9 integers), or NULL; side data moved from AVStream to AVCodecParameters in libavformat 61.
static inline const int32_t *nf_stream_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 36 ? (const int32_t *)data->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 36 ? (const int32_t *)data : NULL;
#endif
}

// The frame's own display matrix (9 integers), or NULL.
static inline const int32_t *nf_frame_display_matrix(const AVFrame *frame) {
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    return data && data->size >= 36 ? (const int32_t *)data->data : NULL;
}

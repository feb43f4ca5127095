// A webcam that is none, for tests: loaded before the C library (LD_PRELOAD), it answers what libavdevice asks of V4L2 for
// paths under /nf-camera/. The rest of the path says what happens:
//
//   ok       pictures as they were asked for, YUYV or MJPEG (the file named by NF_CAMERA_JPEG), in size and rate
//   busy     another program has it: EBUSY when the format is set
//   taken    another program has it: EBUSY when the stream is started
//   silent   it streams, and no picture ever comes
//   unplug   it is pulled out after ten pictures: ENODEV
//   metadata a node that captures no video
//
//   clang -shared -fPIC -O1 -o fake_camera.so fake_camera.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, SLOT = 4 << 20 };

static struct {
    int fd;
    char kind[16];
    struct v4l2_pix_format format;
    struct v4l2_fract interval;
    unsigned char *memory;
    int queued[BUFFERS], queue_head, queue_length;
    struct timespec next;
    unsigned pictures;
} camera = {.fd = -1};

static int open_camera(const char *path) {
    camera.fd = memfd_create("camera", MFD_CLOEXEC);
    if (camera.fd < 0 || ftruncate(camera.fd, (off_t)BUFFERS * SLOT) != 0) return -1;
    camera.memory = mmap(NULL, (size_t)BUFFERS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, camera.fd, 0);
    snprintf(camera.kind, sizeof camera.kind, "%s", path + strlen("/nf-camera/"));
    camera.format = (struct v4l2_pix_format){.width = 640, .height = 480, .pixelformat = V4L2_PIX_FMT_YUYV,
        .field = V4L2_FIELD_NONE, .bytesperline = 1280, .sizeimage = 640 * 480 * 2};
    camera.interval = (struct v4l2_fract){1, 30};
    camera.queue_length = camera.queue_head = 0;
    camera.pictures = 0;
    return camera.fd;
}

static int fail(int error) {
    errno = error;
    return -1;
}

static int is(const char *kind) { return strcmp(camera.kind, kind) == 0; }

static size_t draw(unsigned char *target) {
    if (camera.format.pixelformat == V4L2_PIX_FMT_MJPEG) {
        FILE *file = fopen(getenv("NF_CAMERA_JPEG"), "rb");
        if (!file) return 0;
        size_t size = fread(target, 1, SLOT, file);
        fclose(file);
        return size;
    }
    size_t size = (size_t)camera.format.width * camera.format.height * 2;
    for (size_t i = 0; i < size; i += 2) {
        target[i] = (unsigned char)(i / 2 + camera.pictures);
        target[i + 1] = 128;
    }
    return size;
}

static int dequeue(struct v4l2_buffer *buffer) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (is("silent") || camera.queue_length == 0) return fail(EAGAIN);
    if (is("unplug") && camera.pictures >= 10) return fail(ENODEV);
    double wait = (double)(camera.next.tv_sec - now.tv_sec) + (double)(camera.next.tv_nsec - now.tv_nsec) * 1e-9;
    if (wait > 0) return fail(EAGAIN);
    int index = camera.queued[camera.queue_head];
    camera.queue_head = (camera.queue_head + 1) % BUFFERS;
    camera.queue_length--;
    buffer->index = (unsigned)index;
    buffer->bytesused = (unsigned)draw(camera.memory + (size_t)index * SLOT);
    buffer->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    buffer->sequence = camera.pictures++;
    long step = (long)(1e9 * camera.interval.numerator / camera.interval.denominator);
    camera.next = now;
    camera.next.tv_nsec += step;
    camera.next.tv_sec += camera.next.tv_nsec / 1000000000;
    camera.next.tv_nsec %= 1000000000;
    return 0;
}

static int answer(unsigned long request, void *argument) {
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *capability = argument;
        memset(capability, 0, sizeof *capability);
        strcpy((char *)capability->driver, "fake");
        strcpy((char *)capability->card, "A webcam that is none");
        capability->capabilities = is("metadata") ? V4L2_CAP_STREAMING : V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    }
    case VIDIOC_G_INPUT: *(int *)argument = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_ENUMINPUT: {
        struct v4l2_input *input = argument;
        if (input->index > 0) return fail(EINVAL);
        memset(input, 0, sizeof *input);
        strcpy((char *)input->name, "Camera 1");
        input->type = V4L2_INPUT_TYPE_CAMERA;
        return 0;
    }
    case VIDIOC_G_FMT: ((struct v4l2_format *)argument)->fmt.pix = camera.format; return 0;
    case VIDIOC_S_FMT: {
        struct v4l2_pix_format *wanted = &((struct v4l2_format *)argument)->fmt.pix;
        if (is("busy")) return fail(EBUSY);
        if (wanted->pixelformat == V4L2_PIX_FMT_YUYV || wanted->pixelformat == V4L2_PIX_FMT_MJPEG) {
            camera.format.pixelformat = wanted->pixelformat;
        }
        camera.format.width = wanted->width > 1280 ? 1280 : wanted->width & ~1u;
        camera.format.height = wanted->height > 720 ? 720 : wanted->height & ~1u;
        camera.format.bytesperline = camera.format.width * 2;
        camera.format.sizeimage = camera.format.width * camera.format.height * 2;
        *wanted = camera.format;
        return 0;
    }
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
        struct v4l2_captureparm *capture = &((struct v4l2_streamparm *)argument)->parm.capture;
        if (request == VIDIOC_S_PARM && capture->timeperframe.denominator) camera.interval = capture->timeperframe;
        capture->capability = V4L2_CAP_TIMEPERFRAME;
        capture->timeperframe = camera.interval;
        return 0;
    }
    case VIDIOC_REQBUFS: ((struct v4l2_requestbuffers *)argument)->count = BUFFERS; return 0;
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = argument;
        if (buffer->index >= BUFFERS) return fail(EINVAL);
        buffer->length = SLOT;
        buffer->m.offset = buffer->index * SLOT;
        return 0;
    }
    case VIDIOC_QBUF: {
        struct v4l2_buffer *buffer = argument;
        camera.queued[(camera.queue_head + camera.queue_length) % BUFFERS] = (int)buffer->index;
        camera.queue_length++;
        return 0;
    }
    case VIDIOC_DQBUF: return dequeue(argument);
    case VIDIOC_STREAMON:
        if (is("taken")) return fail(EBUSY);
        clock_gettime(CLOCK_MONOTONIC, &camera.next);
        return 0;
    case VIDIOC_STREAMOFF: return 0;
    default: return fail(ENOTTY);
    }
}

static int open_either(const char *name, const char *path, int flags, va_list arguments) {
    if (strncmp(path, "/nf-camera/", strlen("/nf-camera/")) == 0) return open_camera(path);
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
    return flags & (O_CREAT | O_TMPFILE) ? real(path, flags, va_arg(arguments, unsigned)) : real(path, flags);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int result = open_either("open", path, flags, arguments);
    va_end(arguments);
    return result;
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int result = open_either("open64", path, flags, arguments);
    va_end(arguments);
    return result;
}

int ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (fd >= 0 && fd == camera.fd) return answer(request & 0xffffffff, argument);
    int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
}

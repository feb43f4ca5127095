// Times the algorithms of nf_conv_run and OpenBLAS's sgemm, with its bias and activation, on sizes of the networks we run.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

typedef struct {
    const char *name;
    int size, in, out, kernel, stride, groups;
} layer;

static const layer layers[] = {
    // Face Mesh and BlazeFace
    {"first 3x3 stride 2", 192, 3, 16, 3, 2, 1},
    {"depthwise 96x96x16", 96, 16, 16, 3, 1, 16},
    {"pointwise 96x96x16", 96, 16, 16, 1, 1, 1},
    {"depthwise 96x96x32", 96, 32, 32, 3, 1, 32},
    {"pointwise 96x96 32-8", 96, 32, 8, 1, 1, 1},
    {"depthwise 48x48x32", 48, 32, 32, 3, 1, 32},
    {"pointwise 48x48x32", 48, 32, 32, 1, 1, 1},
    {"depthwise 48x48x32 /2", 48, 32, 32, 3, 2, 32},
    {"depthwise 24x24x64", 24, 64, 64, 3, 1, 64},
    {"pointwise 24x24x64", 24, 64, 64, 1, 1, 1},
    {"depthwise 12x12x128", 12, 128, 128, 3, 1, 128},
    {"pointwise 12x12x128", 12, 128, 128, 1, 1, 1},
    {"pointwise 6x6x128", 6, 128, 128, 1, 1, 1},
    {"pointwise 3x3x128", 3, 128, 128, 1, 1, 1},
    {"depthwise 5x5 32x32x28", 32, 28, 28, 5, 1, 28},
    // Encoders of plain 3x3 convolutions
    {"3x3 96x96 1-16 /2", 96, 1, 16, 3, 2, 1},
    {"3x3 48x48 16-16", 48, 16, 16, 3, 1, 1},
    {"3x3 48x48 16-32 /2", 48, 16, 32, 3, 2, 1},
    {"3x3 48x48 24-24", 48, 24, 24, 3, 1, 1},
    {"3x3 48x48 32-32", 48, 32, 32, 3, 1, 1},
    {"3x3 24x24 32-32", 24, 32, 32, 3, 1, 1},
    {"3x3 24x24 48-48", 24, 48, 48, 3, 1, 1},
    {"3x3 24x24 64-64", 24, 64, 64, 3, 1, 1},
    {"3x3 12x12 64-64", 12, 64, 64, 3, 1, 1},
    {"3x3 12x12 96-96", 12, 96, 96, 3, 1, 1},
    {"3x3 12x12 128-128", 12, 128, 128, 3, 1, 1},
    {"3x3 6x6 128-128", 6, 128, 128, 3, 1, 1},
    // A token network's linear layers
    {"linear 144x128-128", 12, 128, 128, 1, 1, 1},
    {"linear 144x128-512", 12, 128, 512, 1, 1, 1},
    {"linear 144x80-240", 12, 80, 240, 1, 1, 1},
    {"linear 1x345-128", 1, 345, 128, 1, 1, 1},
    {"linear 1x768-3072", 1, 768, 3072, 1, 1, 1},
    {"linear 196x768-768", 14, 768, 768, 1, 1, 1},
    {"linear 196x768-3072", 14, 768, 3072, 1, 1, 1},
    {"linear 196x3072-768", 14, 3072, 768, 1, 1, 1},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *floats(size_t count) {
    float *p = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
    for (size_t i = 0; i < count; i++) p[i] = (float)(rand() % 2001 - 1000) / 1000;
    return p;
}

// The best of repeated runs for about a tenth of a second: the machine's other work only ever adds.
#define BEST(result, ...)                                   \
    do {                                                    \
        double end_ = now() + 0.1;                          \
        (result) = 1e9;                                     \
        for (int n_ = 0; n_ < 5 || now() < end_; n_++) {    \
            const double start_ = now();                    \
            __VA_ARGS__;                                    \
            const double time_ = now() - start_;            \
            if (time_ < (result)) (result) = time_;         \
        }                                                   \
    } while (0)

int main(int argc, char **argv) {
    openblas_set_num_threads(1);
    const nf_kernels *table = nf_kernels_for(nf_isa_current());
    printf("%s; best times in microseconds, GFLOP/s\n", nf_isa_name(table->isa));
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const layer *l = &layers[i];
        if (argc > 1 && !strstr(l->name, argv[1])) continue;
        const int pad = l->kernel / 2, out = (l->size + l->stride - 1) / l->stride;
        nf_conv c = {.batch = 1, .in_height = l->size, .in_width = l->size, .in_channels = l->in,
                     .out_height = out, .out_width = out, .out_channels = l->out, .kernel_height = l->kernel,
                     .kernel_width = l->kernel, .stride_y = l->stride, .stride_x = l->stride, .dilation_y = 1,
                     .dilation_x = 1, .pad_top = l->stride == 2 ? 0 : pad, .pad_left = l->stride == 2 ? 0 : pad,
                     .groups = l->groups};
        const size_t pixels = (size_t)out * (size_t)out, depth = (size_t)(l->kernel * l->kernel * l->in / l->groups);
        float *x = floats((size_t)(l->size * l->size * l->in)), *w = floats((size_t)l->out * depth);
        float *bias = floats((size_t)l->out), *y = floats(pixels * (size_t)l->out);
        const nf_activation relu = {NF_ACT_RELU, 0, 0, NULL};
        const double flops = 2.0 * (double)pixels * (double)l->out * (double)depth;
        printf("%-24s", l->name);
        for (int a = NF_CONV_GEMM; a <= NF_CONV_WINOGRAD; a++) {
            if (!nf_conv_supports(&c, (nf_conv_algorithm)a) || (l->groups > 1 && a != NF_CONV_DEPTHWISE)) continue;
            float *packed = floats(nf_conv_packed_count(&c, (nf_conv_algorithm)a));
            float *scratch = floats(nf_conv_scratch_count(&c, (nf_conv_algorithm)a));
            nf_conv_pack(&c, (nf_conv_algorithm)a, w, bias, packed);
            double time;
            BEST(time, table->conv_run(&c, (nf_conv_algorithm)a, &relu, x, packed, NULL, y, scratch));
            printf("  %s%s %8.1f us %5.1f", a == NF_CONV_GEMM ? "gemm" : a == NF_CONV_DEPTHWISE ? "depthwise" : "winograd",
                   (int)nf_conv_choose(&c) == a ? "*" : " ", time * 1e6, flops / time * 1e-9);
            free(packed);
            free(scratch);
        }
        if (l->groups == 1) {
            // What OpenBLAS needs: columns laid out (not timed for 1x1), the product on top of the bias, the activation.
            float *columns = floats(pixels * depth);
            double time;
            BEST(time, {
                if (l->kernel > 1)
                    for (size_t p = 0; p < pixels; p++) {
                        const int oy = (int)p / out, ox = (int)p % out;
                        float *to = columns + p * depth;
                        for (int ky = 0; ky < l->kernel; ky++)
                            for (int kx = 0; kx < l->kernel; kx++, to += l->in) {
                                const int sy = oy * l->stride - c.pad_top + ky, sx = ox * l->stride - c.pad_left + kx;
                                if (sy < 0 || sx < 0 || sy >= l->size || sx >= l->size)
                                    memset(to, 0, (size_t)l->in * sizeof(float));
                                else
                                    memcpy(to, x + (size_t)((sy * l->size + sx) * l->in), (size_t)l->in * sizeof(float));
                            }
                    }
                for (size_t p = 0; p < pixels; p++) memcpy(y + p * (size_t)l->out, bias, (size_t)l->out * sizeof(float));
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)pixels, l->out, (int)depth, 1,
                            l->kernel > 1 ? columns : x, (int)depth, w, (int)depth, 1, y, l->out);
                table->activate(&relu, pixels, (size_t)l->out, y, 0, y, 0);
            });
            printf("  openblas %8.1f us %5.1f", time * 1e6, flops / time * 1e-9);
            free(columns);
        }
        printf("\n");
        free(x);
        free(w);
        free(bias);
        free(y);
    }
    return 0;
}

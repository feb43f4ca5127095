#pragma once

#include <stddef.h>
#include <stdint.h>

// What is applied to each output value x. alpha and beta are the two numbers of those that have any.
typedef enum {
    NF_ACT_NONE = 0,
    NF_ACT_RELU = 1,          // max(x, 0)
    NF_ACT_CLAMP = 2,         // min(max(x, alpha), beta); relu6 is alpha 0, beta 6
    NF_ACT_PRELU = 3,         // x < 0 ? slope[channel] * x : x
    NF_ACT_LEAKY = 4,         // x < 0 ? alpha * x : x
    NF_ACT_HARD_SIGMOID = 5,  // min(max(alpha * x + beta, 0), 1)
    NF_ACT_HARD_SWISH = 6,    // x * min(max(x / 6 + 1/2, 0), 1)
    NF_ACT_SIGMOID = 7,       // 1 / (1 + exp(-x))
    NF_ACT_SILU = 8,          // x * sigmoid(x)
    NF_ACT_TANH = 9,
    NF_ACT_GELU = 10,       // x / 2 * (1 + erf(x / sqrt 2))
    NF_ACT_GELU_TANH = 11,  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
    NF_ACT_ELU = 12,        // x < 0 ? alpha * (exp(x) - 1) : x
} nf_activation_kind;

typedef struct {
    nf_activation_kind kind;
    float alpha;
    float beta;
    const float *slope;  // NF_ACT_PRELU: one for each channel
} nf_activation;

// output[p][c] = activation(input[p][c]) for `pixels` pixels of `channels` channels. May run in place.
void nf_activate(const nf_activation *activation, size_t pixels, size_t channels, const float *input, size_t in_pitch,
                 float *output, size_t out_pitch);

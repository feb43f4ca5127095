// What happens to sums before they are stored: residual and activation. The cheap activations are applied in registers;
// the others by a second pass over what was just stored, while it is in the first-level cache.
#pragma once

typedef struct {
    nf_activation_kind kind;  // NONE, CLAMP, PRELU or LEAKY
    float alpha, beta;
    const float *slope;
    const nf_activation *after;  // an activation for the second pass, or NULL
} nf_epilogue;

NF_INLINE nf_epilogue nf_epilogue_of(const nf_activation *activation) {
    nf_epilogue e = {NF_ACT_NONE, 0, 0, 0, 0};
    if (!activation) return e;
    switch (activation->kind) {
    case NF_ACT_NONE: break;
    case NF_ACT_RELU:
        e.kind = NF_ACT_CLAMP;
        e.beta = __builtin_inff();
        break;
    case NF_ACT_CLAMP:
    case NF_ACT_LEAKY:
    case NF_ACT_PRELU:
        e.kind = activation->kind;
        e.alpha = activation->alpha;
        e.beta = activation->beta;
        e.slope = activation->slope;
        break;
    default: e.after = activation; break;
    }
    return e;
}

// Lanes of vector `v` that are within `columns`.
NF_INLINE int nf_lanes(int columns, int v) {
    const int left = columns - v * VW;
    return left < 0 ? 0 : left > VW ? VW : left;
}

// The register part on one vector whose first channel is `channel`.
NF_INLINE vf nf_finish(const nf_epilogue *e, vf x, size_t channel, int lanes) {
    switch (e->kind) {
    case NF_ACT_CLAMP: return vf_min(vf_set1(e->beta), vf_max(vf_set1(e->alpha), x));
    case NF_ACT_PRELU:
        return vf_prelu(x, lanes == VW ? vf_load(e->slope + channel) : vf_load_n(e->slope + channel, lanes));
    case NF_ACT_LEAKY: return vf_prelu(x, vf_set1(e->alpha));
    default: return x;
    }
}

// The second pass on one row of `count` channels that starts at `channel`.
NF_INLINE void nf_finish_row(const nf_activation *a, float *row, size_t channel, size_t count) {
    const vf alpha = vf_set1(a->alpha), beta = vf_set1(a->beta);
    const float *slope = a->kind == NF_ACT_PRELU ? a->slope + channel : 0;
    size_t c = 0;
    for (; c + VW <= count; c += VW)
        vf_store(row + c, vm_activate(a->kind, vf_load(row + c), alpha, beta, slope ? vf_load(slope + c) : alpha));
    const int left = (int)(count - c);
    if (left)
        vf_store_n(row + c,
                   vm_activate(a->kind, vf_load_n(row + c, left), alpha, beta,
                               slope ? vf_load_n(slope + c, left) : alpha),
                   left);
}

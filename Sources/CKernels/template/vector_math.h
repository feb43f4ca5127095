// Elementary functions on vectors. The polynomials were fitted for this file: weighted minimax (Lawson's iteration) on
// the interval that each comment names; the error is the fit's, before rounding.
#pragma once

// exp: x = n ln 2 + r, |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r), 3e-9 relative. The power of two is applied in two
// halves, so that results near the ends of the range neither overflow nor lose their denormals early.
NF_INLINE vf vm_exp(vf x) {
    x = vf_max(vf_set1(-104.0f), vf_min(vf_set1(89.0f), x));
    const vi n = vf_round_i(vf_mul(x, vf_set1(1.44269504f)));
    const vf nf = vi_to_f(n);
    vf r = vf_fma(nf, vf_set1(-0.693359375f), x);
    r = vf_fma(nf, vf_set1(2.12194440e-4f), r);
    vf q = vf_set1(0.0013814189f);
    q = vf_fma(q, r, vf_set1(0.008368914f));
    q = vf_fma(q, r, vf_set1(0.041668408f));
    q = vf_fma(q, r, vf_set1(0.1666652f));
    q = vf_fma(q, r, vf_set1(0.49999994f));
    vf y = vf_fma(vf_mul(r, r), q, r);
    y = vf_add(y, vf_set1(1.0f));
    const vi half = vi_sar(n, 1), rest = vi_sub(n, half);
    const vf s1 = vf_bits(vi_shl(vi_add(half, vi_set1(127)), 23));
    const vf s2 = vf_bits(vi_shl(vi_add(rest, vi_set1(127)), 23));
    return vf_mul(vf_mul(y, s1), s2);
}

// log: x = 2^e m, m in [sqrt 1/2, sqrt 2]; log m = 2 artanh(s), s = (m - 1) / (m + 1), by its series to s^9.
NF_INLINE vf vm_log(vf x) {
    const vi tiny = vf_less(x, vf_set1(1.17549435e-38f));
    const vf scaled = vf_select(tiny, vf_mul(x, vf_set1(8388608.0f)), x);
    const vi bits = vi_bits(scaled);
    // Moves the fraction's range from [1, 2) to [sqrt 1/2, sqrt 2).
    const vi shifted = vi_sub(bits, vi_set1(0x3f3504f3));
    const vi e = vi_sar(shifted, 23);
    const vf m = vf_bits(vi_add(vi_and(shifted, vi_set1(0x007fffff)), vi_set1(0x3f3504f3)));
    vf ef = vi_to_f(e);
    ef = vf_select(tiny, vf_sub(ef, vf_set1(23.0f)), ef);
    const vf s = vf_div(vf_sub(m, vf_set1(1.0f)), vf_add(m, vf_set1(1.0f)));
    const vf z = vf_mul(s, s);
    vf p = vf_set1(2.0f / 9.0f);
    p = vf_fma(p, z, vf_set1(2.0f / 7.0f));
    p = vf_fma(p, z, vf_set1(2.0f / 5.0f));
    p = vf_fma(p, z, vf_set1(2.0f / 3.0f));
    vf y = vf_fma(vf_mul(p, z), s, vf_add(s, s));
    y = vf_fma(ef, vf_set1(-2.12194440e-4f), y);
    y = vf_fma(ef, vf_set1(0.693359375f), y);
    const vf infinity = vf_set1(__builtin_inff());
    y = vf_select(vf_less(x, infinity), y, x);
    y = vf_select(vf_less(vf_zero(), x), y, vf_select(vf_less(x, vf_zero()), vf_set1(__builtin_nanf("")), y));
    return vf_select(vf_less(vf_abs(x), vf_set1(1e-45f)), vf_set1(-__builtin_inff()), y);
}

NF_INLINE vf vm_sigmoid(vf x) {
    const vf one = vf_set1(1.0f);
    return vf_div(one, vf_add(one, vm_exp(vf_sub(vf_zero(), x))));
}

// tanh: x + x^3 p(x^2) below 0.625 (4e-9 relative), 1 - 2 / (exp(2 |x|) + 1) with the sign of x above.
NF_INLINE vf vm_tanh(vf x) {
    const vf a = vf_abs(x), z = vf_mul(x, x);
    vf p = vf_set1(-0.005717049f);
    p = vf_fma(p, z, vf_set1(0.020650592f));
    p = vf_fma(p, z, vf_set1(-0.0537435f));
    p = vf_fma(p, z, vf_set1(0.13331491f));
    p = vf_fma(p, z, vf_set1(-0.33333284f));
    const vf small = vf_fma(vf_mul(p, z), x, x);
    const vf one = vf_set1(1.0f);
    const vf e = vf_add(vm_exp(vf_add(a, a)), one);
    const vf large = vf_sign_of(vf_sub(one, vf_div(vf_set1(2.0f), e)), x);
    return vf_select(vf_less(a, vf_set1(0.625f)), small, large);
}

// erf: x p(x^2) below 1 (1.2e-9 relative); 1 - exp(q(|x|)) with the sign of x above, q fitted to log(erfc) on [1, 4]
// (1.2e-9 absolute). erf is 1 to single precision beyond 4.
NF_INLINE vf vm_erf(vf x) {
    const vf a = vf_abs(x), z = vf_mul(x, x);
    vf p = vf_set1(7.854025e-05f);
    p = vf_fma(p, z, vf_set1(-0.0008010247f));
    p = vf_fma(p, z, vf_set1(0.0051883343f));
    p = vf_fma(p, z, vf_set1(-0.026853817f));
    p = vf_fma(p, z, vf_set1(0.112835854f));
    p = vf_fma(p, z, vf_set1(-0.37612626f));
    p = vf_fma(p, z, vf_set1(1.1283791f));
    const vf small = vf_mul(p, x);
    const vf c = vf_min(vf_set1(4.0f), a);
    vf q = vf_set1(0.00018797255f);
    q = vf_fma(q, c, vf_set1(-0.0029640142f));
    q = vf_fma(q, c, vf_set1(0.021906508f));
    q = vf_fma(q, c, vf_set1(-0.10325627f));
    q = vf_fma(q, c, vf_set1(-0.6379649f));
    q = vf_fma(q, c, vf_set1(-1.1272023f));
    q = vf_fma(q, c, vf_set1(-0.00031245974f));
    const vf large = vf_sign_of(vf_sub(vf_set1(1.0f), vm_exp(q)), x);
    return vf_select(vf_less(a, vf_set1(1.0f)), small, large);
}

NF_INLINE vf vm_gelu(vf x) {
    const vf h = vf_mul(x, vf_set1(0.5f));
    return vf_fma(h, vm_erf(vf_mul(x, vf_set1(0.70710678f))), h);
}

NF_INLINE vf vm_gelu_tanh(vf x) {
    const vf cube = vf_mul(vf_mul(x, x), x);
    const vf t = vm_tanh(vf_mul(vf_set1(0.79788456f), vf_fma(cube, vf_set1(0.044715f), x)));
    const vf h = vf_mul(x, vf_set1(0.5f));
    return vf_fma(h, t, h);
}

// One activation on one vector; `slope` is the vector of slopes of NF_ACT_PRELU.
NF_INLINE vf vm_activate(nf_activation_kind kind, vf x, vf alpha, vf beta, vf slope) {
    const vf zero = vf_zero(), one = vf_set1(1.0f);
    switch (kind) {
    case NF_ACT_NONE: return x;
    case NF_ACT_RELU: return vf_max(zero, x);
    case NF_ACT_CLAMP: return vf_min(beta, vf_max(alpha, x));
    case NF_ACT_PRELU: return vf_prelu(x, slope);
    case NF_ACT_LEAKY: return vf_prelu(x, alpha);
    case NF_ACT_HARD_SIGMOID: return vf_min(one, vf_max(zero, vf_fma(x, alpha, beta)));
    case NF_ACT_HARD_SWISH:
        return vf_mul(x, vf_min(one, vf_max(zero, vf_fma(x, vf_set1(1.0f / 6.0f), vf_set1(0.5f)))));
    case NF_ACT_SIGMOID: return vm_sigmoid(x);
    case NF_ACT_SILU: return vf_mul(x, vm_sigmoid(x));
    case NF_ACT_TANH: return vm_tanh(x);
    case NF_ACT_GELU: return vm_gelu(x);
    case NF_ACT_GELU_TANH: return vm_gelu_tanh(x);
    case NF_ACT_ELU:
        return vf_select(vf_less(x, zero), vf_mul(alpha, vf_sub(vm_exp(vf_min(x, zero)), one)), x);
    }
    return x;
}

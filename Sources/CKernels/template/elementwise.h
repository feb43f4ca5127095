#pragma once

static void nf_kernel_activate(const nf_activation *a, size_t pixels, size_t channels, const float *input,
                               size_t in_pitch, float *output, size_t out_pitch) {
    in_pitch = in_pitch ? in_pitch : channels;
    out_pitch = out_pitch ? out_pitch : channels;
    const bool per_channel = a->kind == NF_ACT_PRELU;
    // Without a value for each channel, dense pixels are one long row.
    if (!per_channel && in_pitch == channels && out_pitch == channels) {
        channels *= pixels;
        pixels = pixels ? 1 : 0;
    }
    const vf alpha = vf_set1(a->alpha), beta = vf_set1(a->beta);
    for (size_t p = 0; p < pixels; p++) {
        const float *in = input + p * in_pitch;
        float *out = output + p * out_pitch;
        size_t c = 0;
        for (; c + VW <= channels; c += VW)
            vf_store(out + c,
                     vm_activate(a->kind, vf_load(in + c), alpha, beta, per_channel ? vf_load(a->slope + c) : alpha));
        const int left = (int)(channels - c);
        if (left)
            vf_store_n(out + c,
                       vm_activate(a->kind, vf_load_n(in + c, left), alpha, beta,
                                   per_channel ? vf_load_n(a->slope + c, left) : alpha),
                       left);
    }
}

NF_INLINE vf nf_binary_lanes(nf_binary_op op, vf a, vf b) {
    switch (op) {
    case NF_ADD: return vf_add(a, b);
    case NF_SUB: return vf_sub(a, b);
    case NF_MUL: return vf_mul(a, b);
    case NF_DIV: return vf_div(a, b);
    case NF_MAX: return vf_max(b, a);
    case NF_MIN: return vf_min(b, a);
    case NF_SQUARED_DIFFERENCE: {
        const vf d = vf_sub(a, b);
        return vf_mul(d, d);
    }
    }
    return a;
}

NF_INLINE void nf_binary_row(const nf_binary_op op, const bool a_one, const bool b_one, size_t columns, const float *a,
                             const float *b, float *out) {
    const vf a0 = vf_set1(columns ? a[0] : 0), b0 = vf_set1(columns ? b[0] : 0);
    size_t c = 0;
    for (; c + VW <= columns; c += VW)
        vf_store(out + c, nf_binary_lanes(op, a_one ? a0 : vf_load(a + c), b_one ? b0 : vf_load(b + c)));
    const int left = (int)(columns - c);
    if (left)
        vf_store_n(out + c, nf_binary_lanes(op, a_one ? a0 : vf_load_n(a + c, left), b_one ? b0 : vf_load_n(b + c, left)),
                   left);
}

NF_INLINE void nf_binary_rows(const nf_binary_op op, size_t rows, size_t columns, const float *a, size_t a_row,
                              bool a_one, const float *b, size_t b_row, bool b_one, float *out, size_t out_row) {
    for (size_t r = 0; r < rows; r++, a += a_row, b += b_row, out += out_row) {
        if (a_one && b_one) nf_binary_row(op, true, true, columns, a, b, out);
        else if (a_one) nf_binary_row(op, true, false, columns, a, b, out);
        else if (b_one) nf_binary_row(op, false, true, columns, a, b, out);
        else nf_binary_row(op, false, false, columns, a, b, out);
    }
}

static void nf_kernel_binary(nf_binary_op op, const nf_activation *activation, size_t rows, size_t columns,
                             const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row,
                             size_t b_column, float *output, size_t out_row) {
    // Rows that follow one another without a gap in all three are one long row.
    if (a_column && b_column && a_row == columns && b_row == columns && out_row == columns
        && (!activation || activation->kind != NF_ACT_PRELU)) {
        columns *= rows;
        rows = rows ? 1 : 0;
    }
    const bool a_one = a_column == 0, b_one = b_column == 0;
#define NF_ROWS(op) nf_binary_rows(op, rows, columns, a, a_row, a_one, b, b_row, b_one, output, out_row)
    switch (op) {
    case NF_ADD: NF_ROWS(NF_ADD); break;
    case NF_SUB: NF_ROWS(NF_SUB); break;
    case NF_MUL: NF_ROWS(NF_MUL); break;
    case NF_DIV: NF_ROWS(NF_DIV); break;
    case NF_MAX: NF_ROWS(NF_MAX); break;
    case NF_MIN: NF_ROWS(NF_MIN); break;
    case NF_SQUARED_DIFFERENCE: NF_ROWS(NF_SQUARED_DIFFERENCE); break;
    }
#undef NF_ROWS
    if (activation && activation->kind != NF_ACT_NONE)
        nf_kernel_activate(activation, rows, columns, output, out_row, output, out_row);
}

NF_INLINE vf nf_unary_lanes(const nf_unary_op op, vf x) {
    switch (op) {
    case NF_EXP: return vm_exp(x);
    case NF_LOG: return vm_log(x);
    case NF_TANH: return vm_tanh(x);
    case NF_SIGMOID: return vm_sigmoid(x);
    case NF_ERF: return vm_erf(x);
    case NF_GELU: return vm_gelu(x);
    case NF_SQRT: return vf_sqrt(x);
    case NF_RSQRT: return vf_div(vf_set1(1.0f), vf_sqrt(x));
    case NF_RECIPROCAL: return vf_div(vf_set1(1.0f), x);
    case NF_NEG: return vf_mul(x, vf_set1(-1.0f));
    case NF_ABS: return vf_abs(x);
    case NF_SQUARE: return vf_mul(x, x);
    }
    return x;
}

NF_INLINE void nf_unary_all(const nf_unary_op op, size_t count, const float *input, float *output) {
    size_t i = 0;
    for (; i + VW <= count; i += VW) vf_store(output + i, nf_unary_lanes(op, vf_load(input + i)));
    const int left = (int)(count - i);
    if (left) vf_store_n(output + i, nf_unary_lanes(op, vf_load_n(input + i, left)), left);
}

static void nf_kernel_unary(nf_unary_op op, size_t count, const float *input, float *output) {
    switch (op) {
    case NF_EXP: nf_unary_all(NF_EXP, count, input, output); break;
    case NF_LOG: nf_unary_all(NF_LOG, count, input, output); break;
    case NF_TANH: nf_unary_all(NF_TANH, count, input, output); break;
    case NF_SIGMOID: nf_unary_all(NF_SIGMOID, count, input, output); break;
    case NF_ERF: nf_unary_all(NF_ERF, count, input, output); break;
    case NF_GELU: nf_unary_all(NF_GELU, count, input, output); break;
    case NF_SQRT: nf_unary_all(NF_SQRT, count, input, output); break;
    case NF_RSQRT: nf_unary_all(NF_RSQRT, count, input, output); break;
    case NF_RECIPROCAL: nf_unary_all(NF_RECIPROCAL, count, input, output); break;
    case NF_NEG: nf_unary_all(NF_NEG, count, input, output); break;
    case NF_ABS: nf_unary_all(NF_ABS, count, input, output); break;
    case NF_SQUARE: nf_unary_all(NF_SQUARE, count, input, output); break;
    }
}

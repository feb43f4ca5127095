#pragma once

static void nf_kernel_softmax(size_t rows, size_t columns, const float *input, float *output) {
    for (size_t r = 0; r < rows; r++, input += columns, output += columns) {
        float top = -__builtin_inff();
        size_t c = 0;
        if (columns >= VW) {
            vf m = vf_load(input);
            for (c = VW; c + VW <= columns; c += VW) m = vf_max(vf_load(input + c), m);
            top = vf_largest(m);
        }
        for (; c < columns; c++) top = input[c] > top ? input[c] : top;
        const vf shift = vf_set1(top);
        vf total = vf_zero();
        for (c = 0; c + VW <= columns; c += VW) {
            const vf e = vm_exp(vf_sub(vf_load(input + c), shift));
            total = vf_add(total, e);
            vf_store(output + c, e);
        }
        float sum = vf_sum(total);
        const int left = (int)(columns - c);
        if (left) {
            float tail[VW];
            vf_store(tail, vm_exp(vf_sub(vf_load_n(input + c, left), shift)));
            for (int i = 0; i < left; i++) {
                sum += tail[i];
                output[c + (size_t)i] = tail[i];
            }
        }
        const float scale = 1.0f / sum;
        const vf s = vf_set1(scale);
        for (c = 0; c + VW <= columns; c += VW) vf_store(output + c, vf_mul(vf_load(output + c), s));
        for (; c < columns; c++) output[c] *= scale;
    }
}

static void nf_kernel_layer_norm(size_t rows, size_t columns, float epsilon, const float *scale, const float *bias,
                                 const float *input, float *output) {
    for (size_t r = 0; r < rows; r++, input += columns, output += columns) {
        vf total = vf_zero();
        size_t c = 0;
        for (; c + VW <= columns; c += VW) total = vf_add(total, vf_load(input + c));
        float sum = vf_sum(total);
        for (; c < columns; c++) sum += input[c];
        const float mean = sum / (float)columns;
        const vf m = vf_set1(mean);
        vf squares = vf_zero();
        for (c = 0; c + VW <= columns; c += VW) {
            const vf d = vf_sub(vf_load(input + c), m);
            squares = vf_fma(d, d, squares);
        }
        float square = vf_sum(squares);
        for (; c < columns; c++) square += (input[c] - mean) * (input[c] - mean);
        const float factor = 1.0f / __builtin_sqrtf(square / (float)columns + epsilon);
        const vf f = vf_set1(factor);
        for (c = 0; c + VW <= columns; c += VW) {
            vf x = vf_mul(vf_sub(vf_load(input + c), m), f);
            if (scale) x = vf_mul(x, vf_load(scale + c));
            if (bias) x = vf_add(x, vf_load(bias + c));
            vf_store(output + c, x);
        }
        for (; c < columns; c++) {
            float x = (input[c] - mean) * factor;
            if (scale) x *= scale[c];
            if (bias) x += bias[c];
            output[c] = x;
        }
    }
}

NF_INLINE vf nf_reduce_lanes(const nf_reduction op, vf total, vf x) {
    switch (op) {
    case NF_REDUCE_SUM:
    case NF_REDUCE_MEAN: return vf_add(total, x);
    case NF_REDUCE_MAX: return vf_max(total, x);
    case NF_REDUCE_MIN: return vf_min(total, x);
    case NF_REDUCE_SUM_SQUARE: return vf_fma(x, x, total);
    }
    return total;
}

NF_INLINE float nf_reduce_one(const nf_reduction op, float total, float x) {
    switch (op) {
    case NF_REDUCE_SUM:
    case NF_REDUCE_MEAN: return total + x;
    case NF_REDUCE_MAX: return total > x ? total : x;
    case NF_REDUCE_MIN: return total < x ? total : x;
    case NF_REDUCE_SUM_SQUARE: return total + x * x;
    }
    return total;
}

NF_INLINE void nf_reduce_all(const nf_reduction op, size_t outer, size_t reduced, size_t inner, const float *input,
                             float *output) {
    const float start = op == NF_REDUCE_MAX ? -__builtin_inff() : op == NF_REDUCE_MIN ? __builtin_inff() : 0;
    const float scale = op == NF_REDUCE_MEAN ? 1.0f / (float)reduced : 1.0f;
    for (size_t o = 0; o < outer; o++, input += reduced * inner, output += inner) {
        if (inner == 1) {
            vf total = vf_set1(start);
            size_t r = 0;
            for (; r + VW <= reduced; r += VW) total = nf_reduce_lanes(op, total, vf_load(input + r));
            float lanes[VW], x = start;
            vf_store(lanes, total);
            // The lanes of a sum of squares are sums already.
            const nf_reduction join = op == NF_REDUCE_SUM_SQUARE ? NF_REDUCE_SUM : op;
            for (int i = 0; i < VW; i++) x = nf_reduce_one(join, x, lanes[i]);
            for (; r < reduced; r++) x = nf_reduce_one(op, x, input[r]);
            output[0] = x * scale;
            continue;
        }
        size_t i = 0;
        for (; i + VW <= inner; i += VW) {
            vf total = vf_set1(start);
            for (size_t r = 0; r < reduced; r++) total = nf_reduce_lanes(op, total, vf_load(input + r * inner + i));
            vf_store(output + i, vf_mul(total, vf_set1(scale)));
        }
        for (; i < inner; i++) {
            float x = start;
            for (size_t r = 0; r < reduced; r++) x = nf_reduce_one(op, x, input[r * inner + i]);
            output[i] = x * scale;
        }
    }
}

static void nf_kernel_reduce(nf_reduction op, size_t outer, size_t reduced, size_t inner, const float *input,
                             float *output) {
    switch (op) {
    case NF_REDUCE_SUM: nf_reduce_all(NF_REDUCE_SUM, outer, reduced, inner, input, output); break;
    case NF_REDUCE_MEAN: nf_reduce_all(NF_REDUCE_MEAN, outer, reduced, inner, input, output); break;
    case NF_REDUCE_MAX: nf_reduce_all(NF_REDUCE_MAX, outer, reduced, inner, input, output); break;
    case NF_REDUCE_MIN: nf_reduce_all(NF_REDUCE_MIN, outer, reduced, inner, input, output); break;
    case NF_REDUCE_SUM_SQUARE: nf_reduce_all(NF_REDUCE_SUM_SQUARE, outer, reduced, inner, input, output); break;
    }
}

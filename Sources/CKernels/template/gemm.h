// The matrix product behind every convolution that is not depthwise: a tile of MR pixels by one panel of output channels
// stays in registers while the whole depth passes, after "Anatomy of High-Performance Matrix Multiplication" (Goto and
// van de Geijn, 2008) without its packing of the left side: pixels are read where they lie, through one pointer for each
// pixel and a table of offsets for the kernel's taps ("The Indirect Convolution Algorithm", Dukhan, 2019).
#pragma once

// A loop of constant length, unrolled early so that what it indexes becomes registers.
#define NF_FOR(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)

// Vectors across a panel. Register tiles are arrays of fixed size whose constant loops the compiler unrolls: with
// variable sizes they would live in memory.
#define NF_VECTORS (NF_PANEL / VW)

typedef struct {
    const float *a[NF_MAX_ROWS];  // first value of each pixel
    const ptrdiff_t *taps;        // added to each pointer; one for each run
    size_t tap_count;
    size_t inner;  // values in a run
    const float *panel;
    float *out;  // first pixel, first column of the panel
    size_t out_pitch;
    const float *residual;  // likewise, or NULL
    size_t residual_pitch;
    int residual_columns;  // of the panel, that the residual has
    size_t channel;        // of the panel's first column, for slopes
    int columns;           // of the panel, that are stored
    size_t skip;           // rows of the panel before this part of the depth
    bool continues;        // the sums begin with what is in `out`, not with the bias
} nf_tile;

NF_INLINE void nf_tile_store(const nf_tile *t, const nf_epilogue *e, const int rows, const int vectors,
                             vf acc[][NF_VECTORS]) {
    const bool whole = t->columns >= vectors * VW;
    if (t->residual && t->residual_columns > 0) {
        if (t->residual_columns >= vectors * VW) {
            NF_FOR(r, rows)
                NF_FOR(v, vectors)
                    acc[r][v] = vf_add(acc[r][v], vf_load(t->residual + (size_t)r * t->residual_pitch + v * VW));
        } else {
            NF_FOR(r, rows)
                NF_FOR(v, vectors)
                    acc[r][v] = vf_add(acc[r][v], vf_load_n(t->residual + (size_t)r * t->residual_pitch + v * VW,
                                                            nf_lanes(t->residual_columns, v)));
        }
    }
    switch (e->kind) {
    case NF_ACT_CLAMP: {
        const vf low = vf_set1(e->alpha), high = vf_set1(e->beta);
        NF_FOR(r, rows)
            NF_FOR(v, vectors) acc[r][v] = vf_min(high, vf_max(low, acc[r][v]));
        break;
    }
    case NF_ACT_PRELU:
        NF_FOR(v, vectors) {
            const float *p = e->slope + t->channel + v * VW;
            const vf slope = whole ? vf_load(p) : vf_load_n(p, nf_lanes(t->columns, v));
            NF_FOR(r, rows) acc[r][v] = vf_prelu(acc[r][v], slope);
        }
        break;
    case NF_ACT_LEAKY: {
        const vf slope = vf_set1(e->alpha);
        NF_FOR(r, rows)
            NF_FOR(v, vectors) acc[r][v] = vf_prelu(acc[r][v], slope);
        break;
    }
    default: break;
    }
    if (whole) {
        NF_FOR(r, rows)
            NF_FOR(v, vectors) vf_store(t->out + (size_t)r * t->out_pitch + v * VW, acc[r][v]);
    } else {
        NF_FOR(r, rows)
            NF_FOR(v, vectors) {
                const int lanes = nf_lanes(t->columns, v);
                if (lanes > 0) vf_store_n(t->out + (size_t)r * t->out_pitch + v * VW, acc[r][v], lanes);
            }
    }
}

NF_INLINE void nf_tile_body(const nf_tile *t, const nf_epilogue *e, const int rows, const int width) {
    const int vectors = width / VW ? width / VW : 1;
    vf acc[MR][NF_VECTORS];
    const float *b = t->panel;
    if (!t->continues) {
        NF_FOR(r, rows)
            NF_FOR(v, vectors) acc[r][v] = vf_load(b + v * VW);
    } else if (t->columns >= vectors * VW) {
        NF_FOR(r, rows)
            NF_FOR(v, vectors) acc[r][v] = vf_load(t->out + (size_t)r * t->out_pitch + v * VW);
    } else {
        NF_FOR(r, rows)
            NF_FOR(v, vectors)
                acc[r][v] = vf_load_n(t->out + (size_t)r * t->out_pitch + v * VW, nf_lanes(t->columns, v));
    }
    b += (1 + t->skip) * (size_t)width;
    const size_t inner = t->inner;
    for (size_t tap = 0; tap < t->tap_count; tap++) {
        const ptrdiff_t offset = t->taps[tap];
        const float *a[MR];
        NF_FOR(r, rows) a[r] = t->a[r] + offset;
        for (size_t k = 0; k < inner; k++) {
            vf w[NF_VECTORS];
            NF_FOR(v, vectors) w[v] = vf_load(b + v * VW);
            NF_FOR(r, rows) {
                const vf x = vf_set1(a[r][k]);
                NF_FOR(v, vectors) acc[r][v] = vf_fma(x, w[v], acc[r][v]);
            }
            b += width;
        }
    }
    nf_tile_store(t, e, rows, vectors, acc);
}

// One pixel against four panels: a single row of one panel would wait for its own sums.
NF_INLINE void nf_tile_wide(const nf_tile *t, const nf_epilogue *e, size_t panel_stride) {
    enum { PANELS = 4 };
    vf acc[PANELS][NF_VECTORS];
    const float *b[PANELS];
    NF_FOR(p, PANELS) {
        b[p] = t->panel + (size_t)p * panel_stride;
        const float *start = t->continues ? t->out + p * NF_PANEL : b[p];
        NF_FOR(v, NF_VECTORS) acc[p][v] = vf_load(start + v * VW);
        b[p] += (1 + t->skip) * NF_PANEL;
    }
    for (size_t tap = 0; tap < t->tap_count; tap++) {
        const float *a = t->a[0] + t->taps[tap];
        for (size_t k = 0; k < t->inner; k++) {
            const vf x = vf_set1(a[k]);
            NF_FOR(p, PANELS) {
                NF_FOR(v, NF_VECTORS) acc[p][v] = vf_fma(x, vf_load(b[p] + v * VW), acc[p][v]);
                b[p] += NF_PANEL;
            }
        }
    }
    nf_tile part = *t;
    NF_FOR(p, PANELS) {
        nf_tile_store(&part, e, 1, NF_VECTORS, &acc[p]);
        part.out += NF_PANEL;
        part.channel += NF_PANEL;
        if (part.residual) part.residual += NF_PANEL;
        part.residual_columns -= NF_PANEL;
        part.columns -= NF_PANEL;
    }
}

#define NF_TILE(rows)                                                                                                  \
    static void nf_tile_##rows##_16(const nf_tile *t, const nf_epilogue *e) { nf_tile_body(t, e, rows, NF_PANEL); }     \
    static void nf_tile_##rows##_8(const nf_tile *t, const nf_epilogue *e) { nf_tile_body(t, e, rows, NF_HALF_PANEL); }
NF_TILE(1)
NF_TILE(2)
#if MR > 2
NF_TILE(3)
NF_TILE(4)
NF_TILE(5)
NF_TILE(6)
#endif
#if MR > 6
NF_TILE(7)
NF_TILE(8)
NF_TILE(9)
NF_TILE(10)
NF_TILE(11)
NF_TILE(12)
#endif
#undef NF_TILE

typedef void (*nf_tile_function)(const nf_tile *, const nf_epilogue *);
// By rows - 1, then by whole or half panel.
static const nf_tile_function nf_tiles[MR][2] = {
    {nf_tile_1_16, nf_tile_1_8}, {nf_tile_2_16, nf_tile_2_8},
#if MR > 2
    {nf_tile_3_16, nf_tile_3_8}, {nf_tile_4_16, nf_tile_4_8}, {nf_tile_5_16, nf_tile_5_8}, {nf_tile_6_16, nf_tile_6_8},
#endif
#if MR > 6
    {nf_tile_7_16, nf_tile_7_8}, {nf_tile_8_16, nf_tile_8_8}, {nf_tile_9_16, nf_tile_9_8},
    {nf_tile_10_16, nf_tile_10_8}, {nf_tile_11_16, nf_tile_11_8}, {nf_tile_12_16, nf_tile_12_8},
#endif
};

// The columns [first, last) of one tile of rows: `t` describes column 0 and is not changed.
static void nf_tile_columns(const nf_tile *whole, const nf_epilogue *e, int rows, size_t first, size_t last,
                            size_t depth, int residual_channels) {
    nf_tile t = *whole;
    const size_t panel_stride = (depth + 1) * NF_PANEL;
    for (size_t c = first; c < last;) {
        t.panel = whole->panel + c * (depth + 1);
        t.out = whole->out + c;
        t.channel = whole->channel + c;
        t.residual = whole->residual ? whole->residual + c : 0;
        t.residual_columns = residual_channels - (int)c;
        t.columns = (int)(last - c);
        if (rows == 1 && last - c >= 4 * NF_PANEL) {
            nf_tile_wide(&t, e, panel_stride);
            c += 4 * NF_PANEL;
            continue;
        }
        nf_tiles[rows - 1][t.columns <= NF_HALF_PANEL](&t, e);
        c += NF_PANEL;
    }
    if (e->after)
        for (int r = 0; r < rows; r++)
            nf_finish_row(e->after, whole->out + (size_t)r * whole->out_pitch + first, whole->channel + first,
                          last - first);
}

// Columns whose panels fit in half of a common second-level cache, so that they stay there while all pixels pass.
NF_INLINE size_t nf_column_block(size_t depth) {
    const size_t panels = (size_t)(48 * 1024) / ((depth + 1) * NF_PANEL);
    return (panels ? panels : 1) * NF_PANEL;
}

// How much of the depth passes at a time: a panel of so many rows stays in the first-level cache, and the pixels' part of it in
// the second.
#define NF_DEPTH_BLOCK 512
NF_INLINE size_t nf_depth_block(size_t depth, size_t pixels) {
    if (depth <= NF_DEPTH_BLOCK || pixels < MR) return depth;
    const size_t count = (depth + NF_DEPTH_BLOCK - 1) / NF_DEPTH_BLOCK;
    return (depth + count - 1) / count;
}

// out[p][0 ..< columns] for `pixels` pixels that lie `a_pitch` apart: the 1x1 convolution.
static void nf_gemm_pixels(const float *a, size_t a_pitch, size_t pixels, size_t depth, size_t columns,
                           const float *packed, const nf_epilogue *e, size_t channel, const float *residual,
                           size_t residual_pitch, int residual_channels, float *out, size_t out_pitch) {
    const ptrdiff_t zero = 0;
    const nf_epilogue plain = {NF_ACT_NONE, 0, 0, 0, 0};
    const size_t part = nf_depth_block(depth, pixels);
    bool is_last = false;
    // A depth of nothing passes once too: what is stored is the bias.
    for (size_t skip = 0; !is_last; skip += part) {
        is_last = skip + part >= depth;
        const size_t inner = is_last ? depth - skip : part;
        // The residual may be the output: it is read before the first part of the sums takes its place.
        const float *add = skip == 0 ? residual : 0;
        nf_tile t = {.taps = &zero, .tap_count = 1, .inner = inner, .panel = packed, .out_pitch = out_pitch,
                     .residual_pitch = residual_pitch, .channel = channel, .skip = skip, .continues = skip > 0};
        // Pixels whole pages apart would all lie in the same few lines of the first-level cache.
        float gathered[MR * NF_DEPTH_BLOCK];
        const bool gathers = a_pitch % 1024 == 0 && inner < depth;
        const size_t block = nf_column_block(inner) * (gathers ? 2 : 1);
        for (size_t first = 0; first < columns; first += block) {
            const size_t last = first + block < columns ? first + block : columns;
            for (size_t p = 0; p < pixels;) {
                const int rows = pixels - p < MR ? (int)(pixels - p) : MR;
                for (int r = 0; r < rows; r++) {
                    const float *pixel = a + (p + (size_t)r) * a_pitch + skip;
                    t.a[r] = pixel;
                    if (!gathers) continue;
                    t.a[r] = gathered + (size_t)r * inner;
                    for (size_t i = 0; i < inner; i++) gathered[(size_t)r * inner + i] = pixel[i];
                }
                t.out = out + p * out_pitch;
                t.residual = add ? add + p * residual_pitch : 0;
                nf_tile_columns(&t, is_last ? e : &plain, rows, first, last, depth, residual_channels);
                p += (size_t)rows;
            }
        }
    }
}

// One panel of b, [1 + inner][width], its bias zero: columns past the matrix are zero too.
NF_INLINE void nf_matmul_panel(const float *b, size_t b_row, size_t b_column, size_t inner, int columns, int width,
                               float *panel) {
    for (int i = 0; i < width; i++) panel[i] = 0;
    panel += width;
    if (b_column == 1 && columns == NF_PANEL) {
        for (size_t k = 0; k < inner; k++, b += b_row, panel += NF_PANEL)
            NF_FOR(v, NF_VECTORS) vf_store(panel + v * VW, vf_load(b + v * VW));
        return;
    }
    for (size_t k = 0; k < inner; k++, b += b_row, panel += width) {
        for (int i = 0; i < columns; i++) panel[i] = b[(size_t)i * b_column];
        for (int i = columns; i < width; i++) panel[i] = 0;
    }
}

// The product of two matrices that are both met for the first time: a panel of b at a time is brought in order on the stack.
static void nf_kernel_matmul(size_t rows, size_t columns, size_t depth, const float *a, size_t a_row, size_t a_column,
                             const float *b, size_t b_row, size_t b_column, bool accumulate, float *out,
                             size_t out_row) {
    enum { PART = 256 };
    // A line more: where a vector is wider than half a panel, the last load runs past it.
    float panel[(PART + 1) * NF_PANEL + NF_LINE], gathered[MR * PART];
    const nf_epilogue plain = {NF_ACT_NONE, 0, 0, 0, 0};
    const ptrdiff_t zero = 0;
    for (size_t skip = 0; skip < depth; skip += PART) {
        const size_t inner = depth - skip < PART ? depth - skip : PART;
        nf_tile t = {.taps = &zero, .tap_count = 1, .inner = inner, .panel = panel, .out_pitch = out_row,
                     .continues = accumulate || skip > 0};
        for (size_t c = 0; c < columns; c += NF_PANEL) {
            t.columns = columns - c < NF_PANEL ? (int)(columns - c) : NF_PANEL;
            const int half = t.columns <= NF_HALF_PANEL;
            nf_matmul_panel(b + skip * b_row + c * b_column, b_row, b_column, inner, t.columns,
                            half ? NF_HALF_PANEL : NF_PANEL, panel);
            for (size_t p = 0; p < rows;) {
                const int count = rows - p < MR ? (int)(rows - p) : MR;
                for (int r = 0; r < count; r++) {
                    const float *row = a + (p + (size_t)r) * a_row + skip * a_column;
                    t.a[r] = row;
                    if (a_column == 1) continue;
                    t.a[r] = gathered + (size_t)r * inner;
                    for (size_t k = 0; k < inner; k++) gathered[(size_t)r * inner + k] = row[k * a_column];
                }
                t.out = out + p * out_row + c;
                nf_tiles[count - 1][half](&t, &plain);
                p += (size_t)count;
            }
        }
    }
}

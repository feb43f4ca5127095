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
    NF_FOR(r, rows)
        NF_FOR(v, vectors) acc[r][v] = vf_load(b + v * VW);
    b += width;
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
        NF_FOR(v, NF_VECTORS) acc[p][v] = vf_load(b[p] + v * VW);
        b[p] += NF_PANEL;
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

// out[p][0 ..< columns] for `pixels` pixels that lie `a_pitch` apart: the 1x1 convolution.
static void nf_gemm_pixels(const float *a, size_t a_pitch, size_t pixels, size_t depth, size_t columns,
                           const float *packed, const nf_epilogue *e, size_t channel, const float *residual,
                           size_t residual_pitch, int residual_channels, float *out, size_t out_pitch) {
    const ptrdiff_t zero = 0;
    nf_tile t = {.taps = &zero, .tap_count = 1, .inner = depth, .panel = packed, .out_pitch = out_pitch,
                 .residual_pitch = residual_pitch, .channel = channel};
    const size_t block = nf_column_block(depth);
    for (size_t first = 0; first < columns; first += block) {
        const size_t last = first + block < columns ? first + block : columns;
        for (size_t p = 0; p < pixels;) {
            const int rows = pixels - p < MR ? (int)(pixels - p) : MR;
            for (int r = 0; r < rows; r++) t.a[r] = a + (p + (size_t)r) * a_pitch;
            t.out = out + p * out_pitch;
            t.residual = residual ? residual + p * residual_pitch : 0;
            nf_tile_columns(&t, e, rows, first, last, depth, residual_channels);
            p += (size_t)rows;
        }
    }
}

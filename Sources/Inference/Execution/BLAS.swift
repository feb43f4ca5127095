internal import COpenBLAS

/// The few calls of OpenBLAS that operators make.
enum BLAS {
    /// OpenBLAS starts a pool of spinning threads of its own; parallelism is across faces and stages here, so it gets one.
    private static let oneThread: Void = openblas_set_num_threads(1)

    /// Has to be called once before the first product, while a session is made.
    static func prepare() { _ = oneThread }

    /// c = alpha a b + beta c, row-major; `a` is m by k and `b` k by n after transposing.
    @inline(__always)
    static func multiply(
        _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1, _ a: UnsafePointer<Float>, transposed aT: Bool = false,
        _ b: UnsafePointer<Float>, transposed bT: Bool = false, beta: Float = 0, into c: UnsafeMutablePointer<Float>,
        aPitch: Int? = nil, bPitch: Int? = nil, cPitch: Int? = nil
    ) {
        if m == 0 || n == 0 { return }
        if k == 0 {
            if beta == 0 { c.update(repeating: 0, count: m * n) }
            return
        }
        cblas_sgemm(
            CblasRowMajor, aT ? CblasTrans : CblasNoTrans, bT ? CblasTrans : CblasNoTrans, blasint(m), blasint(n),
            blasint(k), alpha, a, blasint(aPitch ?? (aT ? m : k)), b, blasint(bPitch ?? (bT ? k : n)), beta, c,
            blasint(cPitch ?? n))
    }

    /// y = a x, `a` being m by k.
    @inline(__always)
    static func multiply(
        _ m: Int, _ k: Int, _ a: UnsafePointer<Float>, transposed: Bool = false, vector x: UnsafePointer<Float>,
        beta: Float = 0, into y: UnsafeMutablePointer<Float>
    ) {
        let (rows, columns) = transposed ? (k, m) : (m, k)
        cblas_sgemv(
            CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), 1, a,
            blasint(columns), x, 1, beta, y, 1)
    }
}

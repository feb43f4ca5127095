internal import CKernels
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
        if m * n * k <= smallProduct {
            return multiplySmall(
                m, n, k, alpha, a, aT ? (1, aPitch ?? m) : (aPitch ?? k, 1), b,
                bT ? (1, bPitch ?? k) : (bPitch ?? n, 1),
                beta, c, cPitch ?? n)
        }
        cblas_sgemm(
            CblasRowMajor, aT ? CblasTrans : CblasNoTrans, bT ? CblasTrans : CblasNoTrans, blasint(m), blasint(n),
            blasint(k), alpha, a, blasint(aPitch ?? (aT ? m : k)), b, blasint(bPitch ?? (bT ? k : n)), beta, c,
            blasint(cPitch ?? n))
    }

    /// Products of up to so many multiplications go to the kernels: OpenBLAS's own path for them allocates in each call (on
    /// processors with AVX-512, up to 10^6).
    private static let smallProduct = 1 << 20

    private static func multiplySmall(
        _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ aStrides: (Int, Int),
        _ b: UnsafePointer<Float>, _ bStrides: (Int, Int), _ beta: Float, _ c: UnsafeMutablePointer<Float>,
        _ pitch: Int
    ) {
        func scale(_ factor: Float) {
            if factor == 1 { return }
            for row in 0..<m { for column in 0..<n { c[row * pitch + column] *= factor } }
        }
        // alpha a b + beta c = alpha (a b + beta / alpha c)
        if alpha == 0 { return beta == 0 ? c.zero(m, n, pitch) : scale(beta) }
        if beta != 0 { scale(beta / alpha) }
        nf_matmul(m, n, k, a, aStrides.0, aStrides.1, b, bStrides.0, bStrides.1, beta != 0, c, pitch)
        scale(alpha)
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

extension UnsafeMutablePointer<Float> {
    /// Zeros a matrix of m rows and n columns.
    fileprivate func zero(_ m: Int, _ n: Int, _ pitch: Int) {
        for row in 0..<m { (self + row * pitch).update(repeating: 0, count: n) }
    }
}

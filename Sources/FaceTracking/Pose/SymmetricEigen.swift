internal import Glibc

/// The largest eigenvalue of a symmetric 4 x 4 matrix and its unit eigenvector, by cyclic Jacobi rotations
/// (Golub & Van Loan, Matrix Computations, 4th ed., section 8.5).
///
/// - Parameters:
///   - first, second, third, fourth: the rows; only the upper triangle is read. Finite.
package func largestEigenpair(
    _ first: SIMD4<Double>, _ second: SIMD4<Double>, _ third: SIMD4<Double>, _ fourth: SIMD4<Double>
) -> (value: Double, vector: SIMD4<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 32) { work in
        let a = work.baseAddress!
        let v = a + 16
        func fill(_ row: Int, _ values: SIMD4<Double>) {
            for column in row..<4 {
                a[row * 4 + column] = values[column]
                a[column * 4 + row] = values[column]
            }
        }
        fill(0, first)
        fill(1, second)
        fill(2, third)
        fill(3, fourth)
        for row in 0..<4 {
            for column in 0..<4 {
                v[row * 4 + column] = row == column ? 1 : 0
            }
        }
        // Convergence is quadratic: six sweeps reach the last bit; the bound is for matrices that are not finite.
        for _ in 0..<16 {
            var outside = 0.0
            var inside = 0.0
            for row in 0..<4 {
                inside += a[row * 5] * a[row * 5]
                for column in row + 1..<4 { outside += a[row * 4 + column] * a[row * 4 + column] }
            }
            guard outside > 1e-30 * inside else { break }
            for p in 0..<3 { for q in p + 1..<4 { rotate(a, v, p, q) } }
        }
        var best = 0
        for row in 1..<4 where a[row * 5] > a[best * 5] { best = row }
        return (a[best * 5], SIMD4(v[best], v[4 + best], v[8 + best], v[12 + best]))
    }
}

/// One Jacobi rotation: makes a[p][q] zero, and turns the columns of v with it.
private func rotate(_ a: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>, _ p: Int, _ q: Int) {
    let apq = a[p * 4 + q]
    guard apq != 0 else { return }
    let theta = (a[q * 5] - a[p * 5]) / (2 * apq)
    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<4 {
        let (kp, kq) = (a[k * 4 + p], a[k * 4 + q])
        a[k * 4 + p] = c * kp - s * kq
        a[k * 4 + q] = s * kp + c * kq
    }
    for k in 0..<4 {
        let (pk, qk) = (a[p * 4 + k], a[q * 4 + k])
        a[p * 4 + k] = c * pk - s * qk
        a[q * 4 + k] = s * pk + c * qk
    }
    for k in 0..<4 {
        let (kp, kq) = (v[k * 4 + p], v[k * 4 + q])
        v[k * 4 + p] = c * kp - s * kq
        v[k * 4 + q] = s * kp + c * kq
    }
}

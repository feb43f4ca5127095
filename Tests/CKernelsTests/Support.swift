import CKernels
import Glibc
import Testing

func exp(_ x: Double) -> Double { Glibc.exp(x) }
func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
func erf(_ x: Double) -> Double { Glibc.erf(x) }
func log(_ x: Double) -> Double { Glibc.log(x) }

/// Numbers that are the same in every run.
struct Random {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Uniform in -1 ..< 1.
    mutating func float() -> Float { Float(next() >> 40) / Float(1 << 23) - 1 }

    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}

/// The tables of this processor: portable always, and what else it has.
var tables: [UnsafePointer<nf_kernels>] {
    [NF_ISA_PORTABLE, NF_ISA_AVX2, NF_ISA_AVX512, NF_ISA_NEON].compactMap { nf_kernels_for($0) }
}

extension UnsafePointer<nf_kernels> {
    var name: String { String(cString: nf_isa_name(pointee.isa)) }
}

/// Where `actual` is further than `tolerance` of the largest expected value (at least 1) away. NaN in `expected` marks
/// elements that must not have been touched: they must be NaN still.
func mismatch(_ actual: [Float], _ expected: [Float], tolerance: Float) -> String? {
    guard actual.count == expected.count else { return "\(actual.count) values, not \(expected.count)" }
    let range = expected.reduce(Float(1)) { $1.isNaN ? $0 : max($0, abs($1)) }
    for (index, (a, b)) in zip(actual, expected).enumerated() {
        if a.isNaN && b.isNaN { continue }
        if !(abs(a - b) <= tolerance * range) { return "at \(index): \(a), not \(b)" }
    }
    return nil
}

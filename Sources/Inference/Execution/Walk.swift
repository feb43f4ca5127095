/// A walk over a tensor's elements by up to three operands at once, each with its own strides.
///
/// Neighbouring axes are merged where all operands allow it, the last axis left is the row that the caller loops over, and the
/// others are counted in the lanes of a vector, so that walking allocates nothing.
struct Walk: Sendable {
    /// Elements of a row.
    private(set) var rowLength = 1
    /// Rows altogether.
    private(set) var rowCount = 1
    /// Elements between neighbours in a row.
    private(set) var rowStrides = (0, 0, 0)
    private var axisCount = 0
    private var extents = SIMD8<Int>(repeating: 1)
    private var strides0 = SIMD8<Int>()
    private var strides1 = SIMD8<Int>()
    private var strides2 = SIMD8<Int>()

    /// - Parameters:
    ///   - shape: the extents walked over; at most eight after merging.
    ///   - a: the first operand's stride along each axis, in elements; zero repeats.
    /// - Throws: `tooLarge` when more than nine axes are left after merging, or more rows than an integer counts.
    init(_ shape: [Int], _ a: [Int], _ b: [Int], _ c: [Int]? = nil) throws(InferenceError) {
        if shape.contains(0) {
            (rowLength, rowCount) = (0, 0)
            return
        }
        let c = c ?? [Int](repeating: 0, count: shape.count)
        var merged: [(extent: Int, a: Int, b: Int, c: Int)] = []
        for axis in shape.indices where shape[axis] != 1 {
            let next = (extent: shape[axis], a: a[axis], b: b[axis], c: c[axis])
            if let last = merged.last, last.a == next.a * next.extent, last.b == next.b * next.extent,
                last.c == next.c * next.extent
            {
                let extent = try Checked.product([last.extent, next.extent], "a walk over axes")
                merged[merged.count - 1] = (extent, next.a, next.b, next.c)
            } else {
                merged.append(next)
            }
        }
        if let row = merged.popLast() {
            rowLength = row.extent
            rowStrides = (row.a, row.b, row.c)
        }
        guard merged.count <= 8 else { throw InferenceError(.tooLarge, "a walk over more than nine axes") }
        axisCount = merged.count
        for (axis, entry) in merged.enumerated() {
            extents[axis] = entry.extent
            strides0[axis] = entry.a
            strides1[axis] = entry.b
            strides2[axis] = entry.c
            rowCount = try Checked.product([rowCount, entry.extent], "a walk over axes")
        }
    }

    /// Calls `body` with the operands' offsets of the first element of each row, in order.
    @inline(__always)
    func forEachRow(_ body: (_ a: Int, _ b: Int, _ c: Int) throws(InferenceError) -> Void) throws(InferenceError) {
        var counter = SIMD8<Int>()
        var a = 0
        var b = 0
        var c = 0
        for _ in 0..<rowCount {
            try body(a, b, c)
            var axis = axisCount - 1
            while axis >= 0 {
                counter[axis] += 1
                a += strides0[axis]
                b += strides1[axis]
                c += strides2[axis]
                if counter[axis] < extents[axis] { break }
                counter[axis] = 0
                a -= strides0[axis] * extents[axis]
                b -= strides1[axis] * extents[axis]
                c -= strides2[axis] * extents[axis]
                axis -= 1
            }
        }
    }

    /// As the other, with a body that does not throw.
    @inline(__always)
    func forEachRow(_ body: (_ a: Int, _ b: Int, _ c: Int) -> Void) {
        var counter = SIMD8<Int>()
        var a = 0
        var b = 0
        var c = 0
        for _ in 0..<rowCount {
            body(a, b, c)
            var axis = axisCount - 1
            while axis >= 0 {
                counter[axis] += 1
                a += strides0[axis]
                b += strides1[axis]
                c += strides2[axis]
                if counter[axis] < extents[axis] { break }
                counter[axis] = 0
                a -= strides0[axis] * extents[axis]
                b -= strides1[axis] * extents[axis]
                c -= strides2[axis] * extents[axis]
                axis -= 1
            }
        }
    }

    /// The strides that make a tensor of `shape` repeat over `target`, by the rules of broadcasting.
    static func broadcastStrides(of shape: [Int], over target: [Int]) -> [Int] {
        let own = Shapes.strides(of: shape)
        let lead = target.count - shape.count
        return target.indices.map { axis in axis < lead || shape[axis - lead] == 1 ? 0 : own[axis - lead] }
    }
}

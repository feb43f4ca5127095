internal import CKernels
internal import Glibc

/// What a reduction makes of the elements along its axes.
enum Reduction: Sendable {
    case sum, mean, max, min, product, l1, l2, logSum, logSumExp, sumSquare
}

extension Operator {
    /// Reductions over axes.
    static var reductions: [Operator] {
        [
            reduction("ReduceSum", .sum, axesInputSince: 13),
            reduction("ReduceMean", .mean),
            reduction("ReduceMax", .max),
            reduction("ReduceMin", .min),
            reduction("ReduceProd", .product),
            reduction("ReduceL1", .l1),
            reduction("ReduceL2", .l2),
            reduction("ReduceLogSum", .logSum),
            reduction("ReduceLogSumExp", .logSumExp),
            reduction("ReduceSumSquare", .sumSquare),
            argument("ArgMax", wantsLargest: true),
            argument("ArgMin", wantsLargest: false),
        ]
    }

    private static func reduction(_ name: String, _ kind: Reduction, axesInputSince: Int = 18) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let spec = try context.input(0)
            let given = try context.integers(1, orAttribute: "axes") ?? []
            if given.isEmpty, try context.flag("noop_with_empty_axes") {
                // Nothing is reduced, but each element still goes through what the reduction does to one.
                return try prepareReduction(context, kind, spec, axes: [], keepsAxes: true)
            }
            var axes = Set<Int>()
            for axis in given { axes.insert(try Shapes.axis(axis, rank: spec.rank)) }
            return try prepareReduction(
                context, kind, spec, axes: given.isEmpty ? Set(0..<spec.rank) : axes,
                keepsAxes: try context.flag("keepdims", default: true))
        }
    }

    private static func prepareReduction(
        _ context: NodeContext, _ kind: Reduction, _ spec: TensorSpec, axes: Set<Int>, keepsAxes: Bool
    ) throws(InferenceError) -> Prepared {
        let isBool = spec.type == .bool
        try context.require(!isBool || kind == .max || kind == .min, "elements of type bool")
        var shape: [Int] = []
        for axis in spec.shape.indices {
            if !axes.contains(axis) { shape.append(spec.shape[axis]) } else if keepsAxes { shape.append(1) }
        }
        let output = try TensorSpec(spec.type, shape)
        if let fast = fastReduction(kind, spec, axes, output) { return fast }

        let strides = spec.strides
        let kept = spec.shape.indices.filter { !axes.contains($0) }
        let reduced = spec.shape.indices.filter { axes.contains($0) }
        let zeros = [Int](repeating: 0, count: 8)
        let outer = try Walk(
            kept.map { spec.shape[$0] }, kept.map { strides[$0] },
            Shapes.strides(of: kept.map { spec.shape[$0] }))
        let inner = try Walk(
            reduced.map { spec.shape[$0] }, reduced.map { strides[$0] }, Array(zeros.prefix(reduced.count)))
        let body = ReductionBody(kind: kind, outer: outer, inner: inner)
        if isBool { return Prepared.compute([output], body.make(UInt8.self)) }
        guard let bind = dispatch(spec.type, body) else {
            throw context.unsupported("elements of type \(spec.type)")
        }
        return Prepared.compute([output], bind)
    }

    /// Float32 along neighbouring axes goes to the kernel.
    private static func fastReduction(
        _ kind: Reduction, _ spec: TensorSpec, _ axes: Set<Int>, _ output: TensorSpec
    ) -> Prepared? {
        let kinds: [Reduction: nf_reduction] = [
            .sum: NF_REDUCE_SUM, .mean: NF_REDUCE_MEAN, .max: NF_REDUCE_MAX, .min: NF_REDUCE_MIN,
            .sumSquare: NF_REDUCE_SUM_SQUARE,
        ]
        guard spec.type == .float32, spec.count > 0, let kernel = kinds[kind], let first = axes.min(),
            let last = axes.max(), last - first + 1 == axes.count
        else { return nil }
        let outer = Shapes.count(spec.shape[..<first])
        let along = Shapes.count(spec.shape[first...last])
        let inner = Shapes.count(spec.shape[(last + 1)...])
        return Prepared.compute([output]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return { nf_reduce(kernel, outer, along, inner, x, y) }
        }
    }

    private struct ReductionBody: ScalarBody {
        let kind: Reduction
        let outer: Walk
        let inner: Walk

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: T.self)
                return {
                    let length = outer.rowLength
                    let (xStride, yStride, _) = outer.rowStrides
                    outer.forEachRow { xOffset, yOffset, _ in
                        for index in 0..<length {
                            y[yOffset + index * yStride] = reduce(x + (xOffset + index * xStride))
                        }
                    }
                }
            }
        }

        private func reduce<T: Scalar>(_ x: UnsafePointer<T>) -> T {
            switch kind {
            case .max, .min:
                let wantsLargest = kind == .max
                var best = T.extreme(largest: !wantsLargest)
                each(x) { best = wantsLargest ? T.larger(best, $0) : T.smaller(best, $0) }
                return best
            case .product:
                var product = T.one
                each(x) { product = T.product(product, $0) }
                return product
            case .sum where T.self == Int64.self || T.self == UInt64.self:
                var sum = T.zero
                each(x) { sum = T.sum(sum, $0) }
                return sum
            case .logSumExp:
                var best = -Double.infinity
                each(x) { best = Swift.max(best, $0.double) }
                let shift = best.isFinite ? best : 0
                var sum = 0.0
                each(x) { sum += exp($0.double - shift) }
                return T(double: log(sum) + shift)
            case .l1:
                var sum = 0.0
                each(x) { sum += Swift.abs($0.double) }
                return T(double: sum)
            case .l2, .sumSquare:
                var sum = 0.0
                each(x) { sum += $0.double * $0.double }
                return T(double: kind == .l2 ? sum.squareRoot() : sum)
            case .sum, .mean, .logSum:
                var sum = 0.0
                each(x) { sum += $0.double }
                let count = Double(inner.rowCount * inner.rowLength)
                return T(double: kind == .sum ? sum : kind == .mean ? sum / count : log(sum))
            }
        }

        @inline(__always)
        private func each<T: Scalar>(_ x: UnsafePointer<T>, _ body: (T) -> Void) {
            let length = inner.rowLength
            let stride = inner.rowStrides.0
            inner.forEachRow { offset, _, _ in
                for index in 0..<length { body(x[offset + index * stride]) }
            }
        }
    }

    private static func argument(_ name: String, wantsLargest: Bool) -> Operator {
        Operator(name) { context throws(InferenceError) in
            let spec = try context.input(0)
            let axis = try Shapes.axis(try context.int("axis", default: 0), rank: spec.rank)
            let extent = spec.shape[axis]
            try context.require(extent > 0, "the axis is empty")
            var shape = spec.shape
            if try context.flag("keepdims", default: true) { shape[axis] = 1 } else { shape.remove(at: axis) }
            let body = ArgumentBody(
                outer: Shapes.count(spec.shape[..<axis]), extent: extent,
                inner: Shapes.count(spec.shape[(axis + 1)...]), wantsLargest: wantsLargest,
                takesLast: try context.flag("select_last_index"))
            guard let bind = dispatch(spec.type, body) else {
                throw context.unsupported("elements of type \(spec.type)")
            }
            return Prepared.compute([try TensorSpec(.int64, shape)], bind)
        }
    }

    private struct ArgumentBody: ScalarBody {
        let outer: Int
        let extent: Int
        let inner: Int
        let wantsLargest: Bool
        let takesLast: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: Int64.self)
                return {
                    for row in 0..<outer {
                        for column in 0..<inner {
                            let x = x + (row * extent * inner + column)
                            var best = 0
                            for index in 1..<Swift.max(1, extent) {
                                let value = x[index * inner]
                                let top = x[best * inner]
                                let wins = wantsLargest ? value > top : value < top
                                if wins || (takesLast && value == top) { best = index }
                            }
                            y[row * inner + column] = Int64(best)
                        }
                    }
                }
            }
        }
    }
}

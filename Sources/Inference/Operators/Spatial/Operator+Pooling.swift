internal import CKernels
internal import Glibc

extension Operator {
    /// Poolings, channels first.
    static var poolings: [Operator] {
        [
            Operator("MaxPool") { context throws(InferenceError) in try prepareMaxPool(context) },
            Operator("AveragePool") { context throws(InferenceError) in
                let countsPadding = try context.flag("count_include_pad")
                return try preparePool(context, AveragePooling(countsPadding: countsPadding))
            },
            Operator("LpPool") { context throws(InferenceError) in
                let order = try context.int("p", default: 2)
                try context.require(order > 0, "a norm of order \(order)")
                return try preparePool(context, LpPooling(order: Double(order)))
            },
            global("GlobalAveragePool", NF_REDUCE_MEAN),
            global("GlobalMaxPool", NF_REDUCE_MAX),
        ]
    }

    private static func global(_ name: String, _ kind: nf_reduction) -> Operator {
        Operator(name) { context throws(InferenceError) in
            try context.requireFloat32(0)
            let spec = try context.input(0)
            try context.require(spec.rank >= 3 && spec.count > 0, "a tensor \(spec)")
            let images = spec.shape[0] * spec.shape[1]
            let inner = spec.count / images
            let output = try TensorSpec(.float32, Array(spec.shape[..<2]) + spec.shape.dropFirst(2).map { _ in 1 })
            return Prepared.compute([output]) { binding in
                let x = binding.input(0, as: Float.self)
                let y = binding.output(0, as: Float.self)
                return { nf_reduce(kind, images, inner, 1, x, y) }
            }
        }
    }

    /// The window of a pooling, over three axes.
    private static func window(_ context: NodeContext) throws(InferenceError) -> (Window, output: [Int]) {
        let spec = try context.input(0)
        guard spec.rank >= 3, let kernel = try context.ints("kernel_shape") else {
            throw context.invalid("a tensor \(spec), or no kernel_shape")
        }
        let window = try Window(context, input: Array(spec.shape.dropFirst(2)), kernel: kernel)
        return (try window.inThreeAxes(context), Array(spec.shape[..<2]) + window.output)
    }

    private static func prepareMaxPool(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let (window, shape) = try window(context)
        let body = MaxPoolBody(
            window: window, images: Shapes.count(spec.shape[..<2]),
            isColumnMajor: try context.int("storage_order", default: 0) == 1)
        guard let bind = dispatch(spec.type, body) else {
            throw context.unsupported("elements of type \(spec.type)")
        }
        return Prepared.compute([try TensorSpec(spec.type, shape), try TensorSpec(.int64, shape)], bind)
    }

    private struct MaxPoolBody: ScalarBody {
        let window: Window
        let images: Int
        let isColumnMajor: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let x = binding.input(0, as: T.self)
                let y = binding.output(0, as: T.self)
                let indices = binding.optionalOutput(1, as: Int64.self)
                let places = WindowWalk(window)
                let extents = places.input
                return {
                    for image in 0..<images {
                        let start = image * window.inputCount
                        places.forEachOutput { place, z, y0, x0 in
                            var best = T.extreme(largest: false)
                            var at: Int?
                            places.forEachInside(z, y0, x0) { position, _, _, _ in
                                let value = x[start + position]
                                if at == nil || value > best || (value != value && best == best) {
                                    best = value
                                    at = position
                                }
                            }
                            let target = image * window.outputCount + place
                            y[target] = best
                            guard let indices, var index = at else { return }
                            if isColumnMajor {
                                let plane = extents.1 * extents.2
                                let (z, rest) = (index / plane, index % plane)
                                index = z + extents.0 * (rest / extents.2 + extents.1 * (rest % extents.2))
                            }
                            indices[target] = Int64(start + index)
                        }
                    }
                }
            }
        }
    }

    private static func preparePool(_ context: NodeContext, _ pooling: some Pooling) throws(InferenceError) -> Prepared
    {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        let (window, shape) = try window(context)
        let images = Shapes.count(spec.shape[..<2])
        return Prepared.compute([try TensorSpec(.float32, shape)]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let places = WindowWalk(window)
            return { pool(pooling, places, window, images, x, y) }
        }
    }

    private static func pool<P: Pooling>(
        _ pooling: P, _ places: WindowWalk, _ window: Window, _ images: Int, _ x: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        for image in 0..<images {
            let start = image * window.inputCount
            places.forEachOutput { place, z, y0, x0 in
                var sum = 0.0
                var count = 0
                places.forEachInside(z, y0, x0) { position, _, _, _ in
                    sum += pooling.term(Double(x[start + position]))
                    count += 1
                }
                let padded = places.paddedCount(z, y0, x0)
                y[image * window.outputCount + place] = Float(pooling.result(sum, count: count, padded: padded))
            }
        }
    }
}

/// A pooling that is a function of a sum.
private protocol Pooling: Sendable {
    func term(_ x: Double) -> Double
    /// - Parameters:
    ///   - count: elements of the window inside the input.
    ///   - padded: elements inside the input or its padding.
    func result(_ sum: Double, count: Int, padded: Int) -> Double
}

private struct AveragePooling: Pooling {
    let countsPadding: Bool
    func term(_ x: Double) -> Double { x }
    func result(_ sum: Double, count: Int, padded: Int) -> Double { sum / Double(countsPadding ? padded : count) }
}

private struct LpPooling: Pooling {
    let order: Double
    func term(_ x: Double) -> Double { order == 2 ? x * x : pow(abs(x), order) }
    func result(_ sum: Double, count: Int, padded: Int) -> Double {
        order == 2 ? sum.squareRoot() : pow(sum, 1 / order)
    }
}

/// Loops over the places of a window of three axes and over the elements under it.
private struct WindowWalk: Sendable {
    let input: (Int, Int, Int)
    private let kernel: (Int, Int, Int)
    private let output: (Int, Int, Int)
    private let strides: (Int, Int, Int)
    private let dilations: (Int, Int, Int)
    private let pads: (Int, Int, Int)
    private let padsAfter: (Int, Int, Int)

    init(_ window: Window) {
        func triple(_ list: [Int]) -> (Int, Int, Int) { (list[0], list[1], list[2]) }
        input = triple(window.input)
        kernel = triple(window.kernel)
        output = triple(window.output)
        strides = triple(window.strides)
        dilations = triple(window.dilations)
        pads = triple(window.padsBefore)
        padsAfter = triple(window.padsAfter)
    }

    /// Calls `body` with each output position and where its window begins in the input.
    @inline(__always)
    func forEachOutput(_ body: (_ place: Int, _ z: Int, _ y: Int, _ x: Int) -> Void) {
        var place = 0
        for z in 0..<output.0 {
            for y in 0..<output.1 {
                for x in 0..<output.2 {
                    body(place, z * strides.0 - pads.0, y * strides.1 - pads.1, x * strides.2 - pads.2)
                    place += 1
                }
            }
        }
    }

    /// Calls `body` with each element of the input under a window.
    @inline(__always)
    func forEachInside(_ z: Int, _ y: Int, _ x: Int, _ body: (_ position: Int, Int, Int, Int) -> Void) {
        for kz in Self.inside(z, kernel.0, dilations.0, input.0) {
            let z = z + kz * dilations.0
            for ky in Self.inside(y, kernel.1, dilations.1, input.1) {
                let y = y + ky * dilations.1
                for kx in Self.inside(x, kernel.2, dilations.2, input.2) {
                    let x = x + kx * dilations.2
                    body((z * input.1 + y) * input.2 + x, z, y, x)
                }
            }
        }
    }

    /// The positions of a window along one axis that lie in the input. They are worked out and not tried: a window may have millions of
    /// positions over an input of a few elements.
    @inline(__always)
    private static func inside(_ start: Int, _ kernel: Int, _ dilation: Int, _ end: Int) -> Range<Int> {
        let (before, left) = (max(0, -start), max(0, end - start))
        let first = dilation == 1 ? before : (before + dilation - 1) / dilation
        let last = min(kernel, dilation == 1 ? left : (left + dilation - 1) / dilation)
        return first..<max(first, last)
    }

    /// Elements of a window that lie in the input or its padding.
    func paddedCount(_ z: Int, _ y: Int, _ x: Int) -> Int {
        func along(_ start: Int, _ kernel: Int, _ dilation: Int, _ end: Int) -> Int {
            min(kernel, (max(0, end - start) + dilation - 1) / dilation)
        }
        return along(z, kernel.0, dilations.0, input.0 + padsAfter.0)
            * along(y, kernel.1, dilations.1, input.1 + padsAfter.1)
            * along(x, kernel.2, dilations.2, input.2 + padsAfter.2)
    }
}

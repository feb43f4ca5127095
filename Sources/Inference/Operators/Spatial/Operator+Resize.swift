extension Operator {
    /// Resizing.
    static var resizes: [Operator] {
        [
            Operator("Resize") { context throws(InferenceError) in try prepareResize(context) },
            Operator("Upsample") { context throws(InferenceError) in try prepareUpsample(context) },
        ]
    }

    private static func prepareUpsample(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        var factors = try context.floats("scales").map { $0.map { Double($0) } } ?? []
        if context.version >= 9 {
            try context.require(try context.constant(1)?.count == spec.rank, "not a scale for each axis")
            factors = try context.constant(1)?.doubles ?? []
        }
        try context.require(factors.count == spec.rank, "\(factors.count) scales for \(spec.rank) axes")
        var axes: [ResizeAxis] = []
        for (axis, factor) in factors.enumerated() {
            axes.append(
                try resizeAxis(
                    context, spec.shape[axis], nil, factor, .asymmetric, (0, 1)))
        }
        let mode = try context.string("mode", default: "nearest")
        return try resize(
            context, spec, axes, mode: mode == "bilinear" ? "linear" : mode, nearestMode: "floor")
    }

    /// The longest axis that a resize makes.
    private static let longestAxis = 1 << 20 - 1

    private static func resizeAxis(
        _ context: NodeContext, _ input: Int, _ size: Int?, _ scale: Double?,
        _ coordinates: ResizeAxis.Coordinates, _ region: (Double, Double)
    ) throws(InferenceError) -> ResizeAxis {
        let output: Int
        if let size {
            output = size
        } else {
            let length = (Double(input) * (scale ?? 1)).rounded(.down)
            output = try Checked.int(length, in: 0...longestAxis, "a resized axis")
        }
        let factor = scale ?? (input > 0 ? Double(output) / Double(input) : 1)
        try context.require(
            output >= 0 && output <= longestAxis && factor.isFinite && (factor > 0 || output == 0),
            "an axis of \(input) to \(output)")
        try context.require(input > 0 || output == 0, "an empty axis to \(output)")
        return ResizeAxis(input: input, output: output, scale: factor, coordinates: coordinates, region: region)
    }

    private static func prepareResize(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let name = try context.string("coordinate_transformation_mode", default: "half_pixel")
        guard let coordinates = ResizeAxis.Coordinates(rawValue: context.version < 11 ? "asymmetric" : name) else {
            throw context.unsupported("coordinate_transformation_mode '\(name)'")
        }
        // Version 10 has the scales as its second input and no region.
        let isOld = context.version < 11
        func optional(_ index: Int) throws(InferenceError) -> Tensor? {
            guard context.has(index) else { return nil }
            guard let tensor = try context.constant(index), tensor.count > 0 else { return nil }
            try context.require(tensor.count <= 2 * TensorSpec.maximumRank, "input \(index) is \(tensor.spec)")
            return tensor
        }
        let region = isOld ? nil : try optional(1)?.doubles
        let scales = try optional(isOld ? 1 : 2)?.doubles
        let sizes = isOld ? nil : try optional(3)?.integers
        var axes = Array(0..<spec.rank)
        if let given = try context.ints("axes") {
            axes = []
            for axis in given { axes.append(try Shapes.axis(axis, rank: spec.rank)) }
        }
        try context.require((scales != nil) != (sizes != nil), "exactly one of scales and sizes has to be given")
        try context.require(
            (scales?.count ?? sizes!.count) == axes.count && region.map { $0.count == 2 * axes.count } ?? true,
            "sizes, scales or region do not fit \(axes.count) axes")

        // Positions are computed from it and become indices, which what is not a number cannot.
        try context.require(
            region.map { $0.allSatisfy { abs($0) < 1e9 } } ?? true, "a region of \(region ?? [])")

        var targets = sizes.map { $0.map { Optional($0) } } ?? axes.map { _ in nil }
        var factors = scales.map { $0.map { Optional($0) } } ?? axes.map { _ in nil }
        let policy = try context.string("keep_aspect_ratio_policy", default: "stretch")
        try context.require(sizes.map { $0.allSatisfy { $0 >= 0 } } ?? true, "sizes \(sizes ?? [])")
        if let sizes, policy != "stretch" {
            try context.require(policy == "not_larger" || policy == "not_smaller", "policy '\(policy)'")
            let ratios = zip(sizes, axes).map { Double($0) / Double(max(1, spec.shape[$1])) }
            let ratio = (policy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
            for (index, axis) in axes.enumerated() {
                let length = (ratio * Double(spec.shape[axis])).rounded()
                targets[index] = try Checked.int(length, in: 0...longestAxis, "a resized axis")
                factors[index] = ratio
            }
        }
        var geometry: [ResizeAxis] = []
        for axis in spec.shape.indices {
            if let index = axes.firstIndex(of: axis) {
                let part = region.map { ($0[index], $0[axes.count + index]) } ?? (0, 1)
                geometry.append(
                    try resizeAxis(context, spec.shape[axis], targets[index], factors[index], coordinates, part))
            } else {
                geometry.append(try resizeAxis(context, spec.shape[axis], nil, 1, .asymmetric, (0, 1)))
            }
        }
        return try resize(
            context, spec, geometry, mode: try context.string("mode", default: "nearest"),
            nearestMode: isOld ? "floor" : try context.string("nearest_mode", default: "round_prefer_floor"))
    }

    private static func resize(
        _ context: NodeContext, _ spec: TensorSpec, _ axes: [ResizeAxis], mode: String, nearestMode: String
    ) throws(InferenceError) -> Prepared {
        let output = try TensorSpec(spec.type, axes.map(\.output))
        let value = try context.float("extrapolation_value", default: 0)
        let sides = try Checked.sum(output.shape, "a resize's tables")
        if mode == "nearest" {
            let strides = spec.strides
            let tables = try TableGather.byteCount(output.shape) + sides
            return Prepared.compute([output], tables: tables) { binding in
                let gather = TableGather(
                    width: spec.type.size,
                    tables: axes.enumerated().map { index, axis in
                        axis.nearest(nearestMode).map { $0 * strides[index] }
                    })
                let outside = axes.map(\.outside)
                let x = binding.inputs[0]!
                let y = binding.outputs[0]!
                return {
                    gather(from: x, to: y)
                    extrapolate(y, output, outside, value)
                }
            }
        }
        let filter: ResizeAxis.Filter
        switch mode {
        case "linear": filter = .linear
        case "cubic": filter = .cubic(a: Double(try context.float("cubic_coeff_a", default: -0.75)))
        default: throw context.unsupported("mode '\(mode)'")
        }
        guard spec.type == .float32 else { throw context.unsupported("elements of type \(spec.type)") }
        let passes = try ResizePass.passes(
            spec.shape, axes, filter, antialias: try context.flag("antialias"),
            excludesOutside: try context.flag("exclude_outside"))
        let largest = passes.map(\.outputCount).max() ?? 0
        let half = try TensorSpec(.float32, [largest]).byteCount
        let tables = try Checked.sum([sides] + passes.map(\.tables), "a resize's tables")
        return Prepared.compute([output], scratch: 2 * half, tables: tables) { binding in
            let outside = axes.map(\.outside)
            let steps = passes.map { $0.step() }
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let areas = (
                binding.scratch.assumingMemoryBound(to: Float.self),
                (binding.scratch + half).assumingMemoryBound(to: Float.self)
            )
            return {
                if steps.isEmpty { y.update(from: x, count: spec.count) }
                var source = x
                for (index, step) in steps.enumerated() {
                    let target = index == steps.count - 1 ? y : index % 2 == 0 ? areas.0 : areas.1
                    step(source, target)
                    source = UnsafePointer(target)
                }
                extrapolate(UnsafeMutableRawPointer(y), output, outside, value)
            }
        }
    }

    /// Fills what lies outside the input along any axis.
    private static func extrapolate(
        _ y: UnsafeMutableRawPointer, _ output: TensorSpec, _ outside: [[Bool]], _ value: Float
    ) {
        for axis in outside.indices where outside[axis].contains(true) {
            let inner = Shapes.count(output.shape[(axis + 1)...])
            let extent = output.shape[axis]
            for row in 0..<output.count / max(1, inner) where outside[axis][row % extent] {
                for index in row * inner..<(row + 1) * inner { storeDouble(Double(value), y, output.type, index) }
            }
        }
    }
}

/// A resize along one axis, before its weights are worked out.
private struct ResizePass: Sendable {
    let outer: Int
    let inner: Int
    let axis: ResizeAxis
    let filter: ResizeAxis.Filter
    let antialias: Bool
    let excludesOutside: Bool
    /// Bytes of its positions and weights.
    let tables: Int

    var outputCount: Int { outer * axis.output * inner }

    func step() -> ResizeStep {
        let (taps, positions, weights) = axis.weights(filter, antialias: antialias, excludesOutside: excludesOutside)
        return ResizeStep(
            outer: outer, inner: inner, axis: axis, taps: taps, positions: positions, weights: weights)
    }

    /// The passes that change anything, first axis first.
    static func passes(
        _ input: [Int], _ axes: [ResizeAxis], _ filter: ResizeAxis.Filter, antialias: Bool, excludesOutside: Bool
    ) throws(InferenceError) -> [ResizePass] {
        var shape = input
        var passes: [ResizePass] = []
        for (index, axis) in axes.enumerated() {
            if axis.scale == 1 && axis.output == axis.input && axis.coordinates != .cropAndResize { continue }
            let taps = try axis.taps(filter, antialias: antialias)
            let tables = try Checked.product(
                [taps, axis.output, MemoryLayout<Int32>.size + MemoryLayout<Float>.size], "a resize's weights")
            shape[index] = axis.output
            _ = try TensorSpec(.float32, shape)
            passes.append(
                ResizePass(
                    outer: Shapes.count(shape[..<index]), inner: Shapes.count(shape[(index + 1)...]), axis: axis,
                    filter: filter, antialias: antialias, excludesOutside: excludesOutside, tables: tables))
        }
        return passes
    }
}

/// A resize along one axis, as weighted sums.
private struct ResizeStep: Sendable {
    let outer: Int
    let inner: Int
    let axis: ResizeAxis
    let taps: Int
    let positions: [Int32]
    let weights: [Float]

    func callAsFunction(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        for row in 0..<outer {
            for index in 0..<axis.output {
                let target = y + (row * axis.output + index) * inner
                for tap in 0..<taps {
                    let weight = weights[index * taps + tap]
                    let source = x + (row * axis.input + Int(positions[index * taps + tap])) * inner
                    if tap == 0 {
                        for column in 0..<inner { target[column] = weight * source[column] }
                    } else if weight != 0 {
                        for column in 0..<inner { target[column] += weight * source[column] }
                    }
                }
            }
        }
    }
}

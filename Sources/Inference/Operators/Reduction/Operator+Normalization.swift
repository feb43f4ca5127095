internal import CKernels
internal import Glibc

extension Operator {
    /// Normalizations. All compute in float32 with sums in double precision.
    static var normalizations: [Operator] {
        [
            Operator("BatchNormalization") { context throws(InferenceError) in try prepareBatchNorm(context) },
            Operator("InstanceNormalization") { context throws(InferenceError) in
                let spec = try context.input(0)
                try context.require(spec.rank >= 2, "a tensor of \(spec.rank) axes")
                return try prepareGroups(context, groups: spec.shape[1], scalesGroups: false)
            },
            Operator("GroupNormalization") { context throws(InferenceError) in
                // Version 18 has a scale for each group, version 21 one for each channel.
                guard let groups = try context.int("num_groups") else { throw context.invalid("num_groups is missing") }
                return try prepareGroups(context, groups: groups, scalesGroups: context.version < 21)
            },
            Operator("LayerNormalization") { context throws(InferenceError) in try prepareLayerNorm(context) },
            Operator("RMSNormalization") { context throws(InferenceError) in try prepareRMSNorm(context) },
            Operator("LpNormalization") { context throws(InferenceError) in try prepareLpNorm(context) },
            Operator("MeanVarianceNormalization") { context throws(InferenceError) in
                try prepareMeanVariance(context)
            },
            Operator("LRN") { context throws(InferenceError) in try prepareLRN(context) },
        ]
    }

    private static func prepareBatchNorm(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        let channels = spec.rank > 1 ? spec.shape[1] : 1
        for index in 1...4 {
            try context.requireFloat32(index)
            try context.require(
                try context.input(index).count == channels, "input \(index) has not \(channels) elements")
        }
        if context.version < 9 {
            try context.require(try context.flag("spatial", default: true), "statistics that are not spatial")
        }
        let epsilon = Double(try context.float("epsilon", default: 1e-5))
        let inner = Shapes.count(spec.shape.dropFirst(2))
        let batch = spec.rank > 0 ? spec.shape[0] : 1
        let momentum = Double(try context.float("momentum", default: 0.9))
        let trains = try context.flag("training_mode")
        var outputs = [spec]
        if trains { outputs += [try TensorSpec(.float32, [channels]), try TensorSpec(.float32, [channels])] }
        try context.require(context.outputCount <= outputs.count, "statistics are outputs in training only")
        return Prepared.compute(outputs) { binding in
            let x = binding.input(0, as: Float.self)
            let scale = binding.input(1, as: Float.self)
            let bias = binding.input(2, as: Float.self)
            let mean = binding.input(3, as: Float.self)
            let variance = binding.input(4, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let runningMean = trains ? binding.optionalOutput(1, as: Float.self) : nil
            let runningVariance = trains ? binding.optionalOutput(2, as: Float.self) : nil
            return {
                for channel in 0..<channels {
                    var centre = Double(mean[channel])
                    var spread = Double(variance[channel])
                    if trains {
                        var sum = 0.0
                        var squares = 0.0
                        for image in 0..<batch {
                            let x = x + (image * channels + channel) * inner
                            for index in 0..<inner { sum += Double(x[index]) }
                        }
                        let count = Double(batch * inner)
                        for image in 0..<batch {
                            let x = x + (image * channels + channel) * inner
                            for index in 0..<inner {
                                let distance = Double(x[index]) - sum / count
                                squares += distance * distance
                            }
                        }
                        runningMean?[channel] = Float(centre * momentum + sum / count * (1 - momentum))
                        runningVariance?[channel] = Float(spread * momentum + squares / count * (1 - momentum))
                        centre = sum / count
                        spread = squares / count
                    }
                    let factor = Double(scale[channel]) / (spread + epsilon).squareRoot()
                    let multiplier = Float(factor)
                    let offset = Float(Double(bias[channel]) - centre * factor)
                    for image in 0..<batch {
                        let start = (image * channels + channel) * inner
                        for index in start..<start + inner { y[index] = x[index] * multiplier + offset }
                    }
                }
            }
        }
    }

    /// Instance normalization is group normalization with a group for each channel.
    private static func prepareGroups(
        _ context: NodeContext, groups: Int, scalesGroups: Bool
    ) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        try context.require(spec.rank >= 2 && groups > 0 && spec.shape[1] % groups == 0, "\(groups) groups")
        let channels = spec.shape[1]
        let parameters = scalesGroups ? groups : channels
        for index in 1...2 {
            try context.requireFloat32(index)
            try context.require(
                try context.input(index).count == parameters, "input \(index) has not \(parameters) elements")
        }
        let epsilon = Double(try context.float("epsilon", default: 1e-5))
        let inner = Shapes.count(spec.shape.dropFirst(2))
        let batch = spec.shape[0]
        let each = channels / groups
        return Prepared.compute([spec], overwritable: [0]) { binding in
            let x = binding.input(0, as: Float.self)
            let scale = binding.input(1, as: Float.self)
            let bias = binding.input(2, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                for group in 0..<batch * groups {
                    let start = group * each * inner
                    let (mean, variance) = moments(x + start, each * inner)
                    let factor = 1 / (variance + epsilon).squareRoot()
                    for member in 0..<each {
                        let channel = group % groups * each + member
                        let parameter = scalesGroups ? group % groups : channel
                        let multiplier = Float(factor * Double(scale[parameter]))
                        let offset = Float(Double(bias[parameter]) - mean * factor * Double(scale[parameter]))
                        let from = start + member * inner
                        for index in from..<from + inner { y[index] = x[index] * multiplier + offset }
                    }
                }
            }
        }
    }

    /// The mean and the mean squared deviation.
    private static func moments(_ x: UnsafePointer<Float>, _ count: Int) -> (mean: Double, variance: Double) {
        var sum = 0.0
        for index in 0..<count { sum += Double(x[index]) }
        let mean = sum / Double(count)
        var squares = 0.0
        for index in 0..<count {
            let distance = Double(x[index]) - mean
            squares += distance * distance
        }
        return (mean, squares / Double(count))
    }

    private static func prepareLayerNorm(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        let axis = try Shapes.axis(try context.int("axis", default: -1), rank: spec.rank)
        let rows = Shapes.count(spec.shape[..<axis])
        let columns = Shapes.count(spec.shape[axis...])
        let scaleShape = try context.input(1).shape
        let biasShape = context.has(2) ? try context.input(2).shape : scaleShape
        let epsilon = try context.float("epsilon", default: 1e-5)
        let tail = Array(spec.shape[axis...])
        func isRow(_ shape: [Int]) -> Bool { Array(shape.drop { $0 == 1 }) == Array(tail.drop { $0 == 1 }) }
        let scaleWalk = try Walk(
            spec.shape, Walk.broadcastStrides(of: try Shapes.suffix(scaleShape, of: spec.shape), over: spec.shape),
            Walk.broadcastStrides(of: try Shapes.suffix(biasShape, of: spec.shape), over: spec.shape))
        for index in 1...2 where context.has(index) { try context.requireFloat32(index) }
        let statistics = try TensorSpec(.float32, spec.shape[..<axis] + tail.map { _ in 1 })
        if isRow(scaleShape), isRow(biasShape), !context.wants(1), !context.wants(2), spec.count > 0 {
            return Prepared.compute([spec, statistics, statistics], overwritable: [0]) { binding in
                let x = binding.input(0, as: Float.self)
                let scale = binding.input(1, as: Float.self)
                let bias = binding.optionalInput(2, as: Float.self)
                let y = binding.output(0, as: Float.self)
                return { nf_layer_norm(rows, columns, epsilon, scale, bias, x, y) }
            }
        }
        return Prepared.compute([spec, statistics, statistics]) { binding in
            let x = binding.input(0, as: Float.self)
            let scale = binding.input(1, as: Float.self)
            let bias = binding.optionalInput(2, as: Float.self)
            let y = binding.output(0, as: Float.self)
            let means = binding.optionalOutput(1, as: Float.self)
            let inverses = binding.optionalOutput(2, as: Float.self)
            return {
                for row in 0..<rows {
                    let (mean, variance) = moments(x + row * columns, columns)
                    let inverse = 1 / (variance + Double(epsilon)).squareRoot()
                    means?[row] = Float(mean)
                    inverses?[row] = Float(inverse)
                    for index in row * columns..<(row + 1) * columns {
                        y[index] = Float((Double(x[index]) - mean) * inverse)
                    }
                }
                scaleAndShift(y, scaleWalk, scale, bias)
            }
        }
    }

    /// Multiplies and adds, both operands broadcast.
    private static func scaleAndShift(
        _ y: UnsafeMutablePointer<Float>, _ walk: Walk, _ scale: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?
    ) {
        let length = walk.rowLength
        let (scaleStride, biasStride, _) = walk.rowStrides
        var y = y
        walk.forEachRow { scaleOffset, biasOffset, _ in
            for index in 0..<length {
                y[index] =
                    y[index] * scale[scaleOffset + index * scaleStride] + (bias?[biasOffset + index * biasStride] ?? 0)
            }
            y += length
        }
    }

    private static func prepareRMSNorm(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        try context.requireFloat32(1)
        let spec = try context.input(0)
        let axis = try Shapes.axis(try context.int("axis", default: -1), rank: spec.rank)
        let rows = Shapes.count(spec.shape[..<axis])
        let columns = Shapes.count(spec.shape[axis...])
        let epsilon = Double(try context.float("epsilon", default: 1e-5))
        let strides = Walk.broadcastStrides(
            of: try Shapes.suffix(try context.input(1).shape, of: spec.shape), over: spec.shape)
        let walk = try Walk(spec.shape, strides, strides)
        return Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: Float.self)
            let scale = binding.input(1, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                for row in 0..<rows {
                    var squares = 0.0
                    for index in row * columns..<(row + 1) * columns { squares += Double(x[index]) * Double(x[index]) }
                    let inverse = 1 / (squares / Double(columns) + epsilon).squareRoot()
                    for index in row * columns..<(row + 1) * columns { y[index] = Float(Double(x[index]) * inverse) }
                }
                scaleAndShift(y, walk, scale, nil)
            }
        }
    }

    private static func prepareLpNorm(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        let axis = try Shapes.axis(try context.int("axis", default: -1), rank: spec.rank)
        let order = try context.int("p", default: 2)
        try context.require(order == 1 || order == 2, "a norm of order \(order)")
        let outer = Shapes.count(spec.shape[..<axis])
        let inner = Shapes.count(spec.shape[(axis + 1)...])
        let extent = spec.shape[axis]
        return Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                for row in 0..<outer {
                    for column in 0..<inner {
                        let start = row * extent * inner + column
                        var sum = 0.0
                        for index in 0..<extent {
                            let value = Double(x[start + index * inner])
                            sum += order == 1 ? abs(value) : value * value
                        }
                        let norm = order == 1 ? sum : sum.squareRoot()
                        // A vector of zeros stays one.
                        for index in 0..<extent {
                            y[start + index * inner] = norm == 0 ? 0 : Float(Double(x[start + index * inner]) / norm)
                        }
                    }
                }
            }
        }
    }

    private static func prepareMeanVariance(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        var axes = Set<Int>()
        for axis in try context.ints("axes") ?? [0, 2, 3] { axes.insert(try Shapes.axis(axis, rank: spec.rank)) }
        let strides = spec.strides
        let kept = spec.shape.indices.filter { !axes.contains($0) }
        let reduced = spec.shape.indices.filter(axes.contains)
        let outer = try Walk(kept.map { spec.shape[$0] }, kept.map { strides[$0] }, kept.map { _ in 0 })
        let inner = try Walk(reduced.map { spec.shape[$0] }, reduced.map { strides[$0] }, reduced.map { _ in 0 })
        return Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                outer.forEachRow { row, _, _ in
                    for position in 0..<outer.rowLength {
                        let base = row + position * outer.rowStrides.0
                        var sum = 0.0
                        var squares = 0.0
                        inner.forEachRow { offset, _, _ in
                            for index in 0..<inner.rowLength {
                                let value = Double(x[base + offset + index * inner.rowStrides.0])
                                sum += value
                                squares += value * value
                            }
                        }
                        let count = Double(inner.rowCount * inner.rowLength)
                        let mean = sum / count
                        // The function body of the operator adds 1e-9 to the deviation.
                        let deviation = max(0, squares / count - mean * mean).squareRoot() + 1e-9
                        inner.forEachRow { offset, _, _ in
                            for index in 0..<inner.rowLength {
                                let place = base + offset + index * inner.rowStrides.0
                                y[place] = Float((Double(x[place]) - mean) / deviation)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func prepareLRN(_ context: NodeContext) throws(InferenceError) -> Prepared {
        try context.requireFloat32(0)
        let spec = try context.input(0)
        guard let size = try context.int("size"), size > 0, spec.rank >= 2 else { throw context.invalid("the size") }
        let alpha = Double(try context.float("alpha", default: 1e-4)) / Double(size)
        let beta = Double(try context.float("beta", default: 0.75))
        let bias = Double(try context.float("bias", default: 1))
        let channels = spec.shape[1]
        let inner = Shapes.count(spec.shape.dropFirst(2))
        return Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: Float.self)
            let y = binding.output(0, as: Float.self)
            return {
                for image in 0..<spec.shape[0] {
                    let start = image * channels * inner
                    for channel in 0..<channels {
                        let first = max(0, channel - min(channels, (size - 1) / 2))
                        let last = min(channels - 1, channel + min(channels, size / 2))
                        for index in 0..<inner {
                            var squares = 0.0
                            for other in first...last {
                                let value = Double(x[start + other * inner + index])
                                squares += value * value
                            }
                            let place = start + channel * inner + index
                            y[place] = Float(Double(x[place]) / pow(bias + alpha * squares, beta))
                        }
                    }
                }
            }
        }
    }
}

extension Shapes {
    /// A shape that has to broadcast to the last axes of another without growing it.
    static func suffix(_ shape: [Int], of target: [Int]) throws(InferenceError) -> [Int] {
        guard try broadcast(shape, target) == target else {
            throw InferenceError(.invalidNode, "shape \(shape) does not broadcast to \(target)")
        }
        return shape
    }
}

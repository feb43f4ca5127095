internal import CKernels

extension Operator {
    private enum SoftmaxKind: Sendable { case plain, logarithm, hard }

    /// Softmax and its kin.
    static var softmaxes: [Operator] {
        [
            Operator("Softmax") { context throws(InferenceError) in try prepareSoftmax(context, .plain) },
            Operator("LogSoftmax") { context throws(InferenceError) in try prepareSoftmax(context, .logarithm) },
            Operator("Hardmax") { context throws(InferenceError) in try prepareSoftmax(context, .hard) },
        ]
    }

    /// Before version 13 all axes from `axis` on are taken as one.
    private static func prepareSoftmax(_ context: NodeContext, _ kind: SoftmaxKind) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let isOld = context.version < 13
        let axis = try Shapes.axis(try context.int("axis", default: isOld ? 1 : -1), rank: max(1, spec.rank))
        let outer = Shapes.count(spec.shape.prefix(axis))
        let extent = isOld ? Shapes.count(spec.shape.dropFirst(axis)) : spec.rank == 0 ? 1 : spec.shape[axis]
        let inner = isOld ? 1 : Shapes.count(spec.shape.dropFirst(axis + 1))
        switch spec.type {
        case .float32:
            if kind == .plain, inner == 1, spec.count > 0 {
                return Prepared.compute([spec], overwritable: [0]) { binding in
                    let x = binding.input(0, as: Float.self)
                    let y = binding.output(0, as: Float.self)
                    return { nf_softmax(outer, extent, x, y) }
                }
            }
            return softmax(spec, kind, outer, extent, inner, Float.self)
        case .float64: return softmax(spec, kind, outer, extent, inner, Double.self)
        default: throw context.unsupported("elements of type \(spec.type)")
        }
    }

    private static func softmax<T: Elementary>(
        _ spec: TensorSpec, _ kind: SoftmaxKind, _ outer: Int, _ extent: Int, _ inner: Int, _: T.Type
    ) -> Prepared {
        Prepared.compute([spec]) { binding in
            let x = binding.input(0, as: T.self)
            let y = binding.output(0, as: T.self)
            return {
                for row in 0..<outer {
                    for column in 0..<inner {
                        let start = row * extent * inner + column
                        var best = 0
                        for index in 0..<extent where x[start + index * inner] > x[start + best * inner] {
                            best = index
                        }
                        if kind == .hard {
                            for index in 0..<extent { y[start + index * inner] = index == best ? 1 : 0 }
                            continue
                        }
                        if extent == 0 { continue }
                        let top = x[start + best * inner]
                        var sum: T = 0
                        for index in 0..<extent { sum += T.exp(x[start + index * inner] - top) }
                        let logarithm = T.log(sum)
                        for index in 0..<extent {
                            let shifted = x[start + index * inner] - top
                            y[start + index * inner] = kind == .plain ? T.exp(shifted) / sum : shifted - logarithm
                        }
                    }
                }
            }
        }
    }
}

extension Operator {
    /// Sums of products in Einstein's notation, by plain loops.
    static var sums: [Operator] {
        [Operator("Einsum") { context throws(InferenceError) in try prepareEinsum(context) }]
    }

    private static func prepareEinsum(_ context: NodeContext) throws(InferenceError) -> Prepared {
        let text = try context.string("equation", default: "").filter { $0 != " " }
        let first = try context.input(0)
        try context.require((1...2).contains(context.operands.count), "\(context.operands.count) operands")
        let equation = try Equation(context, text)
        let output = try TensorSpec(first.type, equation.output.map { equation.extents[$0]! })
        let all = equation.output + equation.summed
        let shape = all.map { equation.extents[$0]! }
        let targetStrides = output.strides
        let target = all.indices.map { $0 < equation.output.count ? targetStrides[$0] : 0 }
        let walk = try Walk(
            shape, all.map { equation.strides[0][$0] ?? 0 },
            all.map { equation.strides.count > 1 ? equation.strides[1][$0] ?? 0 : 0 }, target)
        let body = EinsumBody(walk: walk, count: output.count, hasRight: equation.strides.count > 1)
        guard let bind = dispatch(first.type, body) else { throw context.unsupported("elements of type \(first.type)") }
        return Prepared.compute([output], bind)
    }

    private struct EinsumBody: ScalarBody {
        let walk: Walk
        let count: Int
        let hasRight: Bool

        func make<T: Scalar>(_: T.Type) -> (Binding) throws(InferenceError) -> Step {
            { [self] binding in
                let a = binding.input(0, as: T.self)
                let b = hasRight ? binding.input(1, as: T.self) : a
                let y = binding.output(0, as: T.self)
                return {
                    y.update(repeating: T.zero, count: count)
                    let (aStride, bStride, yStride) = walk.rowStrides
                    walk.forEachRow { aOffset, bOffset, yOffset in
                        for index in 0..<walk.rowLength {
                            var term = a[aOffset + index * aStride]
                            if hasRight { term = T.product(term, b[bOffset + index * bStride]) }
                            let place = yOffset + index * yStride
                            y[place] = T.sum(y[place], term)
                        }
                    }
                }
            }
        }
    }

    /// The axes of an equation. Axes under an ellipsis get the names 0, 1, 2 ... from the right.
    private struct Equation {
        var output: [String] = []
        var summed: [String] = []
        var extents: [String: Int] = [:]
        /// For each operand, elements from one index of an axis to the next.
        var strides: [[String: Int]] = []

        init(_ context: NodeContext, _ text: String) throws(InferenceError) {
            let sides = Equation.split(text)
            let terms = sides.left.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            try context.require(terms.count == context.operands.count, "equation '\(text)'")
            var order: [String] = []
            var counts: [String: Int] = [:]
            for (index, term) in terms.enumerated() {
                let spec = try context.input(index)
                let names = try Equation.names(context, term, rank: spec.rank)
                var own: [String: Int] = [:]
                for (axis, name) in names.enumerated() {
                    let extent = spec.shape[axis]
                    let known = extents[name] ?? extent
                    let mayRepeat = name.first!.isNumber
                    try context.require(
                        known == extent || (mayRepeat && (known == 1 || extent == 1)), "axis '\(name)' has two extents")
                    extents[name] = max(known, extent)
                    let stride = extent == 1 && mayRepeat ? 0 : spec.strides[axis]
                    own[name, default: 0] += stride
                    counts[name, default: 0] += 1
                    if !order.contains(name) { order.append(name) }
                }
                strides.append(own)
            }
            if let right = sides.right {
                let broadcast = order.filter { $0.first!.isNumber }.sorted { Int($0)! > Int($1)! }
                output = try Equation.names(context, right, rank: right.filter { $0 != "." }.count + broadcast.count)
            } else {
                // Without an arrow: the ellipsis, then every letter met once, in the alphabet's order.
                output =
                    order.filter { $0.first!.isNumber }.sorted { Int($0)! > Int($1)! }
                    + order.filter { !$0.first!.isNumber && counts[$0] == 1 }.sorted()
            }
            try context.require(
                output.allSatisfy { extents[$0] != nil } && Set(output).count == output.count, "equation '\(text)'")
            summed = order.filter { !output.contains($0) }
        }

        private static func split(_ text: String) -> (left: String, right: String?) {
            guard let dash = text.firstIndex(of: "-") else { return (text, nil) }
            return (String(text[..<dash]), String(text[dash...].dropFirst().drop { $0 == ">" }))
        }

        private static func names(_ context: NodeContext, _ term: String, rank: Int) throws(InferenceError) -> [String]
        {
            let letters = term.filter { $0 != "." }
            try context.require(
                letters.allSatisfy { $0.isLetter } && term.count - letters.count <= 3, "the term '\(term)'")
            guard let dot = term.firstIndex(of: ".") else {
                try context.require(letters.count == rank, "the term '\(term)' for \(rank) axes")
                return letters.map { String($0) }
            }
            let hidden = rank - letters.count
            try context.require(hidden >= 0, "the term '\(term)' for \(rank) axes")
            let before = term[..<dot].map { String($0) }
            return before + (0..<hidden).reversed().map { String($0) }
                + letters.dropFirst(before.count).map { String($0) }
        }
    }
}

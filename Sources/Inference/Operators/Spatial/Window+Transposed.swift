extension Window {
    /// The window of a transposed convolution, as it slides over the output: `input` is the output's extent and `output` the
    /// input's.
    init(transposed context: NodeContext, input: [Int], kernel: [Int]) throws(InferenceError) {
        let rank = input.count
        let strides = try context.ints("strides") ?? [Int](repeating: 1, count: rank)
        let dilations = try context.ints("dilations") ?? [Int](repeating: 1, count: rank)
        let extra = try context.ints("output_padding") ?? [Int](repeating: 0, count: rank)
        let limit = 1 << 15
        try context.require(
            kernel.count == rank && strides.count == rank && dilations.count == rank && extra.count == rank
                && (kernel + strides + dilations).allSatisfy { $0 > 0 && $0 < limit }
                && extra.allSatisfy { $0 >= 0 && $0 < limit } && input.allSatisfy { $0 > 0 },
            "a window of shape \(kernel), strides \(strides), dilations \(dilations), output_padding \(extra)")
        var before = [Int](repeating: 0, count: rank)
        var after = before
        // What the windows cover altogether, before padding is cut off.
        let covered = (0..<rank).map { axis -> Int in
            let span = (kernel[axis] - 1) * dilations[axis] + 1
            return (input[axis] - 1) * strides[axis] + span + extra[axis]
        }
        let mode = try context.string("auto_pad", default: "NOTSET")
        var output = covered
        let wanted = try context.ints("output_shape")
        if let wanted {
            try context.require(
                wanted.count >= rank && wanted.allSatisfy { $0 > 0 && $0 < 1 << 30 }, "output_shape \(wanted)")
        }
        if wanted != nil || mode == "SAME_UPPER" || mode == "SAME_LOWER" {
            for axis in 0..<rank {
                output[axis] = wanted.map { $0[$0.count - rank + axis] } ?? input[axis] * strides[axis]
                let total = max(0, covered[axis] - output[axis])
                before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
                after[axis] = total - before[axis]
            }
        } else {
            try context.require(mode == "NOTSET" || mode == "VALID" || mode.isEmpty, "auto_pad '\(mode)'")
            if mode != "VALID", let pads = try context.ints("pads") {
                try context.require(
                    pads.count == 2 * rank && pads.allSatisfy { $0 >= 0 && $0 < limit }, "pads \(pads)")
                before = Array(pads[..<rank])
                after = Array(pads[rank...])
            }
            for axis in 0..<rank { output[axis] = covered[axis] - before[axis] - after[axis] }
        }
        try context.require(output.allSatisfy { $0 > 0 }, "an output of extents \(output)")
        _ = try Checked.product(kernel, "a window")
        self.init(
            input: output, kernel: kernel, output: input, strides: strides, dilations: dilations, padsBefore: before,
            padsAfter: after)
    }

    private init(
        input: [Int], kernel: [Int], output: [Int], strides: [Int], dilations: [Int], padsBefore: [Int],
        padsAfter: [Int]
    ) {
        self.input = input
        self.kernel = kernel
        self.output = output
        self.strides = strides
        self.dilations = dilations
        self.padsBefore = padsBefore
        self.padsAfter = padsAfter
    }
}

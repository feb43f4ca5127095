/// The geometry of a window that slides over the axes after batch and channels: of convolutions and poolings.
struct Window: Sendable {
    /// Extents of the input, the window and the output along each spatial axis.
    let input: [Int]
    let kernel: [Int]
    let output: [Int]
    let strides: [Int]
    let dilations: [Int]
    let padsBefore: [Int]
    let padsAfter: [Int]

    /// Reads strides, dilations, pads, `auto_pad` and `ceil_mode`.
    init(_ context: NodeContext, input: [Int], kernel: [Int]) throws(InferenceError) {
        let rank = input.count
        let strides = try context.ints("strides") ?? [Int](repeating: 1, count: rank)
        let dilations = try context.ints("dilations") ?? [Int](repeating: 1, count: rank)
        try context.require(
            kernel.count == rank && strides.count == rank && dilations.count == rank,
            "a window of shape \(kernel), strides \(strides), dilations \(dilations) over \(rank) axes")
        let limit = 1 << 24
        try context.require(
            (kernel + strides + dilations).allSatisfy { $0 > 0 && $0 < limit } && input.allSatisfy { $0 < 1 << 30 },
            "a window of shape \(kernel), strides \(strides), dilations \(dilations)")
        let ceils = try context.flag("ceil_mode")
        let spans = zip(kernel, dilations).map { ($0 - 1) * $1 + 1 }
        var before = [Int](repeating: 0, count: rank)
        var after = before
        var output = before
        switch try context.string("auto_pad", default: "NOTSET") {
        case "NOTSET", "":
            if let pads = try context.ints("pads") {
                try context.require(
                    pads.count == 2 * rank && pads.allSatisfy { $0 >= 0 && $0 < limit }, "pads \(pads)")
                before = Array(pads[..<rank])
                after = Array(pads[rank...])
            }
        case "VALID": break
        case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
            for axis in 0..<rank {
                output[axis] = (input[axis] + strides[axis] - 1) / strides[axis]
                let total = max(0, (output[axis] - 1) * strides[axis] + spans[axis] - input[axis])
                before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
                after[axis] = total - before[axis]
            }
        case let mode: throw context.invalid("auto_pad '\(mode)'")
        }
        for axis in 0..<rank where output[axis] == 0 {
            let room = input[axis] + before[axis] + after[axis] - spans[axis]
            try context.require(room >= 0, "a window of \(spans[axis]) over \(input[axis]) elements")
            output[axis] = room / strides[axis] + 1
            // A window that begins beyond the input and the padding before it is not taken.
            if ceils, room % strides[axis] != 0, output[axis] * strides[axis] < input[axis] + before[axis] {
                output[axis] += 1
            }
        }
        _ = try Checked.product(kernel, "a window")
        self.input = input
        self.kernel = kernel
        self.output = output
        self.strides = strides
        self.dilations = dilations
        padsBefore = before
        padsAfter = after
    }

    /// Whether the kernels, which count positions in 32 bits, can take this window: every position under it, in the image or
    /// beyond its edges, and the number of its elements are below 2^30. Each number here is below 2^60 when the window is made.
    var fitsKernels: Bool {
        let limit = 1 << 30
        for axis in input.indices {
            let span = (kernel[axis] - 1) * dilations[axis] + 1
            let padded = input[axis] + padsBefore[axis] + padsAfter[axis]
            guard padded + span + (output[axis] - 1) * strides[axis] < limit else { return false }
        }
        return kernelCount < limit
    }

    private init(prepending count: Int, to other: Window) {
        let ones = [Int](repeating: 1, count: count)
        let zeros = [Int](repeating: 0, count: count)
        input = ones + other.input
        kernel = ones + other.kernel
        output = ones + other.output
        strides = ones + other.strides
        dilations = ones + other.dilations
        padsBefore = zeros + other.padsBefore
        padsAfter = zeros + other.padsAfter
    }

    /// The same window over three axes, so that one loop nest serves one, two and three dimensions.
    func inThreeAxes(_ context: NodeContext) throws(InferenceError) -> Window {
        guard input.count <= 3 else { throw context.unsupported("\(input.count) spatial axes") }
        return Window(prepending: 3 - input.count, to: self)
    }

    /// Elements of one channel before and after, and of the window.
    var inputCount: Int { Shapes.count(input) }
    var outputCount: Int { Shapes.count(output) }
    var kernelCount: Int { Shapes.count(kernel) }

    /// Whether the output is the input seen through a window of one element.
    var isPointwise: Bool {
        kernelCount == 1 && strides.allSatisfy { $0 == 1 } && (padsBefore + padsAfter).allSatisfy { $0 == 0 }
    }
}

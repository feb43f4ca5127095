import CKernels
import Testing

struct ConvolutionTests {
    /// Packs, runs and returns the output, with scratch and packed weights in buffers of the sizes that were asked for and
    /// a guard after each.
    static func run(
        _ table: UnsafePointer<nf_kernels>, _ c: nf_conv, _ algorithm: nf_conv_algorithm, _ activation: nf_activation,
        input: [Float], weights: [Float], bias: [Float]?, slope: [Float], residual: [Float]?
    ) -> [Float] {
        var c = c
        var output = [Float](repeating: .nan, count: c.outputCount)
        let guardValue: Float = 12345
        let packedCount = nf_conv_packed_count(&c, algorithm)
        let scratchCount = nf_conv_scratch_count(&c, algorithm)
        var packed = [Float](repeating: guardValue, count: packedCount + 16)
        var scratch = [Float](repeating: guardValue, count: scratchCount + 16)
        packed.withUnsafeMutableBufferPointer { packed in
            if let bias {
                nf_conv_pack(&c, algorithm, weights, bias, packed.baseAddress)
            } else {
                nf_conv_pack(&c, algorithm, weights, nil, packed.baseAddress)
            }
        }
        #expect(packed[packedCount...].allSatisfy { $0 == guardValue })
        slope.withUnsafeBufferPointer { slope in
            var activation = activation
            activation.slope = slope.baseAddress
            if let residual {
                table.pointee.conv_run(&c, algorithm, &activation, input, packed, residual, &output, &scratch)
            } else {
                table.pointee.conv_run(&c, algorithm, &activation, input, packed, nil, &output, &scratch)
            }
        }
        #expect(scratch[scratchCount...].allSatisfy { $0 == guardValue })
        return output
    }

    static var activations: [nf_activation] {
        let numbers: [(nf_activation_kind, Float, Float)] = [
            (NF_ACT_NONE, 0, 0), (NF_ACT_RELU, 0, 0), (NF_ACT_CLAMP, -0.5, 0.75), (NF_ACT_PRELU, 0, 0),
            (NF_ACT_LEAKY, 0.1, 0), (NF_ACT_HARD_SIGMOID, 0.2, 0.5), (NF_ACT_HARD_SWISH, 0, 0), (NF_ACT_SIGMOID, 0, 0),
            (NF_ACT_SILU, 0, 0), (NF_ACT_TANH, 0, 0), (NF_ACT_GELU, 0, 0), (NF_ACT_GELU_TANH, 0, 0),
            (NF_ACT_ELU, 1.5, 0),
        ]
        return numbers.map { nf_activation(kind: $0.0, alpha: $0.1, beta: $0.2, slope: nil) }
    }

    static func check(
        _ c: nf_conv, _ algorithm: nf_conv_algorithm, _ activation: nf_activation, bias: Bool, residual: Bool,
        random: inout Random, tolerance: Float = 2e-5
    ) {
        var input = random.floats(c.inputCount)
        // What lies between the slices of a wider tensor must not be read into any sum.
        for index in input.indices where index % c.inPitch >= Int(c.in_channels) { input[index] = .nan }
        let weights = random.floats(c.weightCount)
        let biases = bias ? random.floats(Int(c.out_channels)) : nil
        let slope = random.floats(Int(c.out_channels))
        let added = residual ? random.floats(c.residualCount) : nil
        let expected = Reference.convolution(
            c, input: input, weights: weights, bias: biases, residual: added,
            activation: Reference.activation(activation, slope: slope))
        for table in tables {
            let actual = run(
                table, c, algorithm, activation, input: input, weights: weights, bias: biases, slope: slope,
                residual: added)
            let wrong = mismatch(actual, expected, tolerance: tolerance)
            #expect(wrong == nil, "\(table.name) \(c) \(activation.kind)")
        }
    }

    /// A geometry with everything at random, its output size that of the usual formula.
    static func geometry(_ random: inout Random, kernel: ClosedRange<Int>, channels: ClosedRange<Int>) -> nf_conv {
        var c = nf_conv()
        c.batch = Int32(random.int(1...2))
        c.groups = 1
        c.kernel_height = Int32(random.int(kernel))
        c.kernel_width = Int32(random.int(kernel))
        c.stride_y = Int32(random.int(1...3))
        c.stride_x = Int32(random.int(1...3))
        c.dilation_y = Int32(random.int(1...2))
        c.dilation_x = Int32(random.int(1...2))
        c.in_height = Int32(random.int(1...11))
        c.in_width = Int32(random.int(1...13))
        c.in_channels = Int32(random.int(channels))
        c.out_channels = Int32(random.int(channels))
        let spanY = (c.kernel_height - 1) * c.dilation_y
        let spanX = (c.kernel_width - 1) * c.dilation_x
        c.pad_top = Int32(random.int(0...Int(spanY)))
        c.pad_left = Int32(random.int(0...Int(spanX)))
        let below = Int32(random.int(0...Int(spanY)))
        let right = Int32(random.int(0...Int(spanX)))
        c.out_height = max(1, (c.in_height + c.pad_top + below - spanY - 1) / c.stride_y + 1)
        c.out_width = max(1, (c.in_width + c.pad_left + right - spanX - 1) / c.stride_x + 1)
        return c
    }

    static func widen(_ c: inout nf_conv, _ random: inout Random) {
        if random.int(0...2) == 0 { c.in_pitch = c.in_channels + Int32(random.int(0...5)) }
        if random.int(0...2) == 0 { c.out_pitch = c.out_channels + Int32(random.int(0...5)) }
        if random.int(0...2) == 0 { c.residual_channels = Int32(random.int(1...Int(c.out_channels))) }
        if random.int(0...2) == 0 { c.residual_pitch = Int32(c.residualChannels + random.int(0...3)) }
    }

    @Test func everyGeometryGivesTheDefinitionsSums() {
        var random = Random(1)
        for round in 0..<300 {
            var c = Self.geometry(&random, kernel: 1...4, channels: 1...40)
            Self.widen(&c, &random)
            Self.check(
                c, NF_CONV_GEMM, Self.activations[round % Self.activations.count], bias: round % 3 != 0,
                residual: round % 2 == 0, random: &random)
        }
    }

    @Test func denseOneByOneIsAMatrixProduct() {
        var random = Random(2)
        for round in 0..<200 {
            var c = nf_conv()
            (c.batch, c.groups) = (Int32(random.int(1...2)), 1)
            (c.kernel_height, c.kernel_width, c.stride_y, c.stride_x) = (1, 1, 1, 1)
            (c.dilation_y, c.dilation_x) = (1, 1)
            (c.in_height, c.in_width) = (Int32(random.int(1...5)), Int32(random.int(1...9)))
            (c.out_height, c.out_width) = (c.in_height, c.in_width)
            (c.in_channels, c.out_channels) = (Int32(random.int(1...70)), Int32(random.int(1...150)))
            Self.widen(&c, &random)
            Self.check(
                c, NF_CONV_GEMM, Self.activations[round % Self.activations.count], bias: round % 3 != 0,
                residual: round % 2 == 0, random: &random)
        }
    }

    @Test func oneDeepPixelUsesEveryPanel() {
        var random = Random(3)
        var c = nf_conv()
        (c.batch, c.groups, c.kernel_height, c.kernel_width) = (1, 1, 3, 3)
        (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x) = (1, 1, 1, 1)
        (c.in_height, c.in_width, c.out_height, c.out_width) = (3, 3, 1, 1)
        (c.in_channels, c.out_channels) = (32, 1404)
        Self.check(c, NF_CONV_GEMM, Self.activations[0], bias: true, residual: false, random: &random)
        Self.check(c, NF_CONV_GEMM, Self.activations[3], bias: true, residual: true, random: &random)
    }

    /// Depths that pass in several parts, of pixels whole pages apart too, with the residual in the output's place.
    @Test func deepProductsPassInParts() {
        var random = Random(9)
        for (depth, pixels, columns) in [(513, 14, 20), (1024, 25, 37), (1100, 13, 16), (1537, 12, 70), (2048, 1, 96)] {
            var c = nf_conv()
            (c.batch, c.groups, c.kernel_height, c.kernel_width) = (1, 1, 1, 1)
            (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x) = (1, 1, 1, 1)
            (c.in_height, c.in_width, c.out_height, c.out_width) = (1, Int32(pixels), 1, Int32(pixels))
            (c.in_channels, c.out_channels) = (Int32(depth), Int32(columns))
            for (index, residual) in [true, false].enumerated() {
                Self.check(
                    c, NF_CONV_GEMM, Self.activations[1 + index * 2], bias: true, residual: residual, random: &random)
            }
            let (input, weights) = (random.floats(c.inputCount), random.floats(c.weightCount))
            let residual = random.floats(c.outputCount)
            let expected = Reference.convolution(
                c, input: input, weights: weights, bias: nil, residual: residual, activation: { x, _ in x })
            for table in tables {
                var packed = [Float](repeating: 0, count: nf_conv_packed_count(&c, NF_CONV_GEMM))
                nf_conv_pack(&c, NF_CONV_GEMM, weights, nil, &packed)
                var output = residual
                output.withUnsafeMutableBufferPointer { output in
                    table.pointee.conv_run(
                        &c, NF_CONV_GEMM, nil, input, packed, output.baseAddress, output.baseAddress, nil)
                }
                #expect(mismatch(output, expected, tolerance: 5e-5) == nil, "\(table.name), depth \(depth)")
            }
        }
    }

    /// Without channels there is nothing to sum: what is stored is the bias and the residual.
    @Test(.timeLimit(.minutes(30)), arguments: [1, 3] as [Int32])
    func aDepthOfNothingIsTheBias(kernel: Int32) {
        var random = Random(10)
        var c = nf_conv()
        (c.batch, c.groups, c.kernel_height, c.kernel_width) = (2, 1, kernel, kernel)
        (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x) = (1, 1, 1, 1)
        (c.in_height, c.in_width, c.out_height, c.out_width) = (3, 5, 3, 5)
        (c.in_channels, c.out_channels, c.pad_top, c.pad_left) = (0, 19, kernel / 2, kernel / 2)
        Self.check(c, NF_CONV_GEMM, Self.activations[1], bias: true, residual: false, random: &random)
        Self.check(c, NF_CONV_GEMM, Self.activations[0], bias: true, residual: true, random: &random)
    }

    @Test func groupsKeepToTheirChannels() {
        var random = Random(4)
        for round in 0..<120 {
            var c = Self.geometry(&random, kernel: 1...3, channels: 1...9)
            c.groups = Int32(random.int(2...5))
            c.in_channels *= c.groups
            c.out_channels *= c.groups
            Self.widen(&c, &random)
            Self.check(
                c, NF_CONV_GEMM, Self.activations[round % Self.activations.count], bias: true,
                residual: round % 2 == 0, random: &random)
        }
    }

    @Test func depthwiseGivesTheDefinitionsSums() {
        var random = Random(5)
        for round in 0..<400 {
            var c = Self.geometry(&random, kernel: 1...5, channels: 1...40)
            if round % 2 == 0 {
                // The kernels of their own: 3x3 with strides 1 and 2.
                (c.kernel_height, c.kernel_width, c.dilation_y, c.dilation_x) = (3, 3, 1, 1)
                c.stride_y = Int32(1 + round / 2 % 2)
                c.stride_x = c.stride_y
                (c.pad_top, c.pad_left) = (Int32(random.int(0...1)), Int32(random.int(0...1)))
                c.out_height = max(1, (c.in_height + c.pad_top - 2) / c.stride_y + 1)
                c.out_width = max(1, (c.in_width + c.pad_left - 2) / c.stride_x + 1)
            }
            c.out_channels = c.in_channels
            c.groups = c.in_channels
            Self.widen(&c, &random)
            Self.check(
                c, NF_CONV_DEPTHWISE, Self.activations[round % Self.activations.count], bias: round % 3 != 0,
                residual: round % 3 == 0, random: &random)
        }
    }

    @Test func winogradIsCloseToTheDefinition() {
        var random = Random(6)
        for round in 0..<120 {
            var c = Self.geometry(&random, kernel: 3...3, channels: 1...40)
            (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x) = (1, 1, 1, 1)
            (c.pad_top, c.pad_left) = (Int32(random.int(0...2)), Int32(random.int(0...2)))
            (c.out_height, c.out_width) = (Int32(random.int(1...14)), Int32(random.int(1...14)))
            Self.widen(&c, &random)
            #expect(nf_conv_supports(&c, NF_CONV_WINOGRAD))
            Self.check(
                c, NF_CONV_WINOGRAD, Self.activations[round % Self.activations.count], bias: round % 3 != 0,
                residual: round % 2 == 0, random: &random, tolerance: 5e-5)
        }
    }

    @Test func residualMayBeTheOutput() {
        var random = Random(7)
        for algorithm in [NF_CONV_GEMM, NF_CONV_DEPTHWISE, NF_CONV_WINOGRAD] {
            for channels: Int32 in [5, 16, 27] {
                var c = nf_conv()
                (c.batch, c.kernel_height, c.kernel_width) = (1, 3, 3)
                (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x, c.pad_top, c.pad_left) = (1, 1, 1, 1, 1, 1)
                (c.in_height, c.in_width, c.out_height, c.out_width) = (7, 9, 7, 9)
                (c.in_channels, c.out_channels) = (channels, channels)
                c.groups = algorithm == NF_CONV_DEPTHWISE ? channels : 1
                let input = random.floats(c.inputCount)
                let weights = random.floats(c.weightCount)
                let bias = random.floats(Int(channels))
                let residual = random.floats(c.outputCount)
                let expected = Reference.convolution(
                    c, input: input, weights: weights, bias: bias, residual: residual, activation: { x, _ in x })
                for table in tables {
                    var packed = [Float](repeating: 0, count: nf_conv_packed_count(&c, algorithm))
                    var scratch = [Float](repeating: 0, count: nf_conv_scratch_count(&c, algorithm))
                    nf_conv_pack(&c, algorithm, weights, bias, &packed)
                    var output = residual
                    output.withUnsafeMutableBufferPointer { output in
                        table.pointee.conv_run(
                            &c, algorithm, nil, input, packed, output.baseAddress, output.baseAddress, &scratch)
                    }
                    #expect(mismatch(output, expected, tolerance: 5e-5) == nil, "\(table.name) \(algorithm)")
                }
            }
        }
    }

    @Test func separableIsBothInOne() {
        var random = Random(8)
        for round in 0..<120 {
            var first = Self.geometry(&random, kernel: 3...3, channels: 1...40)
            (first.dilation_y, first.dilation_x) = (1, 1)
            first.out_channels = first.in_channels
            first.groups = first.in_channels
            var second = nf_conv()
            (second.batch, second.groups, second.kernel_height, second.kernel_width) = (first.batch, 1, 1, 1)
            (second.stride_y, second.stride_x, second.dilation_y, second.dilation_x) = (1, 1, 1, 1)
            (second.in_height, second.in_width) = (first.out_height, first.out_width)
            (second.out_height, second.out_width) = (first.out_height, first.out_width)
            (second.in_channels, second.out_channels) = (first.out_channels, Int32(random.int(1...40)))
            var wide = second
            Self.widen(&wide, &random)
            wide.in_pitch = 0
            second = wide
            let input = random.floats(first.inputCount)
            let (w1, w2) = (random.floats(first.weightCount), random.floats(second.weightCount))
            let (b1, b2) = (random.floats(Int(first.out_channels)), random.floats(Int(second.out_channels)))
            let residual = round % 2 == 0 ? random.floats(second.residualCount) : nil
            var between = Self.activations[round % 3]
            var after = Self.activations[(round + 1) % 3]
            let middle = Reference.convolution(
                first, input: input, weights: w1, bias: b1, residual: nil,
                activation: Reference.activation(between, slope: []))
            let expected = Reference.convolution(
                second, input: middle, weights: w2, bias: b2, residual: residual,
                activation: Reference.activation(after, slope: []))
            for table in tables {
                var p1 = [Float](repeating: 0, count: nf_conv_packed_count(&first, NF_CONV_DEPTHWISE))
                var p2 = [Float](repeating: 0, count: nf_conv_packed_count(&second, NF_CONV_GEMM))
                nf_conv_pack(&first, NF_CONV_DEPTHWISE, w1, b1, &p1)
                nf_conv_pack(&second, NF_CONV_GEMM, w2, b2, &p2)
                let scratchCount = nf_separable_scratch_count(&first, &second)
                var scratch = [Float](repeating: 777, count: scratchCount + 16)
                var output = [Float](repeating: .nan, count: second.outputCount)
                if let residual {
                    table.pointee.separable_run(
                        &first, &between, p1, &second, &after, p2, input, residual, &output, &scratch)
                } else {
                    table.pointee.separable_run(
                        &first, &between, p1, &second, &after, p2, input, nil, &output, &scratch)
                }
                #expect(scratch[scratchCount...].allSatisfy { $0 == 777 })
                #expect(mismatch(output, expected, tolerance: 2e-5) == nil, "\(table.name) \(first) \(second)")
            }
        }
    }
}

import CKernels

/// Plain loops in double precision, that every instruction set's kernels are compared with.
enum Reference {
    /// The convolution as its definition reads; `weights` are [out][kernel row][kernel column][in / groups].
    static func convolution(
        _ c: nf_conv, input: [Float], weights: [Float], bias: [Float]?, residual: [Float]?,
        activation: (Double, Int) -> Double
    ) -> [Float] {
        let (inPitch, outPitch) = (c.inPitch, c.outPitch)
        let groupIn = Int(c.in_channels / c.groups)
        let groupOut = Int(c.out_channels / c.groups)
        let (kh, kw) = (Int(c.kernel_height), Int(c.kernel_width))
        let (height, width) = (Int(c.in_height), Int(c.in_width))
        var output = [Float](repeating: .nan, count: c.outputCount)
        for n in 0..<Int(c.batch) {
            for oy in 0..<Int(c.out_height) {
                for ox in 0..<Int(c.out_width) {
                    let pixel = (n * Int(c.out_height) + oy) * Int(c.out_width) + ox
                    for o in 0..<Int(c.out_channels) {
                        var sum = Double(bias?[o] ?? 0)
                        for ky in 0..<kh {
                            let y = oy * Int(c.stride_y) - Int(c.pad_top) + ky * Int(c.dilation_y)
                            guard y >= 0, y < height else { continue }
                            for kx in 0..<kw {
                                let x = ox * Int(c.stride_x) - Int(c.pad_left) + kx * Int(c.dilation_x)
                                guard x >= 0, x < width else { continue }
                                let at = ((n * height + y) * width + x) * inPitch + o / groupOut * groupIn
                                let from = ((o * kh + ky) * kw + kx) * groupIn
                                for i in 0..<groupIn { sum += Double(input[at + i]) * Double(weights[from + i]) }
                            }
                        }
                        if let residual, o < c.residualChannels {
                            sum += Double(residual[pixel * c.residualPitch + o])
                        }
                        output[pixel * outPitch + o] = Float(activation(sum, o))
                    }
                }
            }
        }
        return output
    }

    /// What an activation means, for one value of one channel.
    static func activation(_ a: nf_activation, slope: [Float]) -> (Double, Int) -> Double {
        let (alpha, beta) = (Double(a.alpha), Double(a.beta))
        switch a.kind {
        case NF_ACT_RELU: return { x, _ in max(x, 0) }
        case NF_ACT_CLAMP: return { x, _ in min(max(x, alpha), beta) }
        case NF_ACT_PRELU: return { x, c in x < 0 ? x * Double(slope[c]) : x }
        case NF_ACT_LEAKY: return { x, _ in x < 0 ? x * alpha : x }
        case NF_ACT_HARD_SIGMOID: return { x, _ in min(max(alpha * x + beta, 0), 1) }
        case NF_ACT_HARD_SWISH: return { x, _ in x * min(max(x / 6 + 0.5, 0), 1) }
        case NF_ACT_SIGMOID: return { x, _ in 1 / (1 + exp(-x)) }
        case NF_ACT_SILU: return { x, _ in x / (1 + exp(-x)) }
        case NF_ACT_TANH: return { x, _ in tanh(x) }
        case NF_ACT_GELU: return { x, _ in x / 2 * (1 + erf(x / 2.0.squareRoot())) }
        case NF_ACT_GELU_TANH:
            return { x, _ in x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) }
        case NF_ACT_ELU: return { x, _ in x < 0 ? alpha * (exp(x) - 1) : x }
        default: return { x, _ in x }
        }
    }
}

extension nf_conv {
    var inPitch: Int { Int(in_pitch == 0 ? in_channels : in_pitch) }
    var outPitch: Int { Int(out_pitch == 0 ? out_channels : out_pitch) }
    var residualChannels: Int { Int(residual_channels == 0 ? out_channels : residual_channels) }
    var residualPitch: Int { residual_pitch == 0 ? residualChannels : Int(residual_pitch) }
    var inputCount: Int { Int(batch * in_height * in_width) * inPitch }
    var outputCount: Int { Int(batch * out_height * out_width) * outPitch }
    var residualCount: Int { Int(batch * out_height * out_width) * residualPitch }
    var weightCount: Int { Int(out_channels * kernel_height * kernel_width * (in_channels / groups)) }
}

/// How positions along one axis of a resize's output lie in its input; the formulas are those of ONNX's `Resize`.
struct ResizeAxis: Sendable {
    /// Transformations from output to input coordinates.
    enum Coordinates: String, Sendable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case cropAndResize = "tf_crop_and_resize"
        /// Only in version 10's successors' tests of old models: as `halfPixel` for nearest neighbours.
        case halfPixelForNearest = "tf_half_pixel_for_nn"
    }

    enum Filter: Sendable {
        case linear
        /// Keys's kernel with the parameter `a`.
        case cubic(a: Double)

        var support: Double {
            switch self {
            case .linear: 1
            case .cubic: 2
            }
        }

        func callAsFunction(_ distance: Double) -> Double {
            let x = abs(distance)
            switch self {
            case .linear: return max(0, 1 - x)
            case .cubic(let a):
                if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
                if x < 2 { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
                return 0
            }
        }
    }

    let input: Int
    let output: Int
    let scale: Double
    let coordinates: Coordinates
    /// The part of the input that `tf_crop_and_resize` shows, in units of its length.
    let region: (start: Double, end: Double)

    /// The input coordinate of an output position.
    func position(_ index: Int) -> Double {
        let x = Double(index)
        let length = Double(output)
        switch coordinates {
        case .halfPixel, .halfPixelForNearest: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            // `scale * input` may not be whole; the part that is cut off is shared between both ends.
            let adjustment = length / (scale * Double(input))
            let centre = Double(input) / 2
            return centre * (1 - adjustment) + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners:
            let resized = scale * Double(input)
            return resized > 1 ? x * (Double(input) - 1) / (resized - 1) : 0
        case .asymmetric: return x / scale
        case .cropAndResize:
            let span = Double(input) - 1
            if output > 1 { return region.start * span + x * (region.end - region.start) * span / (length - 1) }
            return 0.5 * (region.start + region.end) * span
        }
    }

    /// Whether a position lies outside the input, which `tf_crop_and_resize` fills with a value of its own.
    func isOutside(_ index: Int) -> Bool {
        guard coordinates == .cropAndResize else { return false }
        let place = position(index)
        return place < 0 || place > Double(input - 1)
    }

    /// For each position whether it lies outside; empty for the transformations that have no outside.
    var outside: [Bool] { coordinates == .cropAndResize ? (0..<output).map(isOutside) : [] }

    /// The nearest input position of each output position.
    func nearest(_ mode: String) -> [Int] {
        (0..<output).map { index in
            let place = position(index)
            let rounded: Double
            switch mode {
            case "round_prefer_ceil": rounded = (place + 0.5).rounded(.down)
            case "floor": rounded = place.rounded(.down)
            case "ceil": rounded = place.rounded(.up)
            default: rounded = (place - 0.5).rounded(.up)
            }
            return Int(min(max(rounded, 0), Double(input - 1)))
        }
    }

    /// How far the filter is stretched. When shrinking with antialiasing it reaches over all input elements that fall to one of the output.
    private func stretch(_ antialias: Bool) -> Double { antialias ? max(1, 1 / scale) : 1 }

    /// How many input elements each output position is a sum of.
    /// - Throws: `tooLarge` when they are more than an axis has elements, at most.
    func taps(_ filter: Filter, antialias: Bool) throws(InferenceError) -> Int {
        // A scale next to nothing leaves no output, and would stretch the filter without end.
        if output == 0 { return 0 }
        let reach = (2 * filter.support * stretch(antialias)).rounded(.up) + 1
        return try Checked.int(reach, in: 1...8 * TensorSpec.maximumCount, "a resize's filter")
    }

    /// The input positions and weights that each output position is a sum of, `taps` of them for each. The number of taps has to be
    /// one that `taps(_:antialias:)` gives without an error.
    func weights(
        _ filter: Filter, antialias: Bool, excludesOutside: Bool
    ) -> (taps: Int, positions: [Int32], weights: [Float]) {
        if output == 0 { return (0, [], []) }
        let stretch = stretch(antialias)
        let support = filter.support * stretch
        let taps = Int((2 * support).rounded(.up)) + 1
        var positions: [Int32] = []
        var weights: [Float] = []
        for index in 0..<output {
            let centre = position(index)
            let first = Int((centre - support).rounded(.up).clamped(-1e9, 1e9))
            var row = (0..<taps).map { filter((Double(first + $0) - centre) / stretch) }
            if excludesOutside {
                for tap in 0..<taps where first + tap < 0 || first + tap >= input { row[tap] = 0 }
            }
            let sum = row.reduce(0, +)
            for tap in 0..<taps {
                positions.append(Int32(min(max(first + tap, 0), input - 1)))
                weights.append(Float(sum == 0 ? 0 : row[tap] / sum))
            }
        }
        return (taps, positions, weights)
    }
}

extension Double {
    fileprivate func clamped(_ low: Double, _ high: Double) -> Double { Swift.min(Swift.max(self, low), high) }
}

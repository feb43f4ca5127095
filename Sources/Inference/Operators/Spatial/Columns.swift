/// The matrix whose columns are the windows of an image: row `(channel, kernel position)`, column `output position`.
struct Columns: Sendable {
    let channels: Int
    let rows: Int
    let count: Int
    let inputCount: Int
    private let input: (Int, Int, Int)
    private let kernel: (Int, Int, Int)
    private let output: (Int, Int, Int)
    private let strides: (Int, Int, Int)
    private let dilations: (Int, Int, Int)
    private let pads: (Int, Int, Int)

    /// - Parameter window: a window over three axes.
    init(_ window: Window, channels: Int) {
        func triple(_ list: [Int]) -> (Int, Int, Int) { (list[0], list[1], list[2]) }
        self.channels = channels
        rows = channels * window.kernelCount
        count = window.outputCount
        inputCount = window.inputCount
        input = triple(window.input)
        kernel = triple(window.kernel)
        output = triple(window.output)
        strides = triple(window.strides)
        dilations = triple(window.dilations)
        pads = triple(window.padsBefore)
    }

    /// Calls `body` for every line of output positions along the last axis: the line's first element in the matrix, the first
    /// element of its line in the image (nil outside), and where along it the line begins.
    @inline(__always)
    private func forEachLine(_ body: (_ line: Int, _ image: Int?, _ start: Int) -> Void) {
        var line = 0
        for channel in 0..<channels {
            for kz in 0..<kernel.0 {
                for ky in 0..<kernel.1 {
                    for kx in 0..<kernel.2 {
                        for oz in 0..<output.0 {
                            let z = oz * strides.0 + kz * dilations.0 - pads.0
                            for oy in 0..<output.1 {
                                let y = oy * strides.1 + ky * dilations.1 - pads.1
                                let isInside = z >= 0 && z < input.0 && y >= 0 && y < input.1
                                let image = ((channel * input.0 + z) * input.1 + y) * input.2
                                body(line, isInside ? image : nil, kx * dilations.2 - pads.2)
                                line += output.2
                            }
                        }
                    }
                }
            }
        }
    }

    /// Fills the matrix from an image; outside the image is zero.
    func gather(_ x: UnsafePointer<Float>, into matrix: UnsafeMutablePointer<Float>) {
        forEachLine { line, image, start in
            let target = matrix + line
            guard let image else {
                target.update(repeating: 0, count: output.2)
                return
            }
            for column in 0..<output.2 {
                let place = start + column * strides.2
                target[column] = place >= 0 && place < input.2 ? x[image + place] : 0
            }
        }
    }

    /// Adds the matrix to an image, each element to the place it would be gathered from.
    func scatter(_ matrix: UnsafePointer<Float>, onto y: UnsafeMutablePointer<Float>) {
        forEachLine { line, image, start in
            guard let image else { return }
            let source = matrix + line
            for column in 0..<output.2 {
                let place = start + column * strides.2
                if place >= 0 && place < input.2 { y[image + place] += source[column] }
            }
        }
    }
}

internal import Faces
internal import Inference

/// What the networks say of one face, calibrated.
struct RawExpression {
    /// Intensities 0-5 in the order of `ChannelLayout`.
    var channels: [Float]
    /// Probabilities.
    var emotions: [Float]
    /// The normalized face, full-range luma; empty where nobody asked for it.
    var normalized: [UInt8] = []
}

/// The networks of a bundle for any number of faces a frame. In the steady state nothing is allocated.
///
/// A session's batch is fixed, so there is one pair of sessions for each of a few batch sizes, made or taken from the bundle's stock when
/// first needed; a frame takes the smallest that holds its faces, and one with more faces than the largest takes several runs.
final class ExpressionNetworks {
    private static let sizes = [1, 2, 3, 4, 6, 8]

    private let bundle: ExpressionBundle
    private let layout: ChannelLayout
    private let sizes: [Int]
    private let picture: NormalizedPicture
    private let portrait: PortraitNetwork?
    private var pairs: [NetworkPair?]
    private var results: [RawExpression] = []

    /// - Throws: `unusableNetwork`.
    init(
        bundle: ExpressionBundle, layout: ChannelLayout, maximumFaces: Int, picture: NormalizedPicture = .none
    ) throws(ExpressionError) {
        self.bundle = bundle
        self.layout = layout
        self.picture = picture
        portrait = picture == .portrait ? try bundle.loadPortrait() : nil
        let enough = Self.sizes.firstIndex { $0 >= maximumFaces } ?? Self.sizes.count - 1
        sizes = Array(Self.sizes[...enough])
        pairs = Array(repeating: nil, count: sizes.count)
        _ = try pair(0)
    }

    deinit {
        for pair in pairs { pair.map(bundle.giveBack) }
    }

    private func pair(_ index: Int) throws(ExpressionError) -> NetworkPair {
        if let pair = pairs[index] { return pair }
        let pair = try bundle.pair(faces: sizes[index])
        pairs[index] = pair
        return pair
    }

    /// Reads all faces of a frame; the results are in their order and valid until the next call.
    ///
    /// - Throws: `invalidObservation` and `unusableNetwork`.
    func read(_ faces: [Face]) throws(ExpressionError) -> [RawExpression] {
        while results.count < faces.count {
            results.append(
                RawExpression(
                    channels: [Float](repeating: 0, count: layout.count),
                    emotions: [Float](repeating: 0, count: bundle.labels.emotions.count)))
        }
        let largest = sizes[sizes.count - 1]
        var start = 0
        while start < faces.count {
            let count = min(largest, faces.count - start)
            let pair = try pair(sizes.firstIndex { $0 >= count } ?? sizes.count - 1)
            for row in 0..<count { try fill(pair, row: row, with: faces[start + row]) }
            try pair.run()
            for row in 0..<count {
                take(pair, row: row, into: &results[start + row])
                guard picture != .none else { continue }
                if let portrait {
                    try portrait.draw(faces[start + row].crop, into: &results[start + row].normalized)
                } else {
                    let side = bundle.manifest.normalizedSize
                    let pixels = UnsafeBufferPointer(
                        rebasing: pair.normalized[row * side * side..<(row + 1) * side * side])
                    results[start + row].normalized.take(pixels)
                }
            }
            start += count
        }
        return results
    }

    private func fill(
        _ pair: NetworkPair, row: Int, with face: borrowing Face
    ) throws(ExpressionError) {
        let manifest = bundle.manifest
        let pixels = manifest.inputSize * manifest.inputSize
        guard face.crop.count == pixels else {
            throw ExpressionError(
                .invalidObservation,
                "a crop of \(face.crop.count) pixels, where \(manifest.name) reads \(manifest.inputSize) x \(manifest.inputSize)"
            )
        }
        guard face.geometry.count == Face.landmarkCount * 3 else {
            throw ExpressionError(
                .invalidObservation,
                "a geometry of \(face.geometry.count) values, where \(Face.landmarkCount * 3) are expected")
        }
        let target = pair.face.baseAddress! + row * pixels
        face.crop.withUnsafeBufferPointer { crop in
            for index in 0..<pixels { target[index] = Float(crop[index]) / 255 }
        }
        let scale = manifest.geometryScale
        var place = row * 3 * manifest.geometryPoints.count
        for point in manifest.geometryPoints {
            for axis in 0..<3 {
                let value = face.geometry[3 * point + axis] * scale
                // Landmarks that coincide have no frame of their own to be taken back to.
                pair.geometry[place] = value.isFinite ? value : 0
                place += 1
            }
        }
    }

    private func take(_ pair: NetworkPair, row: Int, into result: inout RawExpression) {
        let calibration = bundle.manifest.calibration
        for index in 0..<layout.auCount {
            result.channels[index] = calibrated(pair.au[row * layout.auCount + index], calibration[index])
        }
        for index in 0..<layout.sideCount {
            let (left, right) = (layout.auCount + index, layout.auCount + layout.sideCount + index)
            let curve = calibration[layout.owner[left]]
            result.channels[left] = calibrated(pair.left[row * layout.sideCount + index], curve)
            result.channels[right] = calibrated(pair.right[row * layout.sideCount + index], curve)
        }
        let count = result.emotions.count
        let logits = UnsafeBufferPointer(rebasing: pair.emotion[row * count..<(row + 1) * count])
        Softmax.probabilities(of: logits, temperature: bundle.manifest.temperature, into: &result.emotions)
    }

    private func calibrated(_ output: Float, _ curve: CalibrationCurve?) -> Float {
        guard output.isFinite else { return 0 }
        return min(max(curve?(output) ?? output, 0), 5)
    }
}

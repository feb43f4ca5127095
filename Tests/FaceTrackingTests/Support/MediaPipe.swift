import FaceTracking
import SystemPackage
import TestSupport
import Testing

/// MediaPipe's own view of a video, by way of `Parity/mediapipe_faces.py`.
struct MediaPipe {
    /// What MediaPipe sees in one frame.
    struct Frame {
        var shortRange: [FaceDetection] = []
        var fullRange: [FaceDetection] = []
        /// 468 landmarks (flat x, y, z) of the faces found afresh in this frame.
        var fresh: [[Float]] = []
        /// The same of the faces followed from frame to frame.
        var followed: [[Float]] = []
    }

    static let python = Environment.value("NORFACE_MEDIAPIPE_PYTHON")
    static let reason: Comment = "needs the Python of an environment with mediapipe 0.10.14 in NORFACE_MEDIAPIPE_PYTHON"
    static let isThere = python != nil && FrontEnd.isThere

    /// Runs MediaPipe over a file.
    static func frames(of file: FilePath) throws -> [Frame] {
        let folder = try TemporaryFolder()
        let output = folder.path.appending("faces")
        let script = Paths.package.appending("Tests/FaceTrackingTests/Parity/mediapipe_faces.py")
        let said = try Command.run(#require(python), script.string, file.string, output.string)
        // "N frames": those at the end may have no face, and so no row.
        let count = try #require(Int(String(decoding: said, as: UTF8.self).split(separator: " ").first ?? ""))
        let bytes = try File.read(output)
        let numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        var frames = [Frame](repeating: Frame(), count: count)
        var place = 0
        while place + 3 <= numbers.count {
            let (frame, kind, length) = (Int(numbers[place]), numbers[place + 1], Int(numbers[place + 2]))
            let values = Array(numbers[(place + 3)..<(place + 3 + length)])
            place += 3 + length
            switch kind {
            case 0: frames[frame].shortRange.append(detection(values))
            case 1: frames[frame].fullRange.append(detection(values))
            case 2: frames[frame].fresh.append(values)
            default: frames[frame].followed.append(values)
            }
        }
        return frames
    }

    private static func detection(_ values: [Float]) -> FaceDetection {
        func point(_ number: Int) -> SIMD2<Float> { SIMD2(values[1 + 2 * number], values[2 + 2 * number]) }
        return FaceDetection(
            score: values[0], minimum: point(0), maximum: point(1), rightEye: point(2), leftEye: point(3),
            noseTip: point(4), mouth: point(5), rightTragion: point(6), leftTragion: point(7))
    }
}

/// How two sets of faces of the same frames differ.
struct Agreement: CustomStringConvertible {
    var matched = 0
    /// The peer's faces that we have not.
    var missing = 0
    /// Our faces that the peer has not.
    var extra = 0
    /// For each matched face: the mean distance of its points, in distances between the eyes.
    private(set) var errors: [Float] = []

    var mean: Float { errors.isEmpty ? 0 : errors.reduce(0, +) / Float(errors.count) }
    var worst: Float { errors.max() ?? 0 }

    var description: String {
        func percent(_ value: Float) -> Float { (value * 10000).rounded() / 100 }
        let sorted = errors.sorted()
        let high = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        return
            "\(matched) matched (\(errors.count) measured), \(missing) missing, \(extra) extra; distance \(percent(mean)) % of the eyes' "
            + "(95 of 100 below \(percent(high)), worst \(percent(worst)))"
    }

    /// Pairs faces that show the same head, nearest first.
    ///
    /// - Parameters:
    ///   - ours, theirs: landmarks, flat x, y, z.
    ///   - excuse: whether a face that only one side has may be passed over.
    ///   - isRough: whether a face's distance tells nothing.
    mutating func add(
        _ ours: [[Float]], _ theirs: [[Float]], excuse: (_ face: [Float], _ isOurs: Bool) -> Bool,
        isRough: (_ face: [Float]) -> Bool = { _ in false }
    ) {
        var left = ours
        for face in theirs {
            let nearest = left.indices.min { Self.distance(left[$0], face) < Self.distance(left[$1], face) }
            if let nearest, Self.distance(left[nearest], face) < 0.5 {
                matched += 1
                let error = Self.distance(left.remove(at: nearest), face)
                if !isRough(face) { errors.append(error) }
            } else if !excuse(face, false) {
                missing += 1
            }
        }
        extra += left.count { !excuse($0, true) }
    }

    /// The mean distance of two faces' points, in distances between the second one's eyes.
    static func distance(_ a: [Float], _ b: [Float]) -> Float {
        func point(_ face: [Float], _ number: Int) -> SIMD2<Float> { SIMD2(face[number * 3], face[number * 3 + 1]) }
        func length(_ vector: SIMD2<Float>) -> Float { (vector * vector).sum().squareRoot() }
        let count = b.count / 3
        let sum = (0..<count).reduce(Float(0)) { $0 + length(point(a, $1) - point(b, $1)) }
        // 468 landmarks, or a detection's six points.
        let eyes =
            count > 6
            ? (point(b, 33) + point(b, 133) - point(b, 263) - point(b, 362)) / 2 : point(b, 0) - point(b, 1)
        return sum / Float(count) / max(length(eyes), 1)
    }
}

extension FaceDetection {
    /// The six points as landmarks without depth, for `Agreement`.
    var points: [Float] {
        [rightEye, leftEye, noseTip, mouth, rightTragion, leftTragion].flatMap { [$0.x, $0.y, 0] }
    }

    /// Whether the middle of a face's landmarks lies inside.
    func holds(_ landmarks: [Float]) -> Bool {
        let middle = SIMD2(landmarks[3], landmarks[4])
        return middle.x > minimum.x && middle.y > minimum.y && middle.x < maximum.x && middle.y < maximum.y
    }
}

import FaceTracking
import Imaging

/// The faces that are really there, and what was asked about them.
final class Script {
    /// Where faces are: upright squares.
    var faces: [FaceRegion] = []
    /// How sure the mesher is of a face where there is one.
    var presence: Float = 0.999_999
    var shortRuns = 0
    var fullRuns = 0
    /// Where it was looked, in order.
    var regions: [FaceRegion] = []
    var meshes = 0
    /// True: only the full range finds anything.
    var areSmall = false
    /// What detections score, by face; 0.9 where nothing is said.
    var scores: [Float] = []
    /// By how much detections are off.
    var detectionOffset = SIMD2<Float>(0, 0)
    /// How far from where it looks to where the face is the mesher comes, 0-1.
    var pull: Float = 1
    /// Presences to give one after the other, before `presence`.
    var presences: [Float] = []
}

/// Finds the script's faces.
final class ScriptedFinder: FaceFinder {
    private let script: Script
    private let range: DetectionRange

    init(_ script: Script, _ range: DetectionRange) {
        self.script = script
        self.range = range
    }

    func find(in image: PlanarImage, region: FaceRegion, into detections: inout [FaceDetection]) {
        script.regions.append(region)
        if range == .short { script.shortRuns += 1 } else { script.fullRuns += 1 }
        detections.removeAll(keepingCapacity: true)
        guard range == .full || !script.areSmall else { return }
        for (number, place) in script.faces.enumerated() {
            var face = place
            face.centre += script.detectionOffset
            let half = face.side / (2 * FaceRegion.margin)
            let eye = SIMD2(half / 2, 0)
            let score = number < script.scores.count ? script.scores[number] : 0.9
            detections.append(
                FaceDetection(
                    score: score, minimum: face.centre - half, maximum: face.centre + half, rightEye: face.centre - eye,
                    leftEye: face.centre + eye, noseTip: face.centre, mouth: face.centre, rightTragion: face.centre,
                    leftTragion: face.centre))
        }
    }
}

/// Lays the canonical head onto the script's face that is in the region, if one is.
final class ScriptedMesher: FaceMesher {
    private let script: Script

    init(_ script: Script) { self.script = script }

    func place(
        in image: PlanarImage, region: FaceRegion, landmarks: UnsafeMutableBufferPointer<Float>
    ) -> Float {
        script.meshes += 1
        guard let face = script.faces.max(by: { $0.overlap(region) < $1.overlap(region) }), face.overlap(region) > 0.2
        else { return 0.01 }
        // The canonical head is 2.63 eye distances high: its square is the script's again.
        let scale = face.side / FaceRegion.margin / 2.6268
        let centre = region.centre + script.pull * (face.centre - region.centre)
        for index in stride(from: 0, to: landmarks.count, by: 3) {
            landmarks[index] = centre.x + scale * CanonicalHead.points[index]
            landmarks[index + 1] = centre.y + scale * (CanonicalHead.points[index + 1] - 0.45)
            landmarks[index + 2] = scale * CanonicalHead.points[index + 2]
        }
        return script.presences.isEmpty ? script.presence : script.presences.removeFirst()
    }
}

/// A grey picture with nothing in it.
final class BlankPicture {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let width: Int
    private let height: Int

    init(width: Int = 640, height: Int = 360) {
        (self.width, self.height) = (width, height)
        bytes = .allocate(capacity: width * height)
        bytes.initialize(repeating: 128, count: width * height)
    }

    deinit { bytes.deallocate() }

    var image: PlanarImage {
        PlanarImage(
            width: width, height: height, y: UnsafePointer(bytes), yStride: width, u: nil, v: nil, chromaStride: 0,
            chromaStep: 1, fullRange: true, matrix: .bt601, owner: self)
    }
}

/// A picture with something in every place.
final class PatternedPicture {
    private let pixels: UnsafeMutablePointer<UInt8>
    private static let (width, height) = (640, 360)

    init(shift: Int) {
        let count = Self.width * Self.height
        pixels = .allocate(capacity: count)
        for place in 0..<count {
            (pixels + place).initialize(
                to: UInt8(truncatingIfNeeded: place * place / 97 + place / Self.width * 5 + shift))
        }
    }

    deinit { pixels.deallocate() }

    var image: PlanarImage {
        PlanarImage(
            width: Self.width, height: Self.height, y: UnsafePointer(pixels), yStride: Self.width, u: nil, v: nil,
            chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: self)
    }
}

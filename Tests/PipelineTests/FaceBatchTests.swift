import CAllocationCounter
import Expression
import FaceTracking
import Imaging
import Media
import Pipeline
import Platform
import TestSupport
import Testing

/// What a batch takes of a face, for networks that read the tracker's crop and for those that read another size.
struct FaceBatchTests {
    private static let (width, height) = (320, 240)

    /// A frame with something in every place.
    private static func frame(shift: Int = 0) -> VideoFrame {
        let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * $0 / 97 + $0 / width * 5 + shift) }
        return pixels.withUnsafeBufferPointer { pixels in
            VideoFrame(
                copying: PlanarImage(
                    width: width, height: height, y: pixels.baseAddress!, yStride: width, u: nil, v: nil,
                    chromaStride: 0, chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil),
                timing: VideoFrame.Timing(pts: 0))
        }
    }

    /// The canonical head, upright, somewhere in the frame.
    private static func face(_ track: Int = 1) -> TrackedFace {
        var landmarks = CanonicalHead.points.map { $0 * 70 }
        for index in stride(from: 0, to: landmarks.count, by: 3) {
            landmarks[index] += 150 + Float(track)
            landmarks[index + 1] += 80
        }
        return TrackedFace(
            track: track, certain: true, box: FaceBox(x: 0, y: 0, width: 1, height: 1), score: 1, pitch: 0, yaw: 0,
            roll: 0, quality: 1, landmarks: landmarks,
            crop: [UInt8](repeating: 7, count: TrackedFace.cropSize * TrackedFace.cropSize))
    }

    @Test func theTrackersCropIsTakenAsItIs() {
        let batch = FaceBatch()
        batch.add(Self.face(), of: Self.frame().image)
        #expect(batch.observations.map(\.crop) == [Self.face().crop])
    }

    @Test(arguments: [64, 128, 224])
    func anotherSizeIsSampledFromTheFrame(size: Int) {
        let batch = FaceBatch(cropSize: size)
        for round in 0..<3 {
            // Recycled places hold nothing of the round before.
            batch.clear()
            let image = Self.frame(shift: round * 40).image
            for track in 1...2 {
                let face = Self.face(track)
                batch.add(face, of: image)
                var expected = [UInt8](repeating: 0, count: size * size)
                let map = face.landmarks.withUnsafeBufferPointer { CropAlignment.map(landmarks: $0, size: size) }
                expected.withUnsafeMutableBufferPointer {
                    image.sampleLuma(into: $0.baseAddress!, width: size, height: size, map: map)
                }
                #expect(batch.observations[track - 1].crop == expected)
                #expect(Set(expected).count > 50)
            }
        }
    }

    @Test(
        .enabled(if: Build.isOptimized, Comment(rawValue: Build.reason)),
        .enabled(if: nf_allocations() >= 0, "malloc cannot be counted here (a sanitizer, or another C library)"),
        arguments: [TrackedFace.cropSize, 128])
    func aRecycledBatchAllocatesNothing(size: Int) {
        let batch = FaceBatch(cropSize: size)
        let (frame, faces) = (Self.frame(), [Self.face(1), Self.face(2)])
        let image = frame.image
        func fill() {
            batch.clear()
            for face in faces { batch.add(face, of: image) }
        }
        fill()
        fill()
        let before = nf_allocations()
        for _ in 0..<100 { fill() }
        #expect(nf_allocations() - before == 0)
    }

    @Test func theReaderSaysWhichSizeItIsGiven() {
        let output = Collector()
        let sizes = SizeList()
        let pipeline = Fakes.pipeline(reader: FakeReader(cropSize: 64, sizes: sizes), output: output)
        pipeline.capture { _ in FakeSource(count: 3) }
        _ = pipeline.wait(until: MonotonicClock.now() + 20_000_000_000)
        #expect(sizes.all == [64 * 64, 64 * 64, 64 * 64])
    }
}

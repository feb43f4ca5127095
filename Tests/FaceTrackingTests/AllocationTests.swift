import CAllocationCounter
import FaceTracking
import Faces
import Media
import SystemPackage
import TestSupport
import Testing

/// "In the steady state a frame allocates nothing", counted over real networks and real frames.
struct AllocationTests {
    @Test(
        .enabled(if: Build.isOptimized, Comment(rawValue: Build.reason)),
        .enabled(if: nf_allocations() >= 0, "malloc cannot be counted here (a sanitizer, or another C library)"),
        .enabled(if: FrontEnd.isThere, FrontEnd.reason), arguments: [FaceTracker.cropSize, 128])
    func aFrameInTheSteadyStateAllocatesNothing(cropSize: Int) throws {
        let source = try MediaSource(Paths.fixtures.appending("sample.mp4").string)
        var frames: [VideoFrame] = []
        while frames.count < 40, let frame = try source.next() { frames.append(frame) }
        #expect(frames.count == 40)
        // To and fro, so that nobody jumps.
        frames += frames.reversed()
        let tracker = try FaceTracker(models: FrontEnd.models(), cropSize: cropSize)
        // As many lists as a pipeline has batches go round.
        var lists = [FaceList(), FaceList(), FaceList()]
        var time = 0.0
        func pass() throws -> (faces: Int, worst: Int64) {
            var (faces, worst) = (0, Int64(0))
            for frame in frames {
                let before = nf_allocations()
                try tracker.process(frame.image, pts: time, epoch: 0, into: &lists[0])
                faces += lists[0].faces.count
                lists.swapAt(0, 1)
                lists.swapAt(1, 2)
                worst = max(worst, nf_allocations() - before)
                time += 0.04
            }
            return (faces, worst)
        }
        _ = try pass()
        let (detections, meshes) = (tracker.counters.detections, tracker.counters.meshes)
        let identifications = tracker.counters.identifications
        let (faces, worst) = try pass()
        // All parts were at work: detectors, landmarks, tracks.
        #expect(faces >= frames.count)
        #expect(tracker.counters.identifications > identifications)
        #expect(tracker.counters.detections > detections && tracker.counters.meshes >= meshes + frames.count)
        #expect(worst == 0)
    }
}

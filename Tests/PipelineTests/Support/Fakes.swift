import Dispatch
import Expression
import FaceTracking
import Imaging
import Media
import Pipeline
import Records
import Synchronization

/// What a fake fails with.
struct FakeFailure: Error, Equatable {}

enum Fakes {
    static let labels = RecordLabels(au: ["AU01", "AU12"], sides: ["AU12"], emotions: ["neutral", "happiness"])

    /// A small grey frame.
    static func frame(_ index: Int, pts: Double? = nil, epoch: Int = 0, droppedBefore: Int = 0) -> VideoFrame {
        let pixels = [UInt8](repeating: 128, count: 16 * 16)
        return pixels.withUnsafeBufferPointer { pixels in
            VideoFrame(
                copying: PlanarImage(
                    width: 16, height: 16, y: pixels.baseAddress!, yStride: 16, u: nil, v: nil, chromaStride: 0,
                    chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil),
                timing: VideoFrame.Timing(
                    pts: pts ?? Double(index) / 25, epoch: epoch, index: index, droppedBefore: droppedBefore))
        }
    }

    static func pipeline(
        _ options: PipelineOptions = .file(name: "test"), finder: sending FakeFinder = FakeFinder(),
        reader: sending FakeReader = FakeReader(), output: Collector,
        onEnd: (@Sendable (PipelineOutcome) -> Void)? = nil
    ) -> SourcePipeline {
        SourcePipeline(
            options: options, labels: labels, finder: finder, reader: reader, output: output, onEnd: onEnd)
    }
}

/// Sees the tracks that a closure names for each frame.
final class FakeFinder: FaceFinding {
    private let tracks: @Sendable (VideoFrame) throws -> [Int]
    private var known: Set<Int> = []

    init(_ tracks: @escaping @Sendable (VideoFrame) throws -> [Int] = { _ in [1] }) {
        self.tracks = tracks
    }

    func find(in frame: VideoFrame, into batch: FaceBatch) throws {
        known = []
        for track in try tracks(frame) {
            known.insert(track)
            var landmarks = [Float](repeating: 0, count: CanonicalFit.landmarkCount * 3)
            for index in landmarks.indices { landmarks[index] = Float((index * 7919) % 101) }
            batch.add(
                TrackedFace(
                    track: track, certain: true, box: FaceBox(x: 1, y: 2, width: 3, height: 4), score: 0.9, pitch: 1,
                    yaw: 2, roll: 3, quality: 0.5, landmarks: landmarks,
                    crop: [UInt8](repeating: UInt8(truncatingIfNeeded: frame.index), count: 96 * 96)),
                of: frame.image)
        }
    }

    func standing(of track: Int) -> TrackStanding { known.contains(track) ? .followed : .gone }
}

/// Answers each face with its crop's first pixel as the intensity, and writes down what it was asked.
final class FakeReader: ExpressionReading {
    enum Call: Equatable, Sendable {
        case neutral(Int?)
        case freeze
        case forget(Int)
    }

    let cropSize: Int
    private let failAt: Int?
    private let sizes: SizeList?
    private let wait: @Sendable () -> Void
    private let calls: CallList
    private var count = 0

    init(
        failAt: Int? = nil, cropSize: Int = TrackedFace.cropSize, sizes: SizeList? = nil, calls: CallList = CallList(),
        wait: @escaping @Sendable () -> Void = {}
    ) {
        self.failAt = failAt
        self.cropSize = cropSize
        self.sizes = sizes
        self.calls = calls
        self.wait = wait
    }

    func analyze(_ faces: [FaceObservation], pts: Double, epoch: Int) throws -> [FaceExpression] {
        wait()
        if count == failAt { throw FakeFailure() }
        count += 1
        for face in faces { sizes?.add(face.crop.count) }
        return faces.map { face in
            let value = Float(face.crop[0]) / 256
            return FaceExpression(
                track: face.track, au: [value, 0], auRaw: [value, 0], left: [0], right: [0], present: [false, false],
                emotions: [1, 0], emotion: 0, baseline: .learning)
        }
    }

    func markNeutral(track: Int?) { calls.add(.neutral(track)) }
    func freezeBaselines() { calls.add(.freeze) }
    func forget(track: Int) { calls.add(.forget(track)) }
}

/// The pixels of the crops that fake readers were given.
final class SizeList: Sendable {
    private let sizes = Mutex<[Int]>([])

    func add(_ size: Int) { sizes.withLock { $0.append(size) } }
    var all: [Int] { sizes.withLock { $0 } }
}

/// What fake readers were asked.
final class CallList: Sendable {
    private let calls = Mutex<[FakeReader.Call]>([])

    func add(_ call: FakeReader.Call) { calls.withLock { $0.append(call) } }
    var all: [FakeReader.Call] { calls.withLock { $0 } }
}

/// Keeps every line.
final class Collector: RecordOutput {
    private let lines = Mutex<[EncodedLine]>([])
    let wantsRecords = true

    func write(_ line: EncodedLine) { lines.withLock { $0.append(line) } }
    var all: [EncodedLine] { lines.withLock { $0 } }
    var records: [FrameRecord] { all.compactMap(\.record) }
    var events: [String] {
        all.filter { $0.kind == .event }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}

/// Gives out frames, then ends or fails.
final class FakeSource: FrameSource {
    private let count: Int
    private let failure: MediaError?
    private let next_: @Sendable (Int) -> VideoFrame
    private var index = 0
    var thinning = MediaSource.Thinning.all
    let isLive: Bool

    init(
        count: Int, failure: MediaError? = nil, isLive: Bool = false,
        frame: @escaping @Sendable (Int) -> VideoFrame = { Fakes.frame($0) }
    ) {
        self.count = count
        self.failure = failure
        self.isLive = isLive
        next_ = frame
    }

    func next() throws(MediaError) -> VideoFrame? {
        guard index < count else {
            if let failure { throw failure }
            return nil
        }
        defer { index += 1 }
        return next_(index)
    }
}

/// A gate that holds a stage until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Lets so many through.
    func open(_ count: Int = 1) { for _ in 0..<count { semaphore.signal() } }
    func pass() { semaphore.wait() }
}

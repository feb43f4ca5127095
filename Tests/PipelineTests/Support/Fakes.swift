import Dispatch
import Expression
import FaceTracking
import Faces
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
    static func frame(_ index: Int, pts: Double? = nil, epoch: Int = 0, lost: FrameLoss = FrameLoss()) -> VideoFrame {
        let pixels = [UInt8](repeating: 128, count: 16 * 16)
        return pixels.withUnsafeBufferPointer { pixels in
            VideoFrame(
                copying: PlanarImage(
                    width: 16, height: 16, y: pixels.baseAddress!, yStride: 16, u: nil, v: nil, chromaStride: 0,
                    chromaStep: 1, fullRange: true, matrix: .bt601, owner: nil),
                timing: VideoFrame.Timing(
                    pts: pts ?? Double(index) / 25, epoch: epoch, index: index, lostBefore: lost))
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

    func find(in frame: VideoFrame, into list: inout FaceList) throws {
        list.clear()
        known = []
        for track in try tracks(frame) {
            known.insert(track)
            var face = list.spare(cropSize: 16)
            face.track = track
            face.certain = true
            face.box = FaceBox(x: 1, y: 2, width: 3, height: 4)
            face.score = 0.9
            face.pose = HeadPose(pitch: 1, yaw: 2, roll: 3)
            face.quality = 0.5
            for index in face.crop.indices { face.crop[index] = UInt8(truncatingIfNeeded: frame.index) }
            list.faces.append(face)
        }
    }

    func standing(of track: Int) -> TrackStanding { known.contains(track) ? .followed : .gone }
}

/// Answers each face with its crop's first pixel as the intensity, and writes down what it was asked.
final class FakeReader: ExpressionReader {
    enum Call: Equatable, Sendable {
        case neutral(Int?)
        case freeze
        case forget(Int)
    }

    private let failAt: Int?
    private let wait: @Sendable () -> Void
    private let calls: CallList
    private var count = 0

    init(
        failAt: Int? = nil, calls: CallList = CallList(), wait: @escaping @Sendable () -> Void = {}
    ) {
        self.failAt = failAt
        self.calls = calls
        self.wait = wait
    }

    func analyze(_ faces: inout [Face], pts: Double, epoch: Int) throws {
        wait()
        if count == failAt { throw FakeFailure() }
        count += 1
        for index in faces.indices {
            faces[index].makeRoom(
                for: FaceLabels(au: Fakes.labels.au, sides: Fakes.labels.sides, emotions: Fakes.labels.emotions))
            let value = Float(faces[index].crop[0]) / 256
            faces[index].au[0] = value
            faces[index].auRaw[0] = value
            faces[index].emotions[0] = 1
            faces[index].baseline = .learning
        }
    }

    func markNeutral(track: Int?) { calls.add(.neutral(track)) }
    func freezeBaselines() { calls.add(.freeze) }
    func forget(track: Int) { calls.add(.forget(track)) }
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
    let counters = SourceCounters()
    let info: SourceInfo

    init(
        count: Int, failure: MediaError? = nil, isLive: Bool = false,
        frame: @escaping @Sendable (Int) -> VideoFrame = { Fakes.frame($0) }
    ) {
        self.count = count
        self.failure = failure
        info = SourceInfo(
            name: "fake", format: "", codec: "", pixelFormat: "", width: 16, height: 16, nominalRate: nil,
            duration: nil,
            frameCountEstimate: nil, startTime: nil, orientation: .upright, isLive: isLive)
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

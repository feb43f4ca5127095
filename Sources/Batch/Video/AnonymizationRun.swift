internal import FaceTracking
public import Media
internal import Overlay
public import Pipeline
public import Platform
internal import Records
public import SystemPackage

/// Writes a recording as a video again, with every face covered, and looks at the result whether any was left.
public final class AnonymizationRun: Sendable {
    /// How faces are covered.
    public enum Style: String, Sendable, CaseIterable {
        /// A few smooth blocks.
        case blur
        /// A grey box.
        case box
        /// As `blur`, with the lines of brows, eyes, nose, lips and jaw drawn over it: what the face does can be seen, and how it is shaped.
        case mesh
        /// As `blur`, with the common person's face over it, which has the pose and the expression of the one that it hides.
        case face
    }

    /// Files that are needed for the time being.
    public struct Scratch: Sendable {
        /// Records of the recording, then of what was made of it.
        public var records: FilePath
        /// The video, until it was looked at.
        public var draft: FilePath
        /// Normalized faces.
        public var portraits: FilePath

        /// Names the files.
        public init(records: FilePath, draft: FilePath, portraits: FilePath) {
            (self.records, self.draft, self.portraits) = (records, draft, portraits)
        }
    }

    /// Analyses a recording and writes its records to a file. What takes the faces themselves, where it is not nil, wants them with normalized
    /// pictures.
    public typealias Analysis =
        @Sendable (_ input: Input, _ records: FilePath, _ faces: (any FaceOutput)?) throws -> Void

    /// How it is done.
    public struct Options: Sendable {
        /// How faces are covered.
        public var style = Style.face
        /// Whether the sound is copied.
        public var keepsSound = true
        /// How the recording is read.
        public var media = MediaOptions()

        /// The defaults.
        public init() {}
    }

    /// How often at most it is drawn anew because a face was found where none was covered.
    private static let rounds = 3

    private let options: Options
    private let console: Console
    private let analyze: Analysis
    private let isStopped: @Sendable () -> Bool

    /// Makes a run.
    ///
    /// - Parameters:
    ///   - isStopped: whether an end was asked for. No video is left then: what was not looked at again is not anonymous for sure.
    ///   - analyze: analyses a recording.
    public init(
        options: Options, console: Console, isStopped: @escaping @Sendable () -> Bool,
        analyze: @escaping Analysis
    ) {
        self.options = options
        self.console = console
        self.isStopped = isStopped
        self.analyze = analyze
    }

    /// Covers.
    ///
    /// - Parameter scratch: files that are written for the time being.
    /// - Returns: nil when all went well; `someFailed` when faces are still found.
    /// - Throws: `Failure` when the recording cannot be read, or the video not be written.
    public func run(_ input: Input, scratch: Scratch, output: FilePath) throws(Failure) -> Failure.Code? {
        do {
            return try cover(input, scratch, output)
        } catch {
            throw Failure(error)
        }
    }

    private func cover(_ input: Input, _ scratch: Scratch, _ output: FilePath) throws -> Failure.Code? {
        var plan = CoverPlan()
        let (records, draft) = (scratch.records, scratch.draft)
        let portraits = options.style == .face ? try PortraitStore(scratch.portraits) : nil
        try analyze(input, records, portraits)
        try endIfStopped(input)
        try read(records) { plan.add($0, round: 0) }
        var left = (uncovered: 0, frames: 0, seen: 0)
        var frames = 0
        for round in 1...Self.rounds {
            try endIfStopped(input)
            frames = try draw(input, plan, portraits, draft, title: output.lastComponent?.string ?? output.string)
            try endIfStopped(input)
            try analyze(Input(argument: draft.string), records, nil)
            try endIfStopped(input)
            left = (0, 0, 0)
            let before = plan
            try read(records) { record in
                left.frames += 1
                var uncovered: [FaceRecord] = []
                for face in record.faces {
                    let covers = before.covers(over: face, in: record)
                    if covers.isEmpty {
                        uncovered.append(face)
                    } else if !covers.contains(where: { $0.face.map { portraits?.has($0) ?? false } ?? false }) {
                        // Where a portrait was drawn, it is the common person's.
                        left.seen += 1
                    }
                }
                left.uncovered += uncovered.count
                var record = record
                record.faces = uncovered
                plan.add(record, round: round)
            }
            if left.uncovered == 0 { break }
            console.say(.info, "\(input.name): \(left.uncovered) faces were found where none was covered; once more")
        }
        try draft.move(to: output)
        console.say(.info, "\(input.name): \(frames) frames")
        if left.uncovered > 0 {
            console.say(
                .warning,
                "\(output): \(left.uncovered) faces are still found where none is covered; look at it yourself")
            return .someFailed
        }
        // What is drawn into a mesh is meant to look like a face.
        if left.seen > 0, options.style != .mesh {
            console.say(
                .warning,
                "\(output): \(left.seen) times something under a cover is still taken for a face; --style box leaves nothing"
            )
        }
        return nil
    }

    private func endIfStopped(_ input: Input) throws(Failure) {
        if isStopped() {
            throw Failure(.interrupted, "\(input.name): stopped; no video is left")
        }
    }

    private func read(_ records: FilePath, _ body: (FrameRecord) throws -> Void) throws {
        let stream = try RecordStream(Input(argument: records.string))
        var reader = RecordReader(name: stream.name, labels: nil) { try stream.read(into: $0, isStopped: { false }) }
        while let next = try reader.next() { if case .record = next { try body(reader.record) } }
    }

    private func draw(
        _ input: Input, _ plan: CoverPlan, _ portraits: PortraitStore?, _ draft: FilePath, title: String
    ) throws -> Int {
        let painter = portraits.map { _ in PortraitPainter(HeadSheet(points: CanonicalHead.points)) }
        let rewrite = VideoRewrite(
            input: input, output: draft, title: title, media: options.media, keepsSound: options.keepsSound,
            console: console, isStopped: isStopped)
        return try rewrite.run { picture, frame in
            let brush = Brush(picture)
            // Records have six decimals.
            let moment = CoverPlan.Moment(epoch: frame.epoch, pts: (frame.pts * 1e6).rounded() / 1e6)
            let covers = plan.covers(at: moment)
            for cover in covers {
                let (corner, size) = (Spot(cover.x, cover.y), Spot(cover.width, cover.height))
                switch options.style {
                case .blur, .face: brush.blur(corner, size)
                case .box: brush.box(corner, size)
                case .mesh:
                    brush.blur(corner, size)
                    brush.mesh(cover.landmarks, width: max(1, size.x / 110), .white)
                }
            }
            guard let portraits, let painter else { return }
            // Over all covers, those further away first.
            let drawn = try covers.compactMap { try $0.face.flatMap { try portraits.portrait($0) } }
            for portrait in drawn.sorted(by: { $0.distance < $1.distance }) { painter.draw(portrait, on: picture) }
        }
    }
}

internal import Media
internal import Pipeline
internal import Platform
internal import SystemPackage

/// A recording that is read once: it knows in the end what was missing of it.
protocol RecordingSource: FrameSource, Sendable {
    /// What was read, held against what should be there; nil for what is live.
    var completeness: MediaCompleteness? { get }
    /// What is odd about it, in words for people.
    var remarks: [String] { get }
}

extension MediaSource: RecordingSource {}

/// Numbered pictures as a video: the number of a picture gives its time.
///
/// A number that is missing, or whose picture cannot be decoded, is a lost frame: it is counted in `dropped` of the next record, and the
/// times go on as if it were there. A picture of another size begins a new epoch.
///
/// `@unchecked Sendable` because what is not atomic or behind a lock is touched by the reading thread only.
final class PictureSequence: RecordingSource, @unchecked Sendable {
    private(set) var info: SourceInfo
    private(set) var remarks: [String] = []
    var thinning: MediaSource.Thinning {
        get { .all }
        // A file waits for its reader: nothing is left out.
        set {}
    }
    var counters: SourceCounters { count.withLock { $0 } }

    private let folder: FilePath
    private let numbers: PictureNumbers
    private let rate: Double
    private let range: Range<Double>
    private var options: MediaOptions
    private let interrupter: Interrupter
    private let count = Guarded(SourceCounters())
    private var place = 0
    private var read = 0
    private var lost = 0
    private var epoch = 0
    private var lastNumber: Int?
    private var unreadable: [String] = []

    /// Opens the first picture.
    ///
    /// - Parameter rate: pictures a second.
    /// - Throws: `MediaError` when it cannot be opened at all.
    init(
        _ numbers: PictureNumbers, in folder: FilePath, name: String, rate: Double, options: MediaOptions,
        interrupter: Interrupter
    ) throws(MediaError) {
        self.folder = folder
        self.numbers = numbers
        self.rate = rate
        // Start and end are times of the whole, not of a picture.
        range = (options.start ?? -.infinity)..<(options.end ?? .infinity)
        self.options = options
        self.options.start = nil
        self.options.end = nil
        self.interrupter = interrupter
        let options = self.options
        let first = MediaLocation(file: folder.appending(name: numbers.pictures[0].name))
        var found: SourceInfo?
        // The first that can be opened says what they are.
        for picture in numbers.pictures.prefix(10) {
            let location = MediaLocation(file: folder.appending(name: picture.name))
            found = try? MediaSource(location, options: options, interrupter: interrupter).info
            if found != nil { break }
        }
        if let found {
            info = found
        } else {
            info = try MediaSource(first, options: options, interrupter: interrupter).info
        }
        let span = numbers.pictures[numbers.pictures.count - 1].number - numbers.pictures[0].number + 1
        info.name = name
        info.nominalRate = rate
        info.frameCountEstimate = numbers.pictures.count
        info.duration = Double(span) / rate
        info.startTime = 0
        let gaps = numbers.gaps
        if !gaps.isEmpty {
            let missing = gaps.reduce(0) { $0 + $1.count }
            let some = gaps.prefix(5).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            remarks.append(
                "\(missing) of \(span) numbered pictures are missing: \(some.joined(separator: ", "))"
                    + (gaps.count > 5 ? " and \(gaps.count - 5) more gaps" : ""))
        }
    }

    func next() throws(MediaError) -> VideoFrame? {
        while place < numbers.pictures.count {
            let picture = numbers.pictures[place]
            place += 1
            let pts = Double(picture.number - numbers.pictures[0].number) / rate
            guard range.contains(pts) else { continue }
            defer { lastNumber = picture.number }
            lost += lastNumber.map { picture.number - $0 - 1 } ?? 0
            let frame: VideoFrame
            do throws(MediaError) {
                let location = MediaLocation(file: folder.appending(name: picture.name))
                let source = try MediaSource(location, options: options, interrupter: interrupter)
                guard let first = try source.next() else { continue }
                frame = first
                follow(source.info)
            } catch {
                if error.code == .interrupted { throw error }
                note(error, of: picture)
                continue
            }
            count.withLock { count in
                count.packets += 1
                count.decoded += 1
            }
            var timing = frame.timing
            timing.pts = pts
            timing.epoch = epoch
            timing.index = read
            timing.time = if case .start(let moment) = options.clock { moment + Int64(pts * 1e6) } else { nil }
            timing.lostBefore = FrameLoss(missing: lost)
            timing.estimated = false
            frame.move(to: timing)
            lost = 0
            read += 1
            return frame
        }
        if let first = unreadable.first {
            let more = unreadable.count > 1 ? " and \(unreadable.count - 1) more" : ""
            remarks.append("pictures that could not be read: \(first)\(more)")
        }
        guard read > 0 else {
            throw MediaError(.nothingDecoded, source: info.name, reason: "not one picture could be decoded")
        }
        return nil
    }

    /// What could be read of all that are there.
    var completeness: MediaCompleteness? {
        MediaCompleteness(frames: read, seconds: info.duration ?? 0, expectedFrames: numbers.pictures.count)
    }

    private func note(_ error: MediaError, of picture: PictureNumbers.Picture) {
        lost += 1
        count.withLock { $0.damaged += 1 }
        unreadable.append("\(String(decoding: picture.name, as: UTF8.self)) (\(error.reason))")
    }

    private func follow(_ next: SourceInfo) {
        let isSame = next.width == info.width && next.height == info.height && next.pixelAspect == info.pixelAspect
        if read > 0, !isSame { epoch += 1 }
        info.width = next.width
        info.height = next.height
        info.pixelAspect = next.pixelAspect
    }
}

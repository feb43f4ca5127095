internal import Platform
internal import Records

/// The records of one recording in the order of their times, read as the frames go by.
struct RecordTrack {
    /// Frames that were not analysed have the record of one that was, for as long.
    private static let hold = 0.5
    /// By how much the times of a frame and its record may differ: records have six decimals.
    private static let tolerance = 2e-6

    private let stream: RecordStream
    private var reader: RecordReader
    private var current: FrameRecord?
    private var following: FrameRecord?
    private var isAtEnd = false
    /// Records, and frames that had none.
    private(set) var records = 0
    private(set) var missed = 0

    /// Opens a file of records.
    ///
    /// - Throws: `Failure` when it cannot be read.
    init(_ input: Input) throws(Failure) {
        let stream = try RecordStream(input)
        self.stream = stream
        reader = RecordReader(name: stream.name, labels: nil) { try stream.read(into: $0, isStopped: { false }) }
    }

    /// The names of the values; nil until they are known.
    var labels: RecordLabels? { reader.labels }

    /// The record of a frame, or of one a little before it that was analysed; nil when there is none.
    ///
    /// - Throws: `RecordError` with the line at fault.
    mutating func record(epoch: Int, pts: Double) throws -> FrameRecord? {
        while true {
            if following == nil, !isAtEnd { try readNext() }
            guard let next = following, next.epoch < epoch || (next.epoch == epoch && next.pts <= pts + Self.tolerance)
            else { break }
            current = next
            following = nil
        }
        guard let current, current.epoch == epoch, pts - current.pts <= Self.hold else {
            missed += 1
            return nil
        }
        return current
    }

    private mutating func readNext() throws {
        while let next = try reader.next() {
            guard case .record = next else { continue }
            records += 1
            following = reader.record
            return
        }
        isAtEnd = true
    }
}

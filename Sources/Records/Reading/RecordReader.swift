/// Reads a stream of records line by line: files of `norface analyze` and of the daemon, and what a subscriber was sent.
///
/// However long the stream is, the memory is that of the longest line. A last line that a crash or a full disk has torn is told in `torn`
/// and loses nothing else; any other line that is no record is an error with its place.
public struct RecordReader {
    /// What a line was.
    public enum Line: Sendable, Equatable {
        /// A record, now in `record`, with these parts of its faces.
        case record(RecordFields)
        /// An event.
        case event(EventRecord)
        /// The description of a run, whose labels hold for the records after it.
        case run(RunInfo)
        /// Another event, by its name.
        case other(String)
    }

    /// The record that was read last; its memory is used again for the next.
    public private(set) var record = FrameRecord(
        source: "", sequence: 0, pts: .nan, epoch: 0, time: nil, dropped: 0, width: 0, height: 0, faces: [])
    /// Number of the line that was read last, from 1.
    public private(set) var lineNumber = 0
    /// Why the last line was no record, where it was torn.
    public private(set) var torn: RecordError?
    private let name: String
    private let read: (UnsafeMutableRawBufferPointer) throws -> Int
    private let lines: LineBuffer
    private let lineLimit: Int
    private var decoder: RecordDecoder

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - name: what errors name as the file.
    ///   - labels: the run's labels; nil takes those of its description or of the first record that has a face.
    ///   - lineLimit: bytes that a line may have.
    ///   - read: fills a buffer with what comes next and says how much that is; 0 at the end.
    public init(
        name: String, labels: RecordLabels? = nil, lineLimit: Int = 4 << 20,
        read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
    ) {
        self.name = name
        self.read = read
        self.lineLimit = lineLimit
        lines = LineBuffer(limit: lineLimit)
        decoder = RecordDecoder(labels: labels)
    }

    /// The labels that the values follow, once they are known.
    public var labels: RecordLabels? { decoder.labels }

    /// Reads on to the next line that is not blank; nil at the end.
    ///
    /// - Throws: `RecordError` with file, line and key, or what `read` throws.
    public mutating func next() throws -> Line? {
        while true {
            lineNumber += 1
            let line: LineBuffer.Line
            do {
                guard let next = try lines.next(read) else { return nil }
                line = next
            } catch is LineBuffer.TooLong {
                throw RecordError(
                    file: name, line: lineNumber, "the line is longer than \(lineLimit) bytes: no record is")
            }
            if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(RecordError) {
                return try decode(line.bytes)
            } catch {
                var error = error
                error.file = name
                error.line = lineNumber
                guard line.isEnded else {
                    torn = error
                    return nil
                }
                throw error
            }
        }
    }

    private mutating func decode(_ line: UnsafeBufferPointer<UInt8>) throws(RecordError) -> Line {
        switch try decoder.decode(bytes: line, into: &record) {
        case .record(let fields): return .record(fields)
        case .event: break
        }
        let name = try RecordDecoder.eventName(of: line)
        if name == "run" {
            let run = try RunInfo(text: line, file: "run")
            decoder.adopt(run.labels)
            return .run(run)
        }
        return try EventRecord(line: line).map { .event($0) } ?? .other(name)
    }
}

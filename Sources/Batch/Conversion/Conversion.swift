internal import Platform
internal import Records
internal import Sinks

/// Carries the records of one stream into a sink, in another format.
///
/// Rows are handed on each time before more is read, so that a stream that pauses leaves nothing behind; the memory is that of one block.
final class Conversion {
    /// Frames without a face that are kept until the first face tells the names of the values.
    static let heldFrames = 100_000

    private let stream: RecordStream
    private let format: RecordFormat
    private let sink: any RecordSink
    private let isStopped: () -> Bool
    private let watch: (ConversionProgress) -> Void
    private let start = MonotonicClock.now()
    private var line = EncodedLine(kind: .record, source: nil, bytes: [])
    private var encoder: (any RecordEncoder)?
    private var held: [FrameRecord] = []
    private var report = ConversionReport()

    /// - Parameters:
    ///   - writesHeader: whether the header is written first.
    ///   - watch: told how far it is, often.
    init(
        _ stream: RecordStream, format: RecordFormat, sink: any RecordSink, isStopped: @escaping () -> Bool,
        watch: @escaping (ConversionProgress) -> Void
    ) {
        self.stream = stream
        self.format = format
        self.sink = sink
        self.isStopped = isStopped
        self.watch = watch
    }

    /// Reads to the end, or until it is stopped.
    ///
    /// - Parameters:
    ///   - labels: the names of the values, where they are known.
    ///   - header: what stands at the beginning of the output already; nil writes it.
    /// - Returns: what was done, why the last line was torn, and the header.
    /// - Throws: `Failure` with the line at fault. The rows before it are in the sink.
    func run(
        labels: RecordLabels?, header: [UInt8]?
    ) throws(Failure) -> (report: ConversionReport, torn: RecordError?, header: [UInt8]) {
        var reader = RecordReader(name: stream.name, labels: labels) { [self] buffer in
            flush()
            watch(progress)
            return try stream.read(into: buffer, isStopped: { isOver })
        }
        do {
            if let labels { try begin(labels, header) }
            while !isStopped(), let next = try reader.next() {
                switch next {
                case .record(let fields):
                    if encoder == nil, let labels = reader.labels { try begin(labels, header) }
                    try write(reader.record, fields)
                case .run(let run):
                    report.events += 1
                    guard let encoder else {
                        try begin(run.labels, header)
                        continue
                    }
                    guard format.makeEncoder(run.labels).header == encoder.header, labels ?? run.labels == run.labels
                    else {
                        throw RecordError(
                            file: stream.name, line: reader.lineNumber,
                            "another run with other values begins here; convert its records by themselves")
                    }
                case .event, .other: report.events += 1
                }
            }
            // Nobody was seen at all: there are no values to name.
            if encoder == nil, !isOver { try begin(RecordLabels(au: [], sides: [], emotions: []), header) }
        } catch {
            flush()
            throw Failure(error)
        }
        flush()
        report.isStopped = isStopped()
        report.isUnread = sink.status.isClosedByReader
        // Who stops in the middle of a line has torn nothing.
        return (report, isOver ? nil : reader.torn, encoder?.header ?? [])
    }

    private var isOver: Bool {
        let status = sink.status
        return isStopped() || status.isClosedByReader || !status.isHealthy
    }

    private var progress: ConversionProgress {
        ConversionProgress(
            records: report.records, bytes: stream.position, size: stream.size,
            elapsed: Double(MonotonicClock.now() - start) * 1e-9)
    }

    /// The names of the values are known: what was held is written.
    private func begin(_ labels: RecordLabels, _ header: [UInt8]?) throws {
        let encoder = format.makeEncoder(labels)
        self.encoder = encoder
        if let header {
            guard header == encoder.header else {
                throw Failure(
                    .usage, "\(stream.name) has other values than the input before it; give --output a folder instead")
            }
        } else {
            line.bytes.append(contentsOf: encoder.header)
        }
        for record in held { try write(record, .all) }
        held = []
    }

    private func write(_ record: FrameRecord, _ fields: RecordFields) throws {
        guard let encoder else {
            guard held.count < Self.heldFrames else {
                throw Failure(
                    .usage,
                    "\(stream.name): no face in the first \(held.count) frames, so that the names of the values are not known; "
                        + "name the run's description with --meta")
            }
            held.append(record)
            return
        }
        _ = encoder.append(record, fields: fields, to: &line.bytes)
        report.records += 1
    }

    private func flush() {
        guard !line.bytes.isEmpty else { return }
        sink.write(line)
        line.bytes.removeAll(keepingCapacity: true)
    }
}

import Platform
import Records
import TestSupport
import Testing

struct RecordReaderTests {
    private static let encoder = JSONLinesEncoder(labels: Samples.labels)

    private func text(_ records: Int) -> [UInt8] {
        (0..<records).flatMap { index in
            var record = Samples.record()
            record.sequence = index
            return Self.encoder.line(record).bytes
        }
    }

    private func sequences(_ reader: inout RecordReader) throws -> [Int] {
        var found: [Int] = []
        while let line = try reader.next() {
            if case .record = line { found.append(reader.record.sequence) }
        }
        return found
    }

    @Test(arguments: [1, 7, 1_000, 1 << 20])
    func linesAreFoundWhateverTheBlocks(block: Int) throws {
        var reader = reader(text(20), block: block)
        #expect(try sequences(&reader) == Array(0..<20))
        #expect(reader.labels == Samples.labels && reader.torn == nil)
    }

    @Test func theEndMayLackItsNewlineAndBlankLinesArePassedOver() throws {
        var reader = reader("\n \r\n".utf8 + text(2).dropLast(), block: 50)
        #expect(try sequences(&reader) == [0, 1])
        #expect(reader.torn == nil)
    }

    @Test func aTornLastLineLosesNothingElse() throws {
        let whole = text(3)
        let last = text(1).count
        for cut in stride(from: 1, to: last - 2, by: 13) {
            var reader = reader(whole.dropLast(cut + 1))
            #expect(try sequences(&reader) == [0, 1])
            let torn = try #require(reader.torn, "\(cut)")
            #expect(torn.line == 3 && torn.description.hasPrefix("door.jsonl:3: "))
        }
    }

    @Test func anyOtherDamageIsAnErrorWithItsPlace() throws {
        var reader = reader(text(1) + "{\"v\":1,\"source\":3}\n".utf8 + text(1))
        _ = try reader.next()
        let error = #expect(throws: RecordError.self) { _ = try reader.next() }
        #expect(error?.description == "door.jsonl:2: 'source' is not a string")
        #expect(error?.exitCode.rawValue == 74)
    }

    @Test func aLineWithoutEndIsBounded() throws {
        var reader = reader(text(1) + Array(repeating: 0x61, count: 100_000), lineLimit: 4_096)
        _ = try reader.next()
        let error = #expect(throws: RecordError.self) { _ = try reader.next() }
        #expect(error?.description == "door.jsonl:2: the line is longer than 4096 bytes: no record is")
    }

    @Test func eventsAndTheRunAreTold() throws {
        let event = EventRecord(.trackStarted, source: "door", pts: 1.5, epoch: 0, time: 0, track: 4)
        var reader = reader(
            Samples.run.line.bytes + event.line.bytes + "{\"v\":1,\"event\":\"status\",\"uptime\":3}\n".utf8 + text(1))
        #expect(try reader.next() == .run(Samples.run))
        #expect(reader.labels == Samples.labels)
        #expect(try reader.next() == .event(event))
        #expect(try reader.next() == .other("status"))
        #expect(try reader.next() == .record(.all))
        #expect(try reader.next() == nil)
    }

    @Test func eventsAndDescriptionsAreWrittenTheSameAfterReading() throws {
        for name in EventRecord.Name.allCases {
            let event = EventRecord(
                name, source: "a\"b", pts: 3.5, epoch: 2, time: 1_795_335_387_066_000, track: 4, count: 5,
                seconds: 1.25,
                reason: "", marker: "m")
            #expect(try EventRecord(line: event.line.bytes) == event)
            #expect(try EventRecord(line: EventRecord(name).line.bytes) == EventRecord(name))
        }
        var run = Samples.run
        for _ in 0..<2 {
            #expect(try RunInfo(text: run.sidecar, file: "x") == run)
            #expect(try RunInfo(text: run.sidecar, file: "x").sidecar == run.sidecar)
            #expect(try RunInfo(text: run.line.bytes, file: "x").line.bytes == run.line.bytes)
            run.started = nil
            run.format = "csv"
            run.settings = [.init("faces", "8")]
            run.completion = .init(records: 1, frames: 2, damaged: 3, bytes: 4, inputBytes: 5, inputModified: -6)
        }
        let error = #expect(throws: RecordError.self) {
            try RunInfo(text: Array(#"{"v":1,"model":3}"#.utf8), file: "x.meta.json")
        }
        #expect(error?.description.hasPrefix("x.meta.json: 'model' is 3") == true)
    }

    /// Every line that is written for the sample is read and written again without a change.
    @Test func aLongStreamNeedsTheMemoryOfOneLine() throws {
        var reader = reader(text(5_000), block: 100_000)
        var count = 0
        var line = EncodedLine()
        var bytes = 0
        while case .record(let fields)? = try reader.next() {
            Self.encoder.encode(reader.record, fields: fields, into: &line)
            bytes += line.bytes.count
            count += 1
        }
        #expect(count == 5_000 && bytes == text(5_000).count)
    }
}

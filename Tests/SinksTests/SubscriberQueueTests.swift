import JSON
import Records
import Sinks
import TestSupport
import Testing

struct SubscriberQueueTests {
    private let encoder = JSONLinesEncoder(labels: RecordLabels(au: [], sides: [], emotions: []))

    private func record(_ sequence: Int, source: String = "door", dropped: Int = 0) -> EncodedLine {
        encoder.line(
            FrameRecord(
                source: source, sequence: sequence, pts: 0, epoch: 0, time: nil, dropped: dropped, width: 1, height: 1,
                faces: []))
    }

    /// Takes everything out, at most `piece` bytes in a call, and reads it.
    private func drain(_ queue: inout SubscriberQueue, piece: Int = .max) throws -> [JSONValue] {
        var bytes: [UInt8] = []
        while !queue.isEmpty {
            _ = queue.drain(limit: .max) { rest in
                let count = min(piece, rest.count)
                bytes += rest[..<count]
                return count
            }
        }
        #expect(queue.bytes == 0)
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
    }

    @Test(arguments: [1, 3, 7, 1_000]) func linesComeOutWholeAndInOrderHoweverTheyAreSent(piece: Int) throws {
        var queue = SubscriberQueue(capacity: 10_000)
        for sequence in 0..<10 { #expect(told { queue.push(record(sequence)) }) }
        let lines = try drain(&queue, piece: piece)
        #expect(lines.map { $0["seq"]?.integer } == Array(0..<10))
        #expect(lines.allSatisfy { $0["dropped"] == .number(0) })
    }

    @Test func aFullQueueGivesUpTheOldestAndTheNextRecordTells() throws {
        let size = record(0).bytes.count
        var queue = SubscriberQueue(capacity: 3 * size)
        for sequence in 0..<3 { #expect(told { queue.push(record(sequence)) }) }
        #expect(!told { queue.push(record(3, dropped: 5)) })
        #expect(!told { queue.push(record(4)) })
        #expect(queue.bytes == 3 * size && queue.lost == 2)
        let lines = try drain(&queue)
        #expect(lines.map { $0["seq"]?.integer } == [2, 3, 4])
        #expect(lines.map { $0["dropped"]?.integer } == [2, 5, 0])
    }

    @Test func framesLostBeforeALostRecordAreToldToo() throws {
        var queue = SubscriberQueue(capacity: record(0).bytes.count)
        queue.push(record(0, dropped: 4))
        queue.push(record(1, dropped: 2))
        #expect(try drain(&queue).map { $0["dropped"]?.integer } == [7])
    }

    @Test func lossesAreToldForEachSourceByItself() throws {
        var queue = SubscriberQueue(capacity: 2 * record(0).bytes.count)
        queue.push(record(0))
        queue.push(record(1))
        queue.push(record(0, source: "gate"))
        queue.push(record(2))
        let lines = try drain(&queue)
        #expect(lines.map { $0["source"]?.string } == ["gate", "door"])
        #expect(lines.map { $0["dropped"]?.integer } == [0, 2])
    }

    @Test func aLineThatIsBeingSentIsFinished() throws {
        let size = record(0).bytes.count
        var queue = SubscriberQueue(capacity: size)
        queue.push(record(0))
        var bytes: [UInt8] = []
        _ = queue.drain(limit: .max) { rest in
            bytes += rest[..<10]
            return 10
        }
        for sequence in 1..<5 { queue.push(record(sequence)) }
        _ = queue.drain(limit: .max) { rest in
            bytes += rest
            return rest.count
        }
        let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
        #expect(lines.map { $0["seq"]?.integer } == [0, 4])
        #expect(lines.map { $0["dropped"]?.integer } == [0, 3])
    }

    @Test func eventsOutliveRecordsAndTheirLossIsTold() throws {
        var queue = SubscriberQueue(capacity: record(49).bytes.count)
        queue.push(EventRecord(.marker, marker: "a").line)
        for sequence in 0..<50 { queue.push(record(sequence)) }
        queue.push(EventRecord(.marker, marker: "b").line)
        let lines = try drain(&queue)
        #expect(lines.map { $0["marker"]?.string ?? "record \($0["seq"]!.integer!)" } == ["a", "record 49", "b"])
        let event = EventRecord(.marker, marker: String(repeating: "m", count: 200)).line
        let fitting = SubscriberQueue.eventCapacity / event.bytes.count
        for _ in 0..<fitting + 3 { queue.push(event) }
        let told = try drain(&queue)
        #expect(told.first?["event"]?.string == "dropped" && told.first?["count"]?.integer == 3)
        #expect(told.count == fitting + 1)
    }

    @Test func theLastLineFollowsTheOneThatWasBegun() throws {
        var queue = SubscriberQueue(capacity: 10_000)
        for sequence in 0..<5 { queue.push(record(sequence)) }
        var bytes: [UInt8] = []
        _ = queue.drain(limit: .max) { rest in
            bytes += rest[..<5]
            return 5
        }
        queue.conclude(with: EventRecord(.closed, reason: "over").line)
        _ = queue.drain(limit: .max) { rest in
            bytes += rest
            return rest.count
        }
        let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
        #expect(lines.count == 2 && lines[0]["seq"]?.integer == 0 && lines[1]["reason"]?.string == "over")
        #expect(queue.isEmpty)
    }

    /// However lines come and go: numbers given plus numbers told as lost are all numbers.
    @Test(arguments: 1...20) func everyFrameIsEitherGivenOrToldAsLost(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var queue = SubscriberQueue(capacity: Int.random(in: 50...2_000, using: &generator))
        var bytes: [UInt8] = []
        var frames = 0
        for sequence in 0..<2_000 {
            let dropped = Int.random(in: 0...20, using: &generator) == 0 ? Int.random(in: 1...9, using: &generator) : 0
            frames += 1 + dropped
            let line = record(sequence, dropped: dropped)
            if Int.random(in: 0...9, using: &generator) == 0 {
                queue.skip(line)
                frames -= 1
            } else {
                queue.push(line)
            }
            var room = Int.random(in: 0...120, using: &generator)
            _ = queue.drain(limit: .max) { rest in
                let count = min(room, rest.count)
                room -= count
                bytes += rest[..<count]
                return count
            }
        }
        queue.push(record(2_000))
        _ = queue.drain(limit: .max) { rest in
            bytes += rest
            return rest.count
        }
        let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
        #expect(lines.reduce(0) { $0 + 1 + $1["dropped"]!.integer! } == frames + 1)
    }
}

/// Calls a mutating method where `#expect` would take the expression apart and try it on a constant.
func told<Result>(_ body: () -> Result) -> Result {
    body()
}

import DequeModule
package import Records

/// The lines that wait for one subscriber, bounded in bytes.
///
/// A full queue gives up its oldest records: what is fresh is worth more. The record after such a gap tells how many
/// frames are missing. Events are few and cannot be told by a number, so they have room of their own.
package struct SubscriberQueue: Sendable {
    /// Bytes of events that may wait beside the records.
    package static let eventCapacity = 64 << 10

    private let capacity: Int
    private var lines: Deque<EncodedLine> = []
    private var recordBytes = 0
    private var eventBytes = 0
    /// The line that is being sent, and how much of it has gone.
    private var head: [UInt8] = []
    private var sent = 0
    /// Frames that the next record of each source must own up to.
    private var missing: [String: Int] = [:]
    private var missingEvents = 0
    /// Records and events given up since the beginning.
    package private(set) var lost = 0

    /// - Parameter capacity: bytes of records that may wait. A longer line is lost.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Bytes that wait.
    package var bytes: Int {
        recordBytes + eventBytes + head.count - sent
    }

    package var isEmpty: Bool {
        lines.isEmpty && sent == head.count && missingEvents == 0
    }

    /// Adds a line behind the others.
    ///
    /// - Returns: false if something had to be given up for it.
    @discardableResult
    package mutating func push(_ line: EncodedLine) -> Bool {
        let before = lost
        lines.append(line)
        switch line.kind {
        case .record: recordBytes += line.bytes.count
        case .event: eventBytes += line.bytes.count
        }
        while recordBytes > capacity { giveUpOldest(.record) }
        while eventBytes > SubscriberQueue.eventCapacity { giveUpOldest(.event) }
        return lost == before
    }

    /// Passes over a record that the subscriber does not want; frames lost before it are told with the next one.
    package mutating func skip(_ line: EncodedLine) {
        if line.dropped > 0, let source = line.source { missing[source, default: 0] += line.dropped }
    }

    /// Forgets the lines that were not begun, and puts a last one behind the one that was.
    package mutating func conclude(with line: EncodedLine) {
        lines.removeAll()
        recordBytes = 0
        eventBytes = 0
        missingEvents = 0
        missing.removeAll()
        push(line)
    }

    /// Hands out what is to be sent next.
    ///
    /// - Parameter send: is given the rest of a line and returns how many bytes of it have gone; fewer than given ends
    ///   the call.
    /// - Returns: how many bytes have gone altogether.
    package mutating func drain(limit: Int, _ send: (UnsafeRawBufferPointer) -> Int) -> Int {
        var total = 0
        while total < limit {
            if sent == head.count && !begin() { break }
            let rest = head.count - sent
            let count = head.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            sent += count
            total += count
            if count < rest { break }
        }
        return total
    }

    /// Takes the next line to send it.
    private mutating func begin() -> Bool {
        sent = 0
        if missingEvents > 0 {
            head = EventRecord(.dropped, count: missingEvents, reason: "events that were not read in time").line.bytes
            missingEvents = 0
            return true
        }
        guard let line = lines.popFirst() else {
            head = []
            return false
        }
        switch line.kind {
        case .event:
            eventBytes -= line.bytes.count
            head = line.bytes
        case .record:
            recordBytes -= line.bytes.count
            let more = line.source.flatMap { missing.removeValue(forKey: $0) } ?? 0
            head = more > 0 ? line.addingDropped(more).bytes : line.bytes
        }
        return true
    }

    private mutating func giveUpOldest(_ kind: EncodedLine.Kind) {
        // Records are nearly always in front: only events, which are few, can stand before them.
        guard let index = lines.firstIndex(where: { $0.kind == kind }) else { return }
        let line = lines.remove(at: index)
        lost += 1
        switch kind {
        case .record:
            recordBytes -= line.bytes.count
            if let source = line.source { missing[source, default: 0] += 1 + line.dropped }
        case .event:
            eventBytes -= line.bytes.count
            missingEvents += 1
        }
    }
}

import Glibc
import Logging
import Media
import Pipeline
import Records
import Service
import Synchronization
import Testing

/// Everything that supervised sources give.
final class Journal: Sendable {
    struct Book {
        var frames: [VideoFrame.Timing] = []
        var arrivals: [Int64] = []
        var events: [EventRecord] = []
        var lines: [String] = []
    }

    private let book = Mutex(Book())

    var frames: [VideoFrame.Timing] { book.withLock { $0.frames } }
    var events: [EventRecord] { book.withLock { $0.events } }

    /// All that was logged and told, as text.
    var text: String {
        book.withLock { book in
            (book.lines + book.events.map { String(decoding: $0.line.bytes, as: UTF8.self) }).joined(separator: "\n")
        }
    }

    var handlers: SourceHandlers {
        SourceHandlers(
            connected: { _ in
                Taker { frame in
                    self.book.withLock { $0.frames.append(frame.timing) }
                    return true
                }
            },
            event: { event in self.book.withLock { $0.events.append(event) } })
    }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(journal: self) }
    }

    func add(line: String) { book.withLock { $0.lines.append(line) } }

    func wait(seconds: Int = 90, _ condition: (Book) -> Bool) throws {
        for _ in 0..<(seconds * 50) {
            if condition(book.withLock { $0 }) { return }
            usleep(20_000)
        }
        Issue.record("nothing came: \(book.withLock { "\($0.frames.count) frames, \($0.events), \($0.lines)" })")
        throw CancellationError()
    }

    func waitForFrames(_ count: Int) throws { try wait { $0.frames.count >= count } }

    /// Time goes forward within each epoch, and epochs go up by one.
    func expectOrder(sourceLocation: SourceLocation = #_sourceLocation) {
        let frames = frames
        for (a, b) in zip(frames, frames.dropFirst()) {
            let isOrdered = a.epoch == b.epoch ? a.pts <= b.pts : b.epoch == a.epoch + 1
            #expect(isOrdered, "\(a) before \(b)", sourceLocation: sourceLocation)
        }
    }

    private struct Handler: LogHandler {
        let journal: Journal
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(journal: Journal) { self.journal = journal }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            journal.add(line: "\(event.level) \(metadata) \(event.message)")
        }
    }
}

/// Takes frames by a closure.
struct Taker: FrameTaking {
    let isOpen = true
    let thinning = MediaSource.Thinning.all
    let take: (VideoFrame) -> Bool

    init(_ take: @escaping (VideoFrame) -> Bool) { self.take = take }

    func push(_ frame: VideoFrame) -> Bool { take(frame) }
    func note(lost: FrameLoss) {}
}

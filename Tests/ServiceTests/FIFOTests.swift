import Glibc
import Media
import Service
import SystemPackage
import TestSupport
import Testing

/// FIFOs as sources: their writers come, go, and say nothing.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FIFOTests {
    private let journal = Journal()
    private let folder: TemporaryFolder
    private let fifo: String

    init() throws {
        folder = try TemporaryFolder()
        fifo = folder.path.appending("f").string
        try #require(mkfifo(fifo, 0o600) == 0)
    }

    private func started() -> SupervisedSource {
        let source = SupervisedSource(
            name: "pipe", url: fifo, options: MediaOptions(), ladder: ReconnectLadder(shortest: .milliseconds(20)),
            handlers: journal.handlers, logger: journal.logger)
        source.start()
        return source
    }

    private func expectPromptStop(_ source: SupervisedSource) {
        let start = ContinuousClock.now
        source.stop()
        #expect(source.wait(atMost: .seconds(5)))
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(source.status.heldThreads == 0)
        journal.expectOrder()
    }

    /// Writes a second of video, 25 frames.
    private func clip() throws -> String {
        let clip = folder.path.appending("a.ts").string
        try Command.run(
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=1",
            "-c:v", "libx264", "-f", "mpegts", clip)
        return clip
    }

    @Test func aFIFOsNextWriterIsAwaited() throws {
        let clip = try clip()
        let source = started()
        for writer in 1...2 {
            // In real time, so that the writer is there for as long as it is read.
            try Command.run(
                "sh", "-c",
                "ffmpeg -nostdin -loglevel error -re -i \(clip) -c copy -f mpegts -flush_packets 1 - > \(fifo)")
            try journal.waitForFrames(25 * writer)
        }
        try journal.wait { $0.frames.last?.epoch == 1 }
        // Nobody writes: the wait ends all the same.
        usleep(300_000)
        expectPromptStop(source)
    }

    @Test func whatAWriterThatHasGoneWroteIsRead() throws {
        let clip = try clip()
        let source = started()
        for writer in 1...3 {
            // All of it fits into the pipe: the writer is gone within a millisecond.
            try Command.run("sh", "-c", "cat \(clip) > \(fifo)")
            try journal.waitForFrames(25 * writer)
        }
        #expect(journal.frames.last?.epoch == 2)
        expectPromptStop(source)
    }

    @Test(arguments: [0, 1, 2_000]) func aWriterThatFallsSilentHoldsNoThread(bytes: Int) throws {
        let clip = try clip()
        let source = started()
        let descriptor = open(fifo, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        try Command.run("sh", "-c", "head -c \(bytes) \(clip) > \(fifo)")
        usleep(300_000)
        expectPromptStop(source)
    }
}

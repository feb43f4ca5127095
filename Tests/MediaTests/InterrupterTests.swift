import Media
import TestSupport
import Testing

/// A stop is for ever.
@Suite(.timeLimit(.minutes(30))) struct InterrupterTests {
    @Test func closingASourceDoesNotUndoAStop() throws {
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 0.4, ["-c:v", "libx264"])
        let interrupter = Interrupter()
        var source: MediaSource? = try MediaSource(file, interrupter: interrupter)
        #expect(try source?.next() != nil)
        interrupter.interrupt()
        source = nil
        #expect(interrupter.isStopped)
        let error = #expect(throws: MediaError.self) { try MediaSource(file, interrupter: interrupter) }
        #expect(error?.code == .interrupted)
    }

    @Test func aFailedOpeningLeavesNoDeadlineBehind() throws {
        let interrupter = Interrupter()
        #expect(throws: MediaError.self) { try MediaSource("/nonexistent/file.mp4", interrupter: interrupter) }
        let clips = try Clips()
        let file = try clips.make("a.mp4", seconds: 0.4, ["-c:v", "libx264"])
        #expect(try frames(MediaSource(file, interrupter: interrupter)).count == 10)
    }
}

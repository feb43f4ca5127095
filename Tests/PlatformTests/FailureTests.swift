import FaceTracking
import Media
import Platform
import Sinks
import SystemPackage
import Testing

struct FailureTests {
    @Test(arguments: [
        (MediaError.Code.notFound, Failure.Code.noInput), (.cannotOpen, .badInput), (.noVideo, .badInput),
        (.badOption, .usage), (.readFailed, .inputOutput), (.timedOut, .unavailable), (.interrupted, .interrupted),
    ])
    func mediaErrorsHaveTheirCodes(error: MediaError.Code, code: Failure.Code) {
        let failure = Failure(MediaError(error, source: "clip.mp4", reason: "so it is"))
        #expect(failure.code == code)
        #expect(failure.message == "clip.mp4: so it is")
    }

    @Test func anOutputThatCannotBeMadeIsTold() {
        let failure = Failure(SinkError.cannotOpen("/nowhere/x.jsonl", .noSuchFileOrDirectory))
        #expect(failure.code == .cannotCreate)
        #expect(failure.message.contains("/nowhere/x.jsonl"))
    }

    @Test func aFailureStaysWhatItIs() {
        #expect(Failure(Failure(.usage, "no") as any Error) == Failure(.usage, "no"))
    }

    @Test func passwordsAreNotInMessages() {
        let error = MediaError(
            .timedOut, source: "rtsp://user:hunter2@camera/live", reason: "nothing from rtsp://user:hunter2@camera")
        #expect(!Failure(error).message.contains("hunter2"))
    }
}

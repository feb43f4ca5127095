import Glibc
import Imaging
import Media
import Platform
import SystemPackage
import TestSupport
import Testing

/// The whole way through libavdevice, with a webcam that is played by a library loaded before the C library
/// (`Tests/Peers/fake_camera.c`). Each test runs in a process of its own, since only a new process can load it.
@Suite(.serialized, .timeLimit(.minutes(30))) final class LiveCameraTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let library = folder.path.appending("fake_camera.so").string
        let source = Paths.package.appending("Tests/Peers/fake_camera.c").string
        try Command.run("clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl")
        let frame = folder.path.appending("frame.jpg").string
        try Command.run(
            Clips.quiet + ["-f", "lavfi", "-i", "testsrc2=size=640x480", "-frames:v", "1", "-update", "1", frame])
        setenv("LD_PRELOAD", library, 1)
        setenv("NF_CAMERA_JPEG", frame, 1)
    }

    deinit {
        unsetenv("LD_PRELOAD")
        unsetenv("NF_CAMERA_JPEG")
    }

    @Test func framesComeInTheFormatSizeAndRateThatWereAskedFor() async {
        await #expect(processExitsWith: .success) {
            var options = quick()
            options.device = .init(inputFormat: "yuyv422", width: 320, height: 240, rate: 50)
            let source = try MediaSource("v4l2:/nf-camera/ok", options: options)
            let frames = try take(50, from: source)
            demand(frames.count == 50 && frames.allSatisfy { $0.width == 320 && $0.height == 240 }, "size")
            demand(source.info.isLive && source.info.pixelFormat == "yuyv422", "\(source.info)")
            let steps = zip(frames, frames.dropFirst()).map { $1.pts - $0.pts }.sorted()
            demand(steps.allSatisfy { $0 > 0 } && abs(steps[25] - 0.02) < 0.015, "\(steps)")
            demand(frames[0].pts == 0 && frames.allSatisfy { !$0.estimated && $0.epoch == 0 }, "times")
            let delays = frames.map { MonotonicClock.wallMicroseconds() - ($0.time ?? 0) }
            demand(delays.allSatisfy { $0 >= 0 && $0 < 20_000_000 }, "\(delays)")
        }
    }

    @Test func motionJPEGIsDecoded() async {
        await #expect(processExitsWith: .success) {
            var options = quick()
            options.device = .init(inputFormat: "mjpeg", width: 640, height: 480, rate: 15)
            let source = try MediaSource("v4l2:/nf-camera/ok", options: options)
            let frames = try take(10, from: source)
            demand(frames.count == 10 && source.info.codec == "mjpeg", "\(source.info)")
            demand(frames.allSatisfy { $0.isKey && $0.width == 640 && $0.image.fullRange }, "frames")
        }
    }

    @Test func whatTheDriverPrefersIsTakenWhenNothingIsAskedFor() async {
        await #expect(processExitsWith: .success) {
            let source = try MediaSource("v4l2:/nf-camera/ok", options: quick())
            demand(try take(3, from: source).allSatisfy { $0.width == 640 && $0.height == 480 }, "\(source.info)")
        }
    }

    @Test(arguments: ["busy", "taken"]) func aCameraThatAnotherProgramUsesIsSaidToBe(kind: String) async {
        await #expect(processExitsWith: .success) { [kind] in
            let attempt = Attempt("v4l2:/nf-camera/\(kind)")
            demand(
                attempt.error?.code == .busy && attempt.duration < .seconds(3), "\(String(describing: attempt.error))")
            demand(attempt.error?.reason == "another program uses this camera", "words")
        }
    }

    @Test func aNodeThatGivesNoFramesIsSaidToBeNone() async {
        await #expect(processExitsWith: .success) {
            let attempt = Attempt("v4l2:/nf-camera/metadata")
            demand(attempt.error?.code == .notFound || attempt.error?.code == .cannotOpen, "\(attempt)")
        }
    }

    @Test func aCameraThatFallsSilentDoesNotHoldItsThread() async {
        await #expect(processExitsWith: .success) {
            let attempt = Attempt("v4l2:/nf-camera/silent")
            demand(attempt.error?.code == .timedOut && attempt.duration < .seconds(12), "\(attempt)")
            let interrupter = Interrupter()
            after(milliseconds: 1000) { interrupter.interrupt() }
            var options = MediaOptions()
            options.deadlines = .init(open: .seconds(60), firstFrame: .seconds(60), stall: .seconds(60))
            let stopped = Attempt("v4l2:/nf-camera/silent", options, interrupter: interrupter)
            demand(stopped.error?.code == .interrupted && stopped.duration < .seconds(8), "\(stopped)")
        }
    }

    @Test func aCameraThatIsPulledOutIsGoneAtOnce() async {
        await #expect(processExitsWith: .success) {
            let attempt = Attempt("v4l2:/nf-camera/unplug")
            demand(attempt.frames.count == 10 && attempt.error?.code == .readFailed, "\(attempt)")
            demand(attempt.error?.reason.contains("the camera is gone") == true, "\(attempt)")
            demand(attempt.duration < .seconds(8), "\(attempt.duration)")
        }
    }
}

/// Ends the process with a word when something is not so.
private func demand(_ condition: Bool, _ words: @autoclosure () -> String, line: Int = #line) {
    if condition { return }
    let text = "line \(line): \(words())\n"
    _ = write(2, text, text.utf8.count)
    exit(1)
}

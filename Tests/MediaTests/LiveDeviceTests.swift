import Media
import Platform
import SystemPackage
import TestSupport
import Testing

/// Cameras that are none. A real one cannot be had here.
@Suite(.timeLimit(.minutes(30))) struct LiveDeviceTests {
    @Test(arguments: ["/dev/video0", "/dev/v4l/by-id/usb-046d_C920-video-index0", "/dev/webcam", "v4l2:/run/door"])
    func camerasAreKnownByTheirPaths(path: String) {
        let location = MediaLocation(path)
        #expect(location.kind == .device && location.isLive)
        #expect(path.hasSuffix(location.url))
    }

    @Test(arguments: ["/dev/shm/clip.mp4", "/dev/stdin", "/dev/fd/3", "dev/video0", "/home/dev/video0"])
    func filesAreNoCameras(path: String) {
        #expect(MediaLocation(path).kind == .file)
    }

    @Test func aCameraThatIsNotThereIsNotFound() {
        let attempt = Attempt("/dev/video98")
        #expect(attempt.error?.code == .notFound && attempt.duration < .seconds(3))
        #expect(attempt.error?.description == "/dev/video98: cannot open: No such file or directory")
    }

    @Test(arguments: ["/dev/null", "/dev/zero", "v4l2:/etc/hostname"]) func whatIsNoCameraIsSaidToBeNone(path: String) {
        let attempt = Attempt(path)
        #expect(attempt.error?.code == .cannotOpen && attempt.duration < .seconds(3))
        #expect(attempt.error?.description.contains("not a camera") == true, "\(String(describing: attempt.error))")
    }
}

internal import Glibc
internal import Media

/// What the machine has for video.
public enum MachineFacts {
    /// FFmpeg's own name of the release.
    public static var libavRelease: String { LibavVersions.release }

    /// The decoders that recordings and cameras commonly need and that libav was built without.
    public static var missingDecoders: [String] {
        let wanted: [String] = ["h264", "hevc", "vp9", "mjpeg", "png"]
        let hasAV1 = ["libdav1d", "libaom-av1", "av1"].contains(where: LibavVersions.hasDecoder)
        return wanted.filter { !LibavVersions.hasDecoder($0) } + (hasAV1 ? [] : ["av1"])
    }

    /// What keeps every camera from being used, whoever may open it.
    public static var cameraProblem: String? { LibavDevices.problem }

    /// The V4L2 devices there are, and those of them that this process may not open.
    public static var cameras: (devices: [String], locked: [String]) {
        let devices: [String] = (0..<64).map { "/dev/video\($0)" }.filter { access($0, F_OK) == 0 }
        return (devices, devices.filter { access($0, R_OK | W_OK) != 0 })
    }
}

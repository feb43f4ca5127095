internal import CFFmpeg

/// The versions of libav that the program runs with, which may be newer than those it was built with.
public enum LibavVersions {
    /// Library names and versions, `("libavformat", "59.27.100")`.
    public static let all: [(name: String, version: String)] = [
        ("libavformat", text(avformat_version())), ("libavcodec", text(avcodec_version())),
        ("libavutil", text(avutil_version())), ("libswscale", text(swscale_version())),
    ]

    /// FFmpeg's own name of the release, such as `5.1.6-0+deb12u1`.
    public static var release: String { String(cString: av_version_info()) }

    /// Whether libav was built with a decoder, `h264`.
    public static func hasDecoder(_ name: String) -> Bool { avcodec_find_decoder_by_name(name) != nil }

    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 0xff).\(version & 0xff)"
    }
}

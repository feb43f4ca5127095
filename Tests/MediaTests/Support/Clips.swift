import Glibc
import Imaging
import Media
import SystemPackage
import TestSupport

/// Makes clips with ffmpeg and tells what ffmpeg and ffprobe themselves see in them.
struct Clips {
    static let quiet = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { folder.path.appending(name).string }

    /// A clip of the moving test frame.
    ///
    /// - Parameters:
    ///   - name: file name; its extension chooses the container.
    ///   - size: width x height.
    ///   - arguments: ffmpeg's output options: codec, pixel format, ...
    func make(
        _ name: String, size: String = "160x120", rate: String = "25", seconds: Double = 1.2, _ arguments: [String]
    ) throws -> String {
        // The test frame itself comes in even sizes only.
        let sides = size.split(separator: "x").compactMap { Int($0) }
        let source =
            "testsrc2=size=\(sides[0] + 2)x\(sides[1] + 2):rate=\(rate):duration=\(seconds),format=rgb24"
            + ",crop=\(sides[0]):\(sides[1]):0:0"
        try Command.run(Self.quiet + ["-f", "lavfi", "-i", source] + arguments + [path(name)])
        return path(name)
    }

    /// The number of frames that ffprobe decodes.
    static func frameCount(_ file: String) throws -> Int {
        let output = try Command.run(
            "ffprobe", "-v", "quiet", "-count_frames", "-select_streams", "v:0", "-show_entries",
            "stream=nb_read_frames",
            "-of", "csv=p=0", file)
        let text = String(decoding: output, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// The frames' times as ffprobe tells them; nil for a frame without one.
    static func times(_ file: String) throws -> [Double?] {
        let output = try Command.run(
            "ffprobe", "-v", "quiet", "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time",
            "-of",
            "csv=p=0", file)
        return String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).map {
            Double($0.prefix { $0 != "," })
        }
    }

    /// All frames as ffmpeg decodes them, one after the other, planes without padding.
    static func pixels(_ file: String, format: String, filter: String? = nil) throws -> [UInt8] {
        try Command.run(
            quiet + ["-i", file] + (filter.map { ["-vf", $0] } ?? [])
                + ["-map", "0:V:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", format, "pipe:1"])
    }
}

/// A frame's bytes, without padding, as ffmpeg writes I420 or grey.
func packed(_ image: PlanarImage) -> [UInt8] {
    defer { withExtendedLifetime(image) {} }
    var bytes: [UInt8] = []
    for row in 0..<image.height {
        bytes += UnsafeBufferPointer(start: image.y + row * image.yStride, count: image.width)
    }
    for plane in [image.u, image.v].compactMap({ $0 }) {
        for row in 0..<(image.height + 1) / 2 {
            for column in 0..<(image.width + 1) / 2 {
                bytes.append(plane[row * image.chromaStride + column * image.chromaStep])
            }
        }
    }
    return bytes
}

/// Everything that a source gives.
func frames(_ source: MediaSource) throws -> [VideoFrame] {
    var frames: [VideoFrame] = []
    while let frame = try source.next() { frames.append(frame) }
    return frames
}

/// Peak signal-to-noise ratio in decibels; infinity for equal bytes.
func psnr(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Double {
    guard a.count == b.count, !a.isEmpty else { return -.infinity }
    let sum = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    return sum == 0 ? .infinity : 10 * log10(255 * 255 / (sum / Double(a.count)))
}

/// Where two rows of bytes part first; nil when they are equal. (Comparing them in `#expect` would print them.)
func firstDifference(_ a: [UInt8], _ b: [UInt8]) -> Int? {
    if a == b { return nil }
    return zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
}

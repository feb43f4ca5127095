import Glibc
import JSON
import Records
import SystemPackage
import TestSupport

/// The built program, and what it needs.
enum Norface {
    /// The program beside the tests, or that of the environment.
    static let executable: FilePath = {
        if let path = getenv("NORFACE_TEST_PROGRAM") { return FilePath(String(cString: path)) }
        let path = realpath("/proc/self/exe", nil)
        defer { free(path) }
        let own = path.map { FilePath(String(cString: $0)) } ?? ""
        return own.removingLastComponent().appending("norface")
    }()

    /// The bundle that is shipped, or that of the environment.
    static let bundle =
        getenv("NORFACE_TEST_BUNDLE").map { FilePath(String(cString: $0)) }
        ?? Paths.package.appending("Models/norface-s")

    /// Whether program, networks and bundle are there.
    static let isReady =
        access(executable.string, X_OK) == 0 && access(bundle.appending("bundle.json").string, R_OK) == 0
        && access(Paths.package.appending("Models/front-end/face_landmark.tflite").string, R_OK) == 0

    static let comment = "needs Models/norface-s and the fetched front end, and ffmpeg"

    /// What a run left behind.
    struct Run {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs the program to its end.
    ///
    /// - Parameter environment: variables beside those of the tests, as `NAME=value`.
    static func run(_ arguments: [String], environment: [String] = []) throws -> Run {
        let folder = try TemporaryFolder()
        let (output, errors) = (folder.path.appending("out"), folder.path.appending("err"))
        let child = try Child(
            ["env"] + environment + [executable.string] + arguments, standardOutput: output, standardError: errors)
        let status = child.wait()
        return Run(
            status: status, output: String(decoding: try File.read(output), as: UTF8.self),
            errors: String(decoding: try File.read(errors), as: UTF8.self))
    }

    /// Runs `norface analyze` with the bundle.
    static func analyze(_ arguments: String...) throws -> Run { try analyze(arguments) }

    /// Runs `norface analyze` with the bundle.
    static func analyze(_ arguments: [String]) throws -> Run {
        try run(["analyze", "--bundle", bundle.string] + arguments)
    }

    /// Starts `norface analyze` with the bundle.
    static func start(_ arguments: String..., errors: FilePath = "/dev/null") throws -> Child {
        try Child([executable.string, "analyze", "--bundle", bundle.string] + arguments, standardError: errors)
    }
}

/// Clips cut from our sample, made once.
enum Clips {
    static let folder = try! TemporaryFolder()

    /// The sample that is shipped.
    static let sample = Paths.fixtures.appending("sample.mp4")
    /// One second, 25 frames.
    static let short = cut("short.mp4", ["-t", "1"])
    /// Nine frames whose times are not even.
    static let uneven = cut(
        "uneven.mkv",
        [
            "-t", "1", "-vf", "select='eq(n,0)+eq(n,1)+eq(n,3)+eq(n,4)+eq(n,9)+eq(n,10)+eq(n,17)+eq(n,20)+eq(n,24)'",
            "-vsync", "vfr",
        ])
    /// The whole sample, four times: long enough for progress to be shown.
    static let several = repeated("several.mp4", times: 3)
    /// The whole sample, many times over: long enough to be interrupted.
    static let long = repeated("long.mp4", times: 30)

    private static func cut(_ name: String, _ options: [String]) -> FilePath {
        let path = folder.path.appending(name)
        let sample = Paths.fixtures.appending("sample.mp4").string
        try! Command.run(
            ["ffmpeg", "-v", "error", "-y", "-i", sample] + options + [
                "-an", "-c:v", "libx264", "-preset", "ultrafast", path.string,
            ])
        return path
    }

    private static func repeated(_ name: String, times: Int) -> FilePath {
        let path = folder.path.appending(name)
        let sample = Paths.fixtures.appending("sample.mp4").string
        try! Command.run(
            "ffmpeg", "-v", "error", "-y", "-stream_loop", "\(times)", "-i", sample, "-c", "copy", path.string)
        return path
    }
}

/// Records as they were written.
struct Lines {
    let records: [JSONValue]

    /// Reads JSON Lines; the last line must be whole.
    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty ?? true else { throw Unfinished() }
        records = try lines.map { try JSONValue(parsing: $0.utf8) }
    }

    /// Reads a file.
    init(file: FilePath) throws {
        try self.init(String(decoding: try File.read(file), as: UTF8.self))
    }

    struct Unfinished: Error {}

    var times: [Double] { records.compactMap { $0["pts"]?.number } }
    var baselines: [String] {
        records.flatMap { $0["faces"]?.array ?? [] }.compactMap { $0["baseline"]?.string }
    }
}

import Glibc
import JSON
import Records
import SystemPackage
import TestSupport
import Testing

/// The programs as they were built with these tests.
enum Programs {
    static let folder: FilePath = {
        // On Linux the tests are a program of their own, beside the others.
        guard let path = realpath("/proc/self/exe", nil) else { return Paths.package.appending(".build/debug") }
        defer { free(path) }
        return FilePath(String(cString: path)).removingLastComponent()
    }()

    static let norface = folder.appending("norface").string
    static let norfaced = folder.appending("norfaced").string

    /// The front end's networks are fetched, not committed.
    static let hasModels = access(Paths.package.appending("Models/front-end/face_landmark.tflite").string, R_OK) == 0
    static let absence = "Models/front-end is not there: `norface models fetch` puts it there"

    static let models = """
        models:
          front_end: \(Paths.package.appending("Models/front-end"))
          bundle: \(Paths.fixtures.appending("daemon-bundle"))
        """
    static let clip = Paths.fixtures.appending("sample.mp4").string
}

/// A daemon in a folder of its own, started as a service manager would.
final class RunningDaemon {
    let folder: TemporaryFolder
    let child: Child
    let manager: NotifySocket

    var socket: String { folder.path.appending("s.sock").string }
    var http: String { folder.path.appending("h.sock").string }
    var config: FilePath { folder.path.appending("norfaced.yaml") }
    var log: String { String(decoding: (try? File.read(folder.path.appending("log"))) ?? [], as: UTF8.self) }

    /// Writes the configuration and starts.
    ///
    /// - Parameters:
    ///   - body: the configuration below models and limits, and http where it has none of its own, with `FOLDER` for the daemon's folder.
    ///   - prefix: a program, with its arguments, that starts the daemon.
    ///   - arguments: more for the daemon.
    init(
        _ body: String, environment: [String] = [], prefix: [String] = [], folder: TemporaryFolder? = nil,
        arguments: [String] = [], waits: Bool = true
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        let path = self.folder.path
        manager = try NotifySocket(path.appending("notify-\(UInt32.random(in: 0 ... .max))").string)
        try File.write(Self.text(body, path).utf8, to: path.appending("norfaced.yaml"))
        child = try Child(
            ["env", "NOTIFY_SOCKET=\(manager.address)"] + environment + prefix
                + [Programs.norfaced, "run", "--config", path.appending("norfaced.yaml").string] + arguments,
            standardOutput: path.appending("out"), standardError: path.appending("log"))
        if waits {
            guard manager.waitFor("READY=1", seconds: 90) else {
                throw NotReady(description: "the daemon is not ready: \(log)")
            }
        }
    }

    static func text(_ body: String, _ path: FilePath) -> String {
        let http = body.contains("http: {") ? "" : "http: {listen: FOLDER/h.sock}"
        let servers = "\(http)\nlimits: {stop_timeout: 20s}"
        // Few frames: these tests run in debug builds, beside others.
        let text = [Programs.models, servers, "analysis: {max_rate: 5}", body].joined(separator: "\n")
        return text.replacing("FOLDER", with: path.string)
    }

    func write(_ body: String) throws {
        try File.write(Self.text(body, folder.path).utf8, to: config)
    }

    /// Has the configuration read again; what the manager is told meanwhile.
    func reload() -> String {
        child.signal(SIGHUP)
        #expect(manager.waitFor("RELOADING=1", seconds: 60))
        return manager.message(with: "READY=1", seconds: 90) ?? ""
    }

    /// Ends it as `systemctl stop` does.
    func stop() -> Int32 {
        child.signal(SIGTERM)
        return child.wait()
    }

    /// A page of the HTTP server: status and body.
    func page(_ path: String) throws -> (status: Int, body: String) {
        let bytes = try Command.run(
            "curl", "-s", "--max-time", "30", "-w", "\n%{http_code}", "--unix-socket", http, "http://x\(path)")
        let text = String(decoding: bytes, as: UTF8.self)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }

    /// The value of a series, by its beginning.
    func metric(_ beginning: String) throws -> Double? {
        try page("/metrics").body.split(separator: "\n").first { $0.hasPrefix(beginning) }.flatMap {
            Double($0.split(separator: " ").last ?? "")
        }
    }

    /// Waits until something holds.
    func wait(_ seconds: Int, _ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<seconds * 10 {
            if try condition() { return true }
            usleep(100_000)
        }
        return false
    }
}

/// A daemon that did not start, and its log.
struct NotReady: Error, CustomStringConvertible {
    let description: String
}

/// A bound datagram socket, as the service manager has it.
final class NotifySocket {
    let address: String
    private let descriptor: Int32

    init(_ path: String) throws {
        address = path
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let result = withAddress(path) { bind(descriptor, $0, $1) }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(descriptor) }

    /// The next message; nil after the time is over.
    func receive(milliseconds: Int32) -> String? {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, milliseconds) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// The next message with a text in it.
    func message(with text: String, seconds: Int) -> String? {
        for _ in 0..<seconds * 10 {
            if let message = receive(milliseconds: 100), message.contains(text) { return message }
        }
        return nil
    }

    func waitFor(_ text: String, seconds: Int) -> Bool { message(with: text, seconds: seconds) != nil }
}

/// A subscriber with nothing but a socket.
final class PlainSubscriber {
    let descriptor: Int32
    private var held: [UInt8] = []

    init(_ path: String, request: String? = nil) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard withAddress(path, { connect(descriptor, $0, $1) }) == 0 else { throw Errno(rawValue: errno) }
        if let request {
            let bytes = Array((request + "\n").utf8)
            _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    deinit { close(descriptor) }

    /// The next line as JSON; nil at the end, or after the time is over.
    func next(seconds: Int = 60) throws -> JSONValue? {
        while true {
            if let end = held.firstIndex(of: UInt8(ascii: "\n")) {
                defer { held.removeFirst(end + 1) }
                return try JSONValue(parsing: held[..<end])
            }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, Int32(seconds * 1_000)) == 1 else { return nil }
            var block = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &block, block.count, 0)
            guard count > 0 else { return nil }
            held += block[..<count]
        }
    }

    /// The next record, whatever events stand before it.
    func record() throws -> JSONValue {
        while true {
            let line = try #require(try next(), "no record came")
            if line["event"] == nil { return line }
        }
    }

    /// The next event of a name.
    func event(_ name: String) throws -> JSONValue {
        while true {
            let line = try #require(try next(), "no event \(name) came")
            if line["event"]?.string == name { return line }
        }
    }
}

private func withAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var target = sockaddr_un()
    target.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &target) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}

/// The lines of a file of records, each of which must be whole.
func wholeRecords(_ path: FilePath) throws -> [JSONValue] {
    let bytes = try File.read(path)
    #expect(bytes.isEmpty || bytes.last == UInt8(ascii: "\n"))
    return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
}

/// The bytes of a file without a size, as those of /proc are.
func readAll(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try block.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }
}

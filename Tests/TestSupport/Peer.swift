import Glibc
import Platform
internal import SystemPackage

/// A server of `Tests/Peers`, running; killed when the value goes.
///
/// It tells on standard output, in lines like "port 12345", where it can be reached.
public final class Peer: Sendable {
    private let child: Child
    private let folder: TemporaryFolder
    private let numbers: [String: Int]

    /// The port at which it listens on 127.0.0.1.
    public var port: Int { self["port"] }

    /// Starts the script and waits until it serves.
    ///
    /// - Throws: `Command.Failure` with what it said on standard error when it ends, or says nothing for half a minute.
    public convenience init(_ script: String, _ arguments: String...) throws { try self.init(script, arguments) }

    /// The same with its arguments in an array.
    public init(_ script: String, _ arguments: [String]) throws {
        folder = try TemporaryFolder()
        let (output, errors) = (folder.path.appending("out"), folder.path.appending("err"))
        let path = Paths.package.appending("Tests/Peers").appending(script).string
        // The system's Python: GStreamer's bindings are installed for that one.
        child = try Child(["/usr/bin/python3", path] + arguments, standardOutput: output, standardError: errors)
        for _ in 0..<600 {
            let lines = String(decoding: (try? File.read(output)) ?? [], as: UTF8.self).split(separator: "\n")
            let pairs = lines.map { $0.split(separator: " ") }.filter { $0.count == 2 }
            let numbers = Dictionary(pairs.map { (String($0[0]), Int($0[1]) ?? 0) }, uniquingKeysWith: { $1 })
            if numbers["port"] != nil {
                self.numbers = numbers
                return
            }
            usleep(50_000)
        }
        let text = String(decoding: (try? File.read(errors)) ?? [], as: UTF8.self)
        throw Command.Failure(description: "\(script) does not serve: \(text.suffix(2000))")
    }

    /// A number that the script told under another name.
    public subscript(_ name: String) -> Int { numbers[name] ?? 0 }

    /// What it has told so far: each line's words.
    public var lines: [[String]] {
        let text = String(decoding: (try? File.read(folder.path.appending("out"))) ?? [], as: UTF8.self)
        // A line that is being written is not one yet.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// Ends it at once, as a power cut would.
    public func kill() {
        child.signal(SIGKILL)
        _ = child.wait()
    }
}

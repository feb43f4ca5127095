public import Glibc
import Platform
public import SystemPackage

/// Runs other programs from tests.
public enum Command {
    /// A program that failed, and what it said.
    public struct Failure: Error, CustomStringConvertible {
        /// Program, status and standard error.
        public var description: String
    }

    /// Runs a program found in PATH to its end and gives its standard output.
    ///
    /// - Throws: `Failure` when it cannot be started or ends with another status than 0.
    @discardableResult
    public static func run(_ arguments: String...) throws -> [UInt8] { try run(arguments) }

    /// Runs a program found in PATH to its end and gives its standard output.
    ///
    /// - Throws: `Failure` when it cannot be started or ends with another status than 0.
    @discardableResult
    public static func run(_ arguments: [String]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let (output, errors) = (folder.path.appending("out"), folder.path.appending("err"))
        let child = try Child(arguments, standardOutput: output, standardError: errors)
        let status = child.wait()
        guard status == 0 else {
            let text = String(decoding: (try? File.read(errors)) ?? [], as: UTF8.self)
            throw Failure(description: "\(arguments.joined(separator: " ")): status \(status)\n\(text.suffix(2000))")
        }
        return try File.read(output)
    }
}

/// A running program; killed when the value goes.
public final class Child: @unchecked Sendable {
    /// Its process.
    public let process: pid_t
    // Unchecked because only the thread that waits or drops it touches this.
    private var status: Int32?

    /// Starts a program found in PATH. Standard input is empty.
    ///
    /// - Throws: `Command.Failure` when it cannot be started.
    public init(_ arguments: [String], standardOutput: FilePath = "/dev/null", standardError: FilePath = "/dev/null")
        throws
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, standardOutput.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, standardError.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let status = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
        guard status == 0 else {
            throw Command.Failure(description: "\(arguments[0]): \(String(cString: strerror(status)))")
        }
        self.process = process
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            _ = wait()
        }
    }

    /// Sends it a signal.
    public func signal(_ number: Int32) { kill(process, number) }

    /// Waits for its end: its exit status, or 128 plus the signal that ended it.
    public func wait() -> Int32 {
        if let status { return status }
        var word: Int32 = 0
        while waitpid(process, &word, 0) < 0 && errno == EINTR {}
        let result = word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
        status = result
        return result
    }
}

/// Whole files.
public enum File {
    /// A file's bytes.
    public static func read(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            let size = try file.seek(offset: 0, from: .end)
            return try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                while count < Int(size) {
                    let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    let read = try file.read(fromAbsoluteOffset: Int64(count), into: part)
                    if read == 0 { break }
                    count += read
                }
            }
        }
    }

    /// Makes or replaces a file.
    public static func write(_ bytes: some Sequence<UInt8>, to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        _ = try file.closeAfter { try file.writeAll(bytes) }
    }
}

/// A folder that goes, with all that is in it, when the value does.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: FilePath

    /// Makes an empty folder.
    public init() throws {
        var template = Array("/tmp/norface-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(platformString: template)
    }

    deinit {
        _ = try? Child(["rm", "-rf", path.string]).wait()
    }
}

internal import Glibc
package import SystemPackage

/// Another program, run to its end.
package enum Subprocess {
    /// How a program ended, and what it wrote to standard error, the last 8 KiB of it.
    package struct Result: Sendable {
        /// Exit status, or 128 plus the signal that ended it.
        package var status: Int32
        package var errors: String
    }

    /// Runs a program found in PATH with an empty standard input; its standard output goes to our standard error.
    ///
    /// - Throws: when it cannot be started.
    package static func run(_ arguments: [String]) throws(Errno) -> Result {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        // Closed in every program that is started: another one, started meanwhile, would hold this one's end open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = FileDescriptor(rawValue: ends[0])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let status = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
        close(ends[1])
        defer { try? reader.close() }
        guard status == 0 else { throw Errno(rawValue: status) }
        let errors = tail(of: reader)
        return Result(status: wait(for: process), errors: errors)
    }

    /// Reads to the end, and keeps the last part.
    private static func tail(of reader: FileDescriptor) -> String {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while let count = try? buffer.withUnsafeMutableBytes({ try reader.read(into: $0) }), count > 0 {
            kept.append(contentsOf: buffer[..<count])
            if kept.count > 16384 { kept.removeFirst(kept.count - 8192) }
        }
        return String(decoding: kept.suffix(8192), as: UTF8.self)
    }

    private static func wait(for process: pid_t) -> Int32 {
        var word: Int32 = 0
        while waitpid(process, &word, 0) < 0, errno == EINTR {}
        return word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
    }
}

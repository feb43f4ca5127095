internal import Glibc

/// A failure as the user gets it: a message and an exit code. Every error becomes one here and nowhere else.
public struct Failure: Error, Equatable, CustomStringConvertible {
    /// Exit codes, after sysexits.h where it has one.
    public enum Code: Int32, Sendable, CaseIterable {
        /// Something failed at run time.
        case failed = 1
        /// The work was finished, but some inputs failed.
        case someFailed = 2
        /// The command line is wrong.
        case usage = 64
        /// An input is no video or picture, or so damaged that nothing can be read of it: trying again does not help.
        case badInput = 65
        /// An input does not exist, or may not be read.
        case noInput = 66
        /// Something that is needed is not there or does not answer: a camera, a socket, the models.
        case unavailable = 69
        /// An output cannot be made.
        case cannotCreate = 73
        /// Reading or writing failed.
        case inputOutput = 74
        /// Something failed that may be well later: trying again may help.
        case tryAgain = 75
        /// The configuration is wrong.
        case configuration = 78
        /// Stopped by SIGINT.
        case interrupted = 130
        /// Stopped by SIGTERM.
        case terminated = 143
    }

    /// What the process exits with.
    public var code: Code
    /// One sentence for the user.
    public var message: String

    /// Makes a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Finds the code and the message of any error.
    public init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let fault as any Fault: self.init(fault.exitCode, fault.description)
        default: self.init(.failed, "\(error)")
        }
    }

    /// The message.
    public var description: String { message }

    /// Ends the process with the message on standard error: for what no caller can be told.
    package func end() -> Never {
        let program = CommandLine.arguments.first?.split(separator: "/").last ?? "norface"
        let line = Array("\(program): \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(code.rawValue)
    }
}

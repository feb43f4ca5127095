internal import Glibc

/// Sockets that the service manager opened for us (sd_listen_fds(3)).
public struct SocketActivation: Sendable, Equatable {
    /// An open socket.
    public struct Handed: Sendable, Equatable {
        /// `FileDescriptorName=` of the socket unit; `unknown` without one.
        public var name: String
        /// Its number.
        public var descriptor: Int32
    }

    /// In the manager's order.
    public var sockets: [Handed]

    /// The first descriptor that is handed over.
    private static let first: Int32 = 3

    /// Reads `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`; what is meant for another process is none.
    ///
    /// - Parameter process: nil is this one.
    public init(environment: [String: String], process: Int32? = nil) {
        sockets = []
        guard environment["LISTEN_PID"] == String(process ?? getpid()),
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...1_024).contains(count)
        else { return }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for index in 0..<count {
            let name = Int(index) < names.count && !names[Int(index)].isEmpty ? String(names[Int(index)]) : "unknown"
            sockets.append(Handed(name: name, descriptor: Self.first + index))
        }
    }

    /// Takes the sockets for this process: children do not inherit them, and the variables go.
    public static func take(environment: [String: String]) -> SocketActivation {
        let activation = SocketActivation(environment: environment)
        for socket in activation.sockets { _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC) }
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        return activation
    }

    /// The descriptor with a name, or the first of all if there is only one.
    public func descriptor(named name: String) -> Int32? {
        sockets.first { $0.name == name }?.descriptor ?? (sockets.count == 1 ? sockets[0].descriptor : nil)
    }
}

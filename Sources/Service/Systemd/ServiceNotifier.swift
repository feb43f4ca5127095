internal import Glibc
internal import Media
internal import Platform
internal import Synchronization

/// Tells the service manager how the daemon does (sd_notify(3)): one datagram to `$NOTIFY_SOCKET` for each state.
///
/// Without that variable nothing is sent. A manager that does not take a message changes nothing for the daemon.
public final class ServiceNotifier: Sendable {
    /// What can be told.
    public enum State: Sendable, Equatable {
        /// Started, or reloaded: everything is open.
        case ready
        /// A reload begins.
        case reloading
        /// A stop begins.
        case stopping
        /// A line for `systemctl status`.
        case status(String)
        /// The daemon works: the watchdog starts anew.
        case watchdog

        /// The datagram's text.
        ///
        /// - Parameter microseconds: of CLOCK_MONOTONIC.
        func text(microseconds: Int64) -> String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
            case .stopping: "STOPPING=1"
            // A line break would begin another assignment.
            case .status(let text): "STATUS=" + text.replacing("\n", with: " ")
            case .watchdog: "WATCHDOG=1"
            }
        }
    }

    private let descriptor: Int32
    private let address: [UInt8]
    /// How often the manager wants to hear of the watchdog, in nanoseconds; nil if it does not.
    public let watchdogInterval: Int64?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    public init(environment: [String: String]) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        let isUsable = (path.hasPrefix("/") || path.hasPrefix("@")) && path.utf8.count > 1 && path.utf8.count < 108
        // A leading @ stands for the NUL of an abstract address.
        address = isUsable ? (path.hasPrefix("@") ? [0] + path.utf8.dropFirst() : Array(path.utf8)) : []
        descriptor =
            isUsable ? socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) : -1
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map {
            $0.multipliedReportingOverflow(by: 1_000)
        }
        watchdogInterval = interval.flatMap { isForUs && !$0.overflow && $0.partialValue > 0 ? $0.partialValue : nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Sends states in one datagram.
    ///
    /// - Returns: whether the manager has got them; false without one.
    @discardableResult
    public func tell(_ states: State...) -> Bool {
        guard descriptor >= 0 else { return false }
        let now = MonotonicClock.now() / 1_000
        let text = Array(states.map { $0.text(microseconds: now) }.joined(separator: "\n").utf8)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // The length tells where an abstract address ends.
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + address.count)
        let sent = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return sent == text.count
    }
}

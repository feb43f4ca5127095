import Glibc
import Media
import Platform
@testable import Service
import SystemPackage
import TestSupport
import Testing

/// A bound datagram socket, as the service manager has it.
final class NotifySocket {
    let descriptor: Int32

    /// - Parameter address: a path, or a name behind `@`.
    init(_ address: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let bytes = address.hasPrefix("@") ? [0] + Array(address.utf8.dropFirst()) : Array(address.utf8)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(descriptor) }

    /// The next message; nil after the limit.
    func receive(milliseconds: Int32) -> String? {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, milliseconds) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}

@Suite(.timeLimit(.minutes(30))) struct ServiceNotifierTests {
    @Test(arguments: [false, true])
    func statesReachTheManager(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let address = isAbstract ? "@norface-test-\(getpid())" : folder.path.appending("notify").string
        let manager = try NotifySocket(address)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": address])
        #expect(notifier.tell(.ready, .status("2 sources\nstreaming")))
        #expect(manager.receive(milliseconds: 1_000) == "READY=1\nSTATUS=2 sources streaming")
        notifier.tell(.reloading)
        let reloading = try #require(manager.receive(milliseconds: 1_000))
        let lines = reloading.split(separator: "\n")
        #expect(lines[0] == "RELOADING=1")
        let microseconds = try #require(Int64(lines[1].dropFirst("MONOTONIC_USEC=".count)))
        #expect(abs(MonotonicClock.now() / 1_000 - microseconds) < 60_000_000)
        notifier.tell(.stopping)
        notifier.tell(.watchdog)
        #expect(manager.receive(milliseconds: 1_000) == "STOPPING=1")
        #expect(manager.receive(milliseconds: 1_000) == "WATCHDOG=1")
    }

    @Test func withoutAManagerNothingHappens() {
        for path in [nil, "", "relative", "/", "/nonexistent/socket", String(repeating: "/x", count: 100)] {
            let notifier = ServiceNotifier(environment: path.map { ["NOTIFY_SOCKET": $0] } ?? [:])
            #expect(!notifier.tell(.ready))
        }
    }

    @Test func theWatchdogIsForItsProcess() {
        let own = ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": String(getpid())]
        #expect(ServiceNotifier(environment: own).watchdogInterval == 30_000_000_000)
        #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": "30000000"]).watchdogInterval == 30_000_000_000)
        #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"]).watchdogInterval == nil)
        for value in ["", "x", "0", "-5", "9223372036854775807"] {
            #expect(ServiceNotifier(environment: ["WATCHDOG_USEC": value]).watchdogInterval == nil)
        }
    }
}

struct WatchdogPolicyTests {
    private let second: Int64 = 1_000_000_000

    @Test func itPingsAtHalfTheIntervalWhileEveryPartMoves() {
        var policy = WatchdogPolicy(wanted: 10 * second)
        let heartbeats = [
            WatchdogPolicy.Heartbeat(name: "loop", beat: 0, limit: 60 * second),
            // In backoff: it need not beat, however long ago it did.
            WatchdogPolicy.Heartbeat(name: "door", beat: -100_000 * second, limit: nil),
        ]
        #expect(policy.check(heartbeats, now: 0) == .ping)
        #expect(policy.check(heartbeats, now: 3 * second) == .wait)
        #expect(policy.check(heartbeats, now: 5 * second) == .ping)
        #expect(policy.check(heartbeats, now: 60 * second) == .ping)
    }

    @Test func oneThatStandsStillSilencesIt() {
        var policy = WatchdogPolicy(wanted: 10 * second)
        var heartbeats = [
            WatchdogPolicy.Heartbeat(name: "door", beat: 0, limit: 60 * second),
            WatchdogPolicy.Heartbeat(name: "hall", beat: 0, limit: 90 * second),
        ]
        #expect(policy.check(heartbeats, now: 61 * second) == .withhold(["door"]))
        #expect(policy.check(heartbeats, now: 91 * second) == .withhold(["door", "hall"]))
        heartbeats[0].beat = 91 * second
        heartbeats[1].limit = nil
        #expect(policy.check(heartbeats, now: 92 * second) == .ping)
    }
}

struct SocketActivationTests {
    @Test func namedSocketsAreFound() {
        let activation = SocketActivation(
            environment: ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "subscribers:http"], process: 42)
        #expect(activation.sockets.map(\.descriptor) == [3, 4])
        #expect(activation.descriptor(named: "http") == 4)
        #expect(activation.descriptor(named: "other") == nil)
    }

    @Test func oneSocketNeedsNoName() {
        let activation = SocketActivation(environment: ["LISTEN_PID": "42", "LISTEN_FDS": "1"], process: 42)
        #expect(activation.sockets == [.init(name: "unknown", descriptor: 3)])
        #expect(activation.descriptor(named: "subscribers") == 3)
    }

    @Test(arguments: [
        ["LISTEN_PID": "43", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "42"],
        ["LISTEN_PID": "42", "LISTEN_FDS": "-1"], ["LISTEN_PID": "42", "LISTEN_FDS": "99999999"],
        ["LISTEN_PID": "42", "LISTEN_FDS": "x"],
    ])
    func whatIsNotForUsIsLeftAlone(environment: [String: String]) {
        #expect(SocketActivation(environment: environment, process: 42).sockets.isEmpty)
    }
}

struct UnitFileTests {
    private static let units = Paths.package.appending("systemd")
    static let analyzer: Bool = (try? Command.run("systemd-analyze", "--version")) != nil

    @Test(.enabled(if: UnitFileTests.analyzer, "systemd-analyze (Debian: systemd) is not installed"))
    func theUnitsAreValid() throws {
        let folder = try TemporaryFolder()
        // The programs that the units name must exist for the check.
        let script = """
            set -e; cd \(folder.path.string)
            for file in norfaced.service norfaced.socket norfaced@.service; do
              sed 's#/usr/bin/norfaced#/bin/true#' \(Self.units.string)/$file > $file
            done
            cp norfaced@.service norfaced@door.service
            systemd-analyze verify --man=no ./norfaced.service ./norfaced.socket ./norfaced@door.service 2> errors || true
            grep -E 'norfaced' errors >&2 && exit 1; exit 0
            """
        try Command.run("bash", "-c", script)
    }

    @Test(.enabled(if: UnitFileTests.analyzer, "systemd-analyze (Debian: systemd) is not installed"))
    func theSandboxScoresTwoOrBetter() throws {
        for unit in ["norfaced.service", "norfaced@.service"] {
            let report = String(
                decoding: try Command.run(
                    "systemd-analyze", "security", "--offline=yes", "--no-pager", Self.units.appending(unit).string),
                as: UTF8.self)
            let line = try #require(report.split(separator: "\n").last { $0.contains("Overall exposure") }, "\(report)")
            let score = line.split { !"0123456789.".contains($0) }.compactMap { Double($0) }.last
            #expect(try #require(score) <= 2.0, "\(report)")
        }
    }
}

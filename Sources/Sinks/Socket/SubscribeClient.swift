internal import Glibc
package import JSON
package import Platform
internal import SystemPackage

/// A connection to a daemon's socket, as any program may make one: lines come, and a line may be sent.
package final class SubscribeClient {
    /// Bytes that a line may have; a record of 64 faces has some 100 kB.
    private static let lineLimit = 8 << 20

    private let descriptor: Int32
    private let path: String
    private var held: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: 64 << 10)

    /// Connects.
    ///
    /// - Throws: `Failure` that names the path.
    package init(_ path: String) throws(Failure) {
        self.path = path
        var address: sockaddr_un
        do throws(ListenError) {
            address = try UnixAddress.make(FilePath(path))
        } catch {
            throw Failure(.usage, "\(error)")
        }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(.failed, "\(path): \(Errno(rawValue: errno))") }
        guard UnixAddress.with(&address, { connect(descriptor, $0, $1) }) == 0 else {
            let error = Errno(rawValue: errno)
            let hint = error == .permissionDenied ? " (are you in the group of the socket?)" : ""
            throw Failure(.unavailable, "\(path): \(error)\(hint)")
        }
    }

    deinit { close(descriptor) }

    /// Sends one JSON object.
    ///
    /// - Throws: `Failure` when the daemon has gone.
    package func send(_ body: (inout JSONWriter) -> Void) throws(Failure) {
        var writer = JSONWriter()
        writer.beginObject()
        body(&writer)
        writer.endObject()
        writer.endLine()
        let bytes = writer.bytes
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(.inputOutput, "\(path): \(Errno(rawValue: errno))")
        }
    }

    /// The next line with its newline; nil when the daemon has closed, or nothing came in time.
    ///
    /// - Parameters:
    ///   - milliseconds: how long to wait; negative for ever.
    /// - Throws: `Failure` when the connection breaks.
    package func line(within milliseconds: Int32 = -1) throws(Failure) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = held[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(held[...end])
                held.removeFirst(end + 1)
                return line
            }
            searched = held.count
            guard held.count < Self.lineLimit else { throw Failure(.inputOutput, "\(path): a line does not end") }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, milliseconds)
            if ready == 0 || (ready < 0 && errno == EINTR) { return nil }
            let count = recv(descriptor, &block, block.count, 0)
            if count < 0 && errno == EINTR { return nil }
            guard count >= 0 else { throw Failure(.inputOutput, "\(path): \(Errno(rawValue: errno))") }
            if count == 0 {
                isClosed = true
                return nil
            }
            held += block[..<count]
        }
    }

    /// Whether the daemon has closed the connection.
    package private(set) var isClosed = false
}

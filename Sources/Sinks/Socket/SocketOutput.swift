internal import Glibc
package import Platform
internal import Records
package import Settings
internal import SystemPackage

/// The socket for subscribers: `outputs.socket`.
package struct SocketSettings: OutputKind {
    package static let key = "socket"
    /// The name under which the service manager hands the socket over.
    private static let handedName = "subscribers"

    /// Where it is, and where clients look for it.
    package static let defaultPath = "/run/norface/norfaced.sock"

    /// Where it is; nil makes none.
    package var path: String? = defaultPath
    /// Its permissions: who may write to it may subscribe.
    package var mode = FileMode(0o660)
    /// The group that owns it; nil leaves it to the process.
    package var group: String?
    /// Names or numbers of the users who may subscribe, beside the daemon's own and root; empty leaves it to the mode.
    package var users: [String] = []
    /// How subscribers are treated.
    package var options = SocketOptions()

    package init() {}

    package static func read(_ outputs: SectionReader) -> SocketSettings {
        let reader = outputs.section(key)
        var result = SocketSettings()
        let standard = result.options
        result.path = reader.optional("path", default: result.path, check: Checks.socketPath)
        result.mode = reader.value("mode", default: result.mode)
        result.group = reader.optional("group", default: result.group)
        result.users = reader.list("users", default: result.users)
        result.options.maximumSubscribers = reader.value(
            "max_subscribers", default: standard.maximumSubscribers, check: Checks.range(1...1_024))
        result.options.queueCapacity =
            reader.value("queue", default: ByteCount(standard.queueCapacity), check: Checks.size(4 << 10...1 << 30))
            .bytes
        result.options.stallLimit = reader.value(
            "stall_timeout", default: standard.stallLimit, check: Checks.duration(.milliseconds(100)..., "100ms"))
        reader.finish()
        return result
    }

    package func open(
        into opened: inout [any Output], keeping before: [any Output], _ context: OutputContext
    ) throws(Failure) {
        let old = before.lazy.compactMap { $0 as? OpenSocket }.first
        let run = context.run(context.sources)
        // The labels of a subscription are those of its networks.
        if let old, old.settings == self, old.labels == run.labels { return opened.append(old) }
        var options = options
        if !users.isEmpty { options.allowedUsers = try users.map(Self.number) }
        guard let listener = try listener(old, handed: context.handed(Self.handedName)) else { return }
        let server = SocketServer(
            listener: listener, options: options, run: run,
            handlers: SocketHandlers(status: context.status, marker: context.marker), isAccepting: false)
        opened.append(
            OpenSocket(settings: self, labels: run.labels, listener: listener, server: server, former: old?.server))
    }

    /// A socket that is there already stays, under the server that takes over: nobody finds it missing meanwhile.
    private func listener(_ old: OpenSocket?, handed: Int32?) throws(Failure) -> UnixListener? {
        do throws(ListenError) {
            if let handed { return try UnixListener.adopt(copyOf: handed) }
            guard let path else { return nil }
            if let old, old.settings.path == path, old.listener.isInPlace {
                try old.listener.allow(mode: mode.bits, group: group)
                return old.listener
            }
            return try UnixListener.bind(path: FilePath(path), mode: mode.bits, group: group)
        } catch {
            throw Failure(.unavailable, "outputs.socket.path: \(error)")
        }
    }

    /// The number of a user, by name or number.
    private static func number(_ name: String) throws(Failure) -> UInt32 {
        if let number = UInt32(name) { return number }
        guard let entry = getpwnam(name) else {
            throw Failure(.configuration, "outputs.socket.users: there is no user \(name)")
        }
        return entry.pointee.pw_uid
    }
}

extension OutputSettings {
    /// The socket for subscribers.
    package var socket: SocketSettings {
        get { self[SocketSettings.self] }
        set { self[SocketSettings.self] = newValue }
    }
}

/// The open socket.
private final class OpenSocket: Output {
    let name = "socket"
    let settings: SocketSettings
    let labels: RecordLabels
    private let listening: Guarded<UnixListener>
    let server: SocketServer
    /// The server that accepts until this one does: they may share the listening socket.
    private let former: Guarded<SocketServer?>

    init(
        settings: SocketSettings, labels: RecordLabels, listener: UnixListener, server: SocketServer,
        former: SocketServer?
    ) {
        self.former = Guarded(former)
        self.settings = settings
        self.labels = labels
        listening = Guarded(listener)
        self.server = server
    }

    var sink: any RecordSink { server }
    var listener: UnixListener { listening.withLock { $0 } }

    func takes(_ source: String) -> Bool { true }

    /// Whoever connects from now on, or waits in the socket, is served by the new server: the former one is told to close.
    func begin() {
        let former = former.withLock { former in
            defer { former = nil }
            return former
        }
        former?.stopAccepting()
        server.startAccepting()
    }

    func describe(_ run: RunInfo) { server.describe(run) }

    /// A socket whose file was removed is made again: nobody could find it.
    func tend() throws(Failure) -> String? {
        guard let path = settings.path, !listener.isInPlace else { return nil }
        do throws(ListenError) {
            let next = try UnixListener.bind(
                path: FilePath(path), mode: settings.mode.bits, group: settings.group)
            let former = listening.withLock { listener in
                defer { listener = next }
                return listener
            }
            server.listen(on: next)
            withExtendedLifetime(former) {}
            return "\(path) was removed and is made again"
        } catch {
            throw Failure(.unavailable, "\(error)")
        }
    }
}

internal import Dispatch
internal import Glibc
internal import Setup
internal import Synchronization

/// SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once.
///
/// `@unchecked Sendable` because `sources`, which Linux's Dispatch does not call Sendable, are written once in `init`.
final class StopSignals: @unchecked Sendable {
    private let received = Mutex<Int32?>(nil)
    private var sources: [any DispatchSourceSignal] = []

    /// Begins to listen.
    ///
    /// - Parameter stop: asks for an orderly end; called once, on a queue of its own.
    init(stop: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "norface.signals")
        for number in [SIGINT, SIGTERM] {
            // The default action would end the process before Dispatch is told.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable [weak self] in
                guard let self else { return }
                let isFirst = self.received.withLock { received in
                    defer { received = received ?? number }
                    return received == nil
                }
                if isFirst { stop() } else { _exit(128 + number) }
            }
            source.activate()
            sources.append(source)
        }
    }

    /// The exit code, if a signal has come.
    var code: Failure.Code? {
        received.withLock { $0 }.map { $0 == SIGTERM ? .terminated : .interrupted }
    }
}

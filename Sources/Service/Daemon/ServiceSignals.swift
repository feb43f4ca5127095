internal import Dispatch
internal import Glibc
internal import Synchronization

/// The signals that a daemon understands, on a queue of their own: TERM and INT end it (the second time at once), HUP reloads,
/// USR1 dumps the state. SIGPIPE is ignored: writes that fail tell.
///
/// `@unchecked Sendable` because `sources`, which Linux's Dispatch does not call Sendable, are written once in `init`.
final class ServiceSignals: @unchecked Sendable {
    private let isStopping = Atomic(false)
    private var sources: [any DispatchSourceSignal] = []

    /// Begins to listen; the handlers must return soon.
    init(
        stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void,
        dump: @escaping @Sendable () -> Void
    ) {
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "norfaced.signals", qos: .userInteractive)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
            // The default action would end the process before Dispatch is told.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            // @Sendable: without it a handler made on the main thread aborts when this queue calls it.
            source.setEventHandler { @Sendable [weak self] in
                switch number {
                case SIGHUP: reload()
                case SIGUSR1: dump()
                default:
                    if self?.isStopping.exchange(true, ordering: .relaxed) == true { _exit(128 + number) }
                    stop()
                }
            }
            source.activate()
            sources.append(source)
        }
    }
}

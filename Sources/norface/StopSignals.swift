internal import Dispatch
internal import Glibc
internal import Platform

/// SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once.
///
/// `@unchecked Sendable` because `sources`, which Linux's Dispatch does not call Sendable, are written once in `init`.
final class StopSignals: @unchecked Sendable {
    private struct State {
        var received: Int32?
        var stop: (@Sendable () -> Void)?
        var leave: (@Sendable () -> Void)?
    }

    private let state = Guarded(State())
    private var sources: [any DispatchSourceSignal] = []

    /// Begins to listen. To be made first thing: a signal that comes before would end the process on the spot, or be lost where
    /// the shell has had it ignored.
    init() {
        let queue = DispatchQueue(label: "norface.signals")
        for number in [SIGINT, SIGTERM] {
            // The default action would end the process before Dispatch is told.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable [weak self] in self?.receive(number) }
            source.activate()
            sources.append(source)
        }
    }

    /// Begins to listen, where what is to be ended is there already.
    convenience init(stop: @escaping @Sendable () -> Void) {
        self.init()
        whenStopped(stop)
    }

    /// Says what asks for an orderly end; it is called at once if a signal has come already.
    ///
    /// - Parameter leave: called before the program ends at once; it must not wait for anything.
    func whenStopped(_ stop: @escaping @Sendable () -> Void, leave: @escaping @Sendable () -> Void = {}) {
        let isLate = state.withLock { state in
            state.stop = stop
            state.leave = leave
            return state.received != nil
        }
        if isLate { stop() }
    }

    private func receive(_ number: Int32) {
        let (isFirst, stop, leave) = state.withLock { state in
            defer { state.received = state.received ?? number }
            return (state.received == nil, state.stop, state.leave)
        }
        guard isFirst else {
            leave?()
            _exit(128 + number)
        }
        stop?()
    }

    /// The exit code, if a signal has come.
    var code: Failure.Code? {
        state.withLock { $0.received }.map { $0 == SIGTERM ? .terminated : .interrupted }
    }
}

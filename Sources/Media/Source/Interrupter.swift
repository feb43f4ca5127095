internal import CFFmpeg
internal import Dispatch
internal import Platform
internal import Synchronization

/// What libav asks, some ten times a second, whether a blocking call shall be given up: a stop flag and a deadline.
///
/// The answer takes no lock, because libav asks from within its own. Sleeping waits on a semaphore, so that a stop
/// ends it at once.
public final class Interrupter: Sendable {
    private let stopped = Atomic<Bool>(false)
    private let closing = Atomic<Bool>(false)
    private let deadline = Atomic<Int64>(.max)
    private let seen = Atomic<Int64>(MonotonicClock.now())
    private let wake = DispatchSemaphore(value: 0)
    /// What a call of libav may take.
    let growth = GrowthBound()

    /// Lets everything through.
    public init() {}

    /// When the reading thread was last seen at work or at an orderly wait, on `MonotonicClock`: blocking calls of the
    /// network ask some ten times a second. A thread that the kernel holds is not seen any more.
    public var lastSeen: Int64 { seen.load(ordering: .relaxed) }

    /// The reading thread is at work.
    func show() { seen.store(MonotonicClock.now(), ordering: .relaxed) }

    /// True once `interrupt()` was called.
    public var isStopped: Bool { stopped.load(ordering: .acquiring) }

    /// True when the armed deadline has passed.
    var isOverdue: Bool { MonotonicClock.now() >= deadline.load(ordering: .acquiring) }

    /// True when a call is to end, or has ended early: it was stopped, its time is over, or it takes too much memory.
    var mustGiveUp: Bool { isStopped || isOverdue || growth.isExceeded }

    /// What libav is answered.
    private var givesUp: Bool {
        isStopped && !closing.load(ordering: .acquiring) || isOverdue || growth.isExceeded
    }

    /// Ends this and every later blocking call.
    public func interrupt() {
        stopped.store(true, ordering: .releasing)
        wake.signal()
    }

    /// Lets calls through until a deadline while `body` runs, though stopped: for the farewell that closing a connection sends.
    ///
    /// A stop stays one, and one that comes meanwhile is not lost.
    func allowFarewell(nanoseconds: Int64, _ body: () -> Void) {
        let armed = deadline.load(ordering: .acquiring)
        arm(after: nanoseconds)
        closing.store(true, ordering: .releasing)
        body()
        closing.store(false, ordering: .releasing)
        deadline.store(armed, ordering: .releasing)
    }

    /// Gives blocking calls until so many nanoseconds from now; nil for ever.
    func arm(after nanoseconds: Int64?) {
        let moment = nanoseconds.map { nanoseconds in
            let (sum, overflow) = MonotonicClock.now().addingReportingOverflow(nanoseconds)
            return overflow ? .max : sum
        }
        deadline.store(moment ?? .max, ordering: .releasing)
    }

    /// Sleeps until the moment on `MonotonicClock`, or until `interrupt()`; false when stopped.
    func sleep(until moment: Int64) -> Bool {
        while !isStopped {
            show()
            let left = moment - MonotonicClock.now()
            if left <= 0 { return true }
            // In pieces, so that a long wait is seen to be one.
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(min(left, 500_000_000))))
        }
        return false
    }

    /// The form in which libav takes it. The caller keeps `self` alive until the context is closed.
    var callback: AVIOInterruptCB {
        AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                let interrupter = Unmanaged<Interrupter>.fromOpaque(opaque).takeUnretainedValue()
                interrupter.show()
                interrupter.growth.look(now: interrupter.lastSeen)
                return interrupter.givesUp ? 1 : 0
            },
            opaque: Unmanaged.passUnretained(self).toOpaque())
    }
}

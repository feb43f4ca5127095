internal import Dispatch
internal import Synchronization

/// Runs a stage's steps on a serial Dispatch queue of its own, whenever there may be something to do.
///
/// A stage never blocks its queue: a step that finds nothing to do, or no room behind it, says so, and whoever changes that
/// calls `wake`. No wake is lost, also one that comes while the last step is finding out that it has nothing to do. The owner
/// lives as long as there is something to do.
final class StagePump<Owner: AnyObject & Sendable>: Sendable {
    private let queue: DispatchQueue
    private let phase = Atomic<Int>(Phase.idle)
    private let step: @Sendable (Owner) -> Bool

    /// Makes an idle stage.
    ///
    /// - Parameters:
    ///   - step: does one piece of work; false when there is none to do now. Runs on the stage's queue only.
    init(label: String, step: @escaping @Sendable (Owner) -> Bool) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
        self.step = step
    }

    /// Has the stage look for work. Returns at once.
    func wake(_ owner: Owner) {
        while true {
            let seen = phase.load(ordering: .acquiring)
            switch seen {
            case Phase.idle:
                if exchange(Phase.idle, Phase.running) {
                    queue.async { self.run(owner) }
                    return
                }
            case Phase.running:
                if exchange(Phase.running, Phase.runningAndWoken) { return }
            default:
                return
            }
        }
    }

    /// Runs something between two steps, in the order of the calls.
    func perform(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }

    private func run(_ owner: Owner) {
        repeat {
            phase.store(Phase.running, ordering: .releasing)
            // One step a time, so that what was handed to `perform` comes in between.
            if step(owner) {
                phase.store(Phase.idle, ordering: .releasing)
                return wake(owner)
            }
        } while !exchange(Phase.running, Phase.idle)
    }

    private func exchange(_ old: Int, _ new: Int) -> Bool {
        phase.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
    }
}

/// A generic type holds no static constants.
private enum Phase {
    static let idle = 0
    static let running = 1
    static let runningAndWoken = 2
}

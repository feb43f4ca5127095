internal import Platform

/// Things that are dear to make and have one owner at a time: who is done gives his back, and who comes next takes it.
///
/// Of each kind one is kept, so that a run of many short videos makes its networks ready once, and a process that has let go of most
/// of its sources does not hold on to theirs.
package final class IdlePool<Kind: Hashable & Sendable, Value>: Sendable {
    /// Something in stock. `@unchecked Sendable` because nobody else has it.
    private struct Idle: @unchecked Sendable {
        let value: Value
    }

    private let idle = Guarded<[Kind: Idle]>([:])

    /// An empty pool.
    package init() {}

    /// Takes one out; nil when there is none of that kind.
    package func take(_ kind: Kind) -> Value? {
        idle.withLock { $0.removeValue(forKey: kind) }?.value
    }

    /// Puts one in that its owner uses no more. It goes if there is one of its kind already.
    package func giveBack(_ value: Value, _ kind: Kind) {
        let new = Idle(value: value)
        idle.withLock { if $0[kind] == nil { $0[kind] = new } }
    }

    /// How many wait.
    package var count: Int { idle.withLock { $0.count } }
}

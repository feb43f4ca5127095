internal import Platform
internal import Synchronization

/// Tells when the process has grown too much while one call of libav lasts.
///
/// libav bounds neither a playlist nor the index of a recording: it keeps what a server sends for as long as it comes. What it holds
/// for one source cannot be asked, so the process is watched. Others that grow at the same time may have a source given up by
/// mistake; it is called again like any other that was lost.
final class GrowthBound: Sendable {
    /// How often the system is asked, in nanoseconds.
    private static let interval: Int64 = 20_000_000

    private let limit = Atomic<Int>(.max)
    /// Bytes when the call was first looked at; 0 before.
    private let base = Atomic<Int>(0)
    private let lookedAt = Atomic<Int64>(0)
    private let exceeded = Atomic<Bool>(false)

    /// True when the last call has taken too much.
    var isExceeded: Bool { exceeded.load(ordering: .relaxed) }

    /// Bytes by which the process may grow during one call; nil is without bound.
    func set(_ bytes: Int?) { limit.store(bytes ?? .max, ordering: .relaxed) }

    /// A call begins.
    func begin() {
        base.store(0, ordering: .relaxed)
        exceeded.store(false, ordering: .relaxed)
    }

    /// Looks, when it is time to.
    func look(now: Int64) {
        let limit = limit.load(ordering: .relaxed)
        guard limit != .max, now - lookedAt.load(ordering: .relaxed) >= Self.interval else { return }
        lookedAt.store(now, ordering: .relaxed)
        guard let bytes = ResidentMemory.bytes() else { return }
        let base = base.load(ordering: .relaxed)
        if base == 0 {
            self.base.store(bytes, ordering: .relaxed)
        } else if bytes - base > limit {
            exceeded.store(true, ordering: .relaxed)
        }
    }
}

/// Tells which frames are damaged, from what went wrong in which packet. Pure.
///
/// Frames are decoded from others. What is wrong in one is in all that follow it in the order of decoding, up to the next key frame,
/// and in those that are shown before that key frame though they are decoded after it. Decoders tell of the first of them alone.
/// Streams without key frames mend themselves bit by bit; there the damage counts for `longest`.
package struct DamageLedger: Sendable {
    /// Seconds after which a fault counts no more, once there was a key frame.
    package static let longest = 10.0
    private static let kept = 64

    private struct Fault {
        var packet: Int64
        /// The time of the first frame that it was in.
        var since: Double?
    }

    private var faults: [Fault] = []
    private var hadKey = false

    package init() {}

    /// Something was wrong in a packet: it was damaged, could not be decoded, or needs another that is not there.
    ///
    /// - Parameter packet: its number in the order of decoding.
    package mutating func fault(inPacket packet: Int64) {
        if faults.contains(where: { $0.packet == packet }) { return }
        if faults.count == Self.kept { faults.removeLast() }
        faults.append(Fault(packet: packet))
    }

    /// Whether the frame that is shown next is damaged.
    ///
    /// - Parameters:
    ///   - packet: the number of the packet that it was decoded from.
    ///   - isKey: it needs no other frame.
    ///   - pts: its time in seconds.
    package mutating func judge(packet: Int64, isKey: Bool, pts: Double) -> Bool {
        if isKey {
            hadKey = true
            faults.removeAll { $0.packet < packet }
        }
        if faults.isEmpty { return false }
        var isDamaged = false
        for index in faults.indices where faults[index].packet <= packet {
            isDamaged = true
            // Time that went back is that of a new epoch.
            if let since = faults[index].since, since <= pts { continue }
            faults[index].since = pts
        }
        if hadKey { faults.removeAll { $0.since.map { pts - $0 >= Self.longest } ?? false } }
        return isDamaged
    }
}

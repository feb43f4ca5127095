internal import CFFmpeg

/// Gives frames of a stream that has decoding times only (AVI with B frames) their times in the order in which they are shown.
///
/// Pure. Each packet becomes one frame, and the frames are shown one after the other at the times at which packets are decoded: the
/// first frame has the smallest time that waits, and so on. A stream is taken for one of that kind from its first packet on, and no
/// longer when a packet has a time of showing that is not its time of decoding. (libav makes up such times for B frames alone.)
package struct DecodingTimes {
    /// As many frames are held back by no decoder: 16 for reordering, the rest for its threads.
    private static let most = 64

    /// nil before the first packet.
    private var isMeant: Bool?
    /// Ascending.
    private var waiting: [Int64] = []
    private var newest: Int64?

    /// Nothing was given to the decoder yet.
    package init() {}

    /// A packet was given to the decoder.
    package mutating func sent(pts: Int64, dts: Int64) {
        newest = nil
        let (hasPTS, hasDTS) = (pts != nf_nopts_value(), dts != nf_nopts_value())
        if isMeant == nil { isMeant = !hasPTS && hasDTS }
        if hasPTS && pts != dts { isMeant = false }
        guard isMeant == true, hasDTS else { return }
        newest = dts
        if waiting.count == Self.most { waiting.removeFirst() }
        let place = waiting.lastIndex { $0 <= dts }.map { $0 + 1 } ?? 0
        waiting.insert(dts, at: place)
    }

    /// The packet given last becomes no frame.
    package mutating func lost() {
        guard let newest, let place = waiting.lastIndex(of: newest) else { return }
        waiting.remove(at: place)
        self.newest = nil
    }

    /// The time of the frame that is shown next; nil for other streams, and when no packet's waits.
    package mutating func shown() -> Int64? { isMeant != true || waiting.isEmpty ? nil : waiting.removeFirst() }
}

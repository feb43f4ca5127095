/// The markers that wait for the next record of a source: bounded, since a source may be away for days. Pure.
struct MarkerQueue: Sendable {
    /// Markers that may wait. The oldest is given up for one more: it is the furthest from the record that will carry it.
    static let capacity = 64

    private var texts: [String] = []
    private var lost = 0

    /// Adds a marker.
    ///
    /// - Returns: false if an older one had to be given up for it.
    mutating func add(_ text: String) -> Bool {
        texts.append(text)
        guard texts.count > Self.capacity else { return true }
        texts.removeFirst()
        lost += 1
        return false
    }

    /// Hands out what waits, oldest first, and how many were given up since the last call.
    mutating func take() -> (texts: [String], lost: Int) {
        guard !texts.isEmpty else { return ([], 0) }
        defer { (texts, lost) = ([], 0) }
        return (texts, lost)
    }
}

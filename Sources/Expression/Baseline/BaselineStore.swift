internal import Faces

/// Baselines of tracks that are not seen at present: those that have ended, and those of a file.
struct BaselineStore {
    /// How many ended tracks are remembered.
    static let room = 64

    /// The latest tracks that have ended, the oldest first.
    private(set) var retired: [(track: Int, baseline: NeutralBaseline)] = []
    /// What a file says of persons.
    var loaded: BaselineFile?

    /// Keeps the baseline of a track that has ended.
    mutating func keep(_ baseline: NeutralBaseline, of track: Int) {
        retired.removeAll { $0.track == track }
        guard baseline.state != .off else { return }
        if retired.count == Self.room { retired.removeFirst() }
        retired.append((track, baseline))
    }

    /// Whether a track has the file's baseline of a person who is named by no track.
    func isShared(by track: Int) -> Bool { loaded?.isForEverybody(track) ?? false }

    /// What is known of a track that begins: from its own past, or from the file.
    mutating func baseline(of track: Int, options: BaselineOptions) -> NeutralBaseline? {
        if let index = retired.firstIndex(where: { $0.track == track }) { return retired.remove(at: index).baseline }
        return loaded?.values(of: track).map { NeutralBaseline($0, options: options) }
    }
}

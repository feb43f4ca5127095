import Synchronization

/// Constants in the arrangement that a kernel wants, made by the first session that needs them and kept for the others.
final class PackedConstants: Sendable {
    private struct Key: Hashable {
        let sources: [ObjectIdentifier]
        let arrangement: String
    }

    private struct Entry {
        /// Kept, so that their addresses do not become other tensors'.
        let sources: [TensorStorage]
        let packed: TensorStorage
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// How many were made, and the bytes that they take.
    var kept: (count: Int, bytes: Int) {
        entries.withLock { entries in
            (entries.count, entries.values.reduce(0) { $0 + $1.packed.bytes.count })
        }
    }

    /// Whether a tensor's bytes are kept here.
    func holds(_ storage: TensorStorage) -> Bool {
        entries.withLock { entries in entries.values.contains { $0.packed === storage } }
    }

    /// The tensor in an arrangement, made by `make` unless it is there.
    ///
    /// - Parameters:
    ///   - arrangement: names the arrangement and everything it depends on beside the tensors.
    ///   - others: tensors that go into it too, such as a bias.
    func callAsFunction(
        _ tensor: Tensor, as arrangement: String, with others: [Tensor] = [], make: () -> TensorStorage
    ) -> TensorStorage {
        let sources = ([tensor] + others).map(\.storage)
        let key = Key(sources: sources.map { ObjectIdentifier($0) }, arrangement: "\(arrangement) \(tensor.shape)")
        if let entry = entries.withLock({ $0[key] }) { return entry.packed }
        let entry = Entry(sources: sources, packed: make())
        return entries.withLock { entries in
            if let first = entries[key] { return first.packed }
            entries[key] = entry
            return entry.packed
        }
    }
}

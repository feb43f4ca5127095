import Synchronization

/// Constants in the arrangement that a kernel wants, made by the first session that needs them and kept for the others.
final class PackedConstants: Sendable {
    private struct Key: Hashable {
        let source: ObjectIdentifier
        let arrangement: String
    }

    private struct Entry {
        /// Kept, so that its address does not become another tensor's.
        let source: TensorStorage
        let packed: TensorStorage
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// The tensor in an arrangement, made by `make` unless it is there.
    ///
    /// - Parameter arrangement: names the arrangement and everything it depends on beside the tensor.
    func callAsFunction(_ tensor: Tensor, as arrangement: String, make: () -> TensorStorage) -> TensorStorage {
        let key = Key(source: ObjectIdentifier(tensor.storage), arrangement: "\(arrangement) \(tensor.shape)")
        if let entry = entries.withLock({ $0[key] }) { return entry.packed }
        let entry = Entry(source: tensor.storage, packed: make())
        return entries.withLock { entries in
            if let first = entries[key] { return first.packed }
            entries[key] = entry
            return entry.packed
        }
    }
}

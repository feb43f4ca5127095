internal import Platform

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

    private let entries = Guarded<[Key: Entry]>([:])
    private let maximumBytes: Int

    /// - Parameter maximumBytes: what all of them may take together. A kernel's arrangement may take eight times the constant's own
    ///   bytes, for one column is packed as eight.
    init(maximumBytes: Int = Session.standardMaximumBytes) { self.maximumBytes = maximumBytes }

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

    /// The tensor in an arrangement, written by `fill` unless it is there.
    ///
    /// - Parameters:
    ///   - arrangement: names the arrangement and everything it depends on beside the tensors.
    ///   - others: tensors that go into it too, such as a bias.
    ///   - count: floats of the arrangement.
    ///   - fill: writes them; they are zero before.
    /// - Throws: `tooLarge` when there is no room for it.
    func callAsFunction(
        _ tensor: Tensor, as arrangement: String, with others: [Tensor] = [], count: Int,
        fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(InferenceError) -> TensorStorage {
        let sources = ([tensor] + others).map(\.storage)
        let key = Key(sources: sources.map { ObjectIdentifier($0) }, arrangement: "\(arrangement) \(tensor.shape)")
        if let entry = entries.withLock({ $0[key] }) { return entry.packed }
        let bytes = try Checked.product([count, MemoryLayout<Float>.size], "weights packed into floats")
        _ = try Checked.sum([kept.bytes, bytes], limit: maximumBytes, "packed weights in bytes")
        let entry = Entry(sources: sources, packed: TensorStorage(byteCount: bytes))
        fill(entry.packed.bytes.bindMemory(to: Float.self))
        return entries.withLock { entries in
            if let first = entries[key] { return first.packed }
            entries[key] = entry
            return entry.packed
        }
    }
}

internal import JSON

/// Landmarks and the head's position.
extension RecordDecoder {
    func landmarks(_ cursor: inout JSONCursor, into points: inout [Float]) throws {
        guard cursor.kind() == .array else { throw place.failure("is not an array") }
        points.removeAll(keepingCapacity: true)
        try cursor.beginArray()
        while try cursor.nextElement() { points.append(try float(&cursor)) }
        guard points.count.isMultiple(of: 2) else { throw place.failure("has an x without a y") }
    }

    func head(_ cursor: inout JSONCursor) throws -> SIMD3<Float> {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        var head = SIMD3<Float>(repeating: .nan)
        var found = 0
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            let name = try JSONCursor.text(of: key)
            guard let axis = ["x", "y", "z"].firstIndex(of: name), found & (1 << axis) == 0 else {
                throw place.failure("has '\(name)', where x, y and z are expected")
            }
            found |= 1 << axis
            head[axis] = try float(&cursor)
        }
        guard found == 7 else { throw place.failure("lacks x, y or z") }
        return head
    }
}

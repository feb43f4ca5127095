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
        try numbers(&cursor, named: ["x", "y", "z"])
    }

    func derived(_ cursor: inout JSONCursor) throws -> DerivedRecord {
        let values = try numbers(&cursor, named: ["valence", "arousal"])
        return DerivedRecord(valence: values.x, arousal: values.y)
    }

    /// Up to three numbers, each once, in any order.
    private func numbers(_ cursor: inout JSONCursor, named names: [String]) throws -> SIMD3<Float> {
        guard cursor.kind() == .object else { throw place.failure("is not an object") }
        var numbers = SIMD3<Float>(repeating: .nan)
        var found = 0
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            let name = try JSONCursor.text(of: key)
            guard let index = names.firstIndex(of: name), found & (1 << index) == 0 else {
                throw place.failure("has '\(name)', where \(names.joined(separator: ", ")) are expected")
            }
            found |= 1 << index
            numbers[index] = try float(&cursor)
        }
        guard found == (1 << names.count) - 1 else {
            throw place.failure("lacks one of \(names.joined(separator: ", "))")
        }
        return numbers
    }
}

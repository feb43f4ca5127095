/// Reads the FlatBuffers binary format (flatbuffers.dev, "Internals") from bytes of unknown origin.
///
/// Every offset is checked against the bytes before it is followed, so that a truncated or hostile file ends in an error.
struct FlatBuffer {
    let bytes: UnsafeRawBufferPointer
    /// What decoded vectors may take. Tables may share one vector, so that together they could take the square of the file's size;
    /// a whole model takes each of its vectors once, at eight bytes for each of the file's.
    private let allowance: ByteAllowance

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        allowance = ByteAllowance(16 * bytes.count + 1 << 20)
    }

    /// The table at the root of the file.
    func root() throws(InferenceError) -> Table { try table(at: Int(try load(0, as: UInt32.self))) }

    /// A number at a position, in the format's little-endian order.
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ position: Int, as _: T.Type = T.self) throws(InferenceError)
        -> T
    {
        guard position >= 0, position <= bytes.count - MemoryLayout<T>.size else {
            throw FlatBuffer.malformed("an offset leads to byte \(position) of \(bytes.count)")
        }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    /// The table at a position.
    func table(at position: Int) throws(InferenceError) -> Table {
        let back = try load(position, as: Int32.self)
        let fields = position - Int(back)
        let size = Int(try load(fields, as: UInt16.self))
        guard size >= 4, size % 2 == 0, fields + size <= bytes.count else {
            throw FlatBuffer.malformed("a table at byte \(position) has a field list of \(size) bytes")
        }
        return Table(buffer: self, position: position, fields: fields, fieldBytes: size)
    }

    /// The position that the offset stored at `position` leads to.
    func follow(_ position: Int) throws(InferenceError) -> Int {
        let offset = Int(try load(position, as: UInt32.self))
        guard offset > 0 else { throw FlatBuffer.malformed("an empty offset at byte \(position)") }
        return position + offset
    }

    static func malformed(_ what: String) -> InferenceError {
        InferenceError(.malformedModel, "not a whole TFLite model: \(what)")
    }

    /// A table: fields by number, each of them optional.
    struct Table {
        let buffer: FlatBuffer
        let position: Int
        let fields: Int
        let fieldBytes: Int

        /// Where a field's value stands, or nil when the table leaves it out.
        private func place(_ field: Int) throws(InferenceError) -> Int? {
            let entry = 4 + 2 * field
            guard entry + 2 <= fieldBytes else { return nil }
            let offset = Int(try buffer.load(fields + entry, as: UInt16.self))
            return offset == 0 ? nil : position + offset
        }

        /// A number, or the schema's default.
        func number<T: FixedWidthInteger & BitwiseCopyable>(_ field: Int, _ standard: T) throws(InferenceError) -> T {
            guard let place = try place(field) else { return standard }
            return try buffer.load(place)
        }

        func int(_ field: Int, _ standard: Int = 0) throws(InferenceError) -> Int {
            Int(try number(field, Int32(standard)))
        }

        func byte(_ field: Int) throws(InferenceError) -> Int { Int(try number(field, Int8(0))) }

        func bool(_ field: Int) throws(InferenceError) -> Bool { try number(field, UInt8(0)) != 0 }

        func float(_ field: Int, _ standard: Float = 0) throws(InferenceError) -> Float {
            Float(bitPattern: try number(field, standard.bitPattern))
        }

        func table(_ field: Int) throws(InferenceError) -> Table? {
            guard let place = try place(field) else { return nil }
            return try buffer.table(at: try buffer.follow(place))
        }

        /// A vector of fixed-size elements, nil when it is left out.
        func vector(_ field: Int, elementSize: Int) throws(InferenceError) -> Vector? {
            guard let place = try place(field) else { return nil }
            let start = try buffer.follow(place)
            let count = Int(try buffer.load(start, as: UInt32.self))
            guard count <= (buffer.bytes.count - start - 4) / elementSize else {
                throw FlatBuffer.malformed("a vector of \(count) elements at byte \(start) runs past the end")
            }
            return Vector(buffer: buffer, start: start + 4, count: count, elementSize: elementSize)
        }

        func numbers<T: FixedWidthInteger & BitwiseCopyable>(
            _ field: Int, as _: T.Type
        ) throws(InferenceError) -> [Int]? {
            guard let vector = try vector(field, elementSize: MemoryLayout<T>.size) else { return nil }
            try buffer.allowance.take(vector.count, size: MemoryLayout<Int>.size, "a vector")
            return (0..<vector.count).map { Int(truncatingIfNeeded: vector.number($0, as: T.self)) }
        }

        func ints(_ field: Int) throws(InferenceError) -> [Int]? { try numbers(field, as: Int32.self) }

        func floats(_ field: Int) throws(InferenceError) -> [Float]? {
            guard let vector = try vector(field, elementSize: 4) else { return nil }
            try buffer.allowance.take(vector.count, size: MemoryLayout<Float>.size, "a vector")
            return (0..<vector.count).map { Float(bitPattern: vector.number($0, as: UInt32.self)) }
        }

        func tables(_ field: Int) throws(InferenceError) -> [Table] {
            guard let vector = try vector(field, elementSize: 4) else { return [] }
            try buffer.allowance.take(vector.count, size: MemoryLayout<Table>.size, "a vector of tables")
            var tables: [Table] = []
            for index in 0..<vector.count {
                tables.append(try buffer.table(at: try buffer.follow(vector.start + 4 * index)))
            }
            return tables
        }

        func string(_ field: Int) throws(InferenceError) -> String {
            guard let vector = try vector(field, elementSize: 1) else { return "" }
            try buffer.allowance.take(vector.count, "a name")
            return String(decoding: vector.bytes, as: UTF8.self)
        }
    }

    /// A vector whose elements are known to lie inside the file.
    struct Vector {
        let buffer: FlatBuffer
        let start: Int
        let count: Int
        let elementSize: Int

        var bytes: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<start + count * elementSize])
        }

        func number<T: FixedWidthInteger & BitwiseCopyable>(_ index: Int, as _: T.Type) -> T {
            T(littleEndian: buffer.bytes.loadUnaligned(fromByteOffset: start + index * elementSize, as: T.self))
        }
    }
}

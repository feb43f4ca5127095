/// Reads the protobuf wire format (protobuf.dev, "Encoding") from bytes of unknown origin.
///
/// Every length is checked against the bytes that are left, so that a truncated or hostile file ends in an error.
struct WireReader {
    /// How a field's value is laid down.
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    struct Field {
        let number: Int
        let type: WireType
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var left: Int { bytes.count - position }

    /// The next field's tag, or nil at the end of the message.
    mutating func next() throws(InferenceError) -> Field? {
        guard left > 0 else { return nil }
        let tag = try varint()
        guard let type = WireType(rawValue: UInt8(tag & 7)), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
            throw WireReader.malformed("a field with tag \(tag)")
        }
        return Field(number: Int(tag >> 3), type: type)
    }

    mutating func skip(_ field: Field) throws(InferenceError) {
        switch field.type {
        case .varint: _ = try varint()
        case .fixed64: _ = try fixed64()
        case .fixed32: _ = try fixed32()
        case .bytes: _ = try message()
        }
    }

    mutating func varint() throws(InferenceError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard left > 0 else { throw WireReader.malformed("the file ends within a number") }
            let byte = bytes[position]
            position += 1
            result |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return result }
        }
        throw WireReader.malformed("a number of more than ten bytes")
    }

    mutating func fixed32() throws(InferenceError) -> UInt32 {
        guard left >= 4 else { throw WireReader.malformed("the file ends within a number") }
        defer { position += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    mutating func fixed64() throws(InferenceError) -> UInt64 {
        guard left >= 8 else { throw WireReader.malformed("the file ends within a number") }
        defer { position += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// A length-delimited value: a nested message, a string, bytes, or packed numbers.
    mutating func message() throws(InferenceError) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(left) else {
            throw WireReader.malformed("a field of \(length) bytes where \(left) are left")
        }
        defer { position += Int(length) }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(length)])
    }

    mutating func string() throws(InferenceError) -> String { String(decoding: try message(), as: UTF8.self) }

    mutating func int() throws(InferenceError) -> Int { Int(truncatingIfNeeded: try varint()) }

    /// Appends a repeated integer field's numbers, packed or single.
    mutating func appendInts(_ field: Field, to list: inout [Int]) throws(InferenceError) {
        switch field.type {
        case .varint: list.append(try int())
        case .bytes:
            var inner = WireReader(try message())
            while inner.left > 0 { list.append(try inner.int()) }
        default: throw WireReader.malformed("field \(field.number) holds no integers")
        }
    }

    /// Appends a repeated float field's numbers, packed or single.
    mutating func appendFloats(_ field: Field, to list: inout [Float]) throws(InferenceError) {
        switch field.type {
        case .fixed32: list.append(Float(bitPattern: try fixed32()))
        case .bytes:
            var inner = WireReader(try message())
            while inner.left > 0 { list.append(Float(bitPattern: try inner.fixed32())) }
        default: throw WireReader.malformed("field \(field.number) holds no floats")
        }
    }

    /// Appends a repeated double field's numbers, packed or single.
    mutating func appendDoubles(_ field: Field, to list: inout [Double]) throws(InferenceError) {
        switch field.type {
        case .fixed64: list.append(Double(bitPattern: try fixed64()))
        case .bytes:
            var inner = WireReader(try message())
            while inner.left > 0 { list.append(Double(bitPattern: try inner.fixed64())) }
        default: throw WireReader.malformed("field \(field.number) holds no doubles")
        }
    }

    /// Throws unless a field has the wire type that the format gives it.
    static func expect(_ field: Field, _ type: WireType) throws(InferenceError) {
        guard field.type == type else { throw malformed("field \(field.number) has wire type \(field.type)") }
    }

    static func malformed(_ what: String) -> InferenceError {
        InferenceError(.malformedModel, "not a whole ONNX model: \(what)")
    }
}

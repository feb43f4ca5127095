/// Reads ONNX's `AttributeProto`.
enum ONNXAttribute {
    /// The attribute and its name.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> (name: String, attribute: Attribute) {
        var reader = WireReader(bytes)
        var name = ""
        var type = 0
        var found: Attribute?
        var ints: [Int] = []
        var floats: [Float] = []
        var strings: [String] = []
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try WireReader.expect(field, .bytes)
                name = try reader.string()
            case 2:
                try WireReader.expect(field, .fixed32)
                found = .float(Float(bitPattern: try reader.fixed32()))
            case 3:
                try WireReader.expect(field, .varint)
                found = .int(try reader.int())
            case 4:
                try WireReader.expect(field, .bytes)
                found = .string(try reader.string())
            case 5:
                try WireReader.expect(field, .bytes)
                found = .tensor(try ONNXTensor.read(try reader.message()).tensor)
            case 7: try reader.appendFloats(field, to: &floats)
            case 8: try reader.appendInts(field, to: &ints)
            case 9:
                try WireReader.expect(field, .bytes)
                strings.append(try reader.string())
            case 20:
                try WireReader.expect(field, .varint)
                type = try reader.int()
            case 6, 10, 11, 14, 15, 21, 22:
                let kinds = [
                    6: "graph", 10: "tensors", 11: "graphs", 14: "type", 15: "types", 21: "reference",
                    22: "sparse tensor",
                ]
                found = .other(kinds[field.number] ?? "unknown")
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }
        // A list without elements, and a scalar equal to its default, may be left out of the bytes; the type tells them then.
        switch type {
        case 1: return (name, found ?? .float(0))
        case 2: return (name, found ?? .int(0))
        case 3: return (name, found ?? .string(""))
        case 6: return (name, .floats(floats))
        case 7: return (name, .ints(ints))
        case 8: return (name, .strings(strings))
        default: break
        }
        if let found { return (name, found) }
        if !ints.isEmpty { return (name, .ints(ints)) }
        if !floats.isEmpty { return (name, .floats(floats)) }
        if !strings.isEmpty { return (name, .strings(strings)) }
        throw WireReader.malformed("the attribute '\(name)' has no value")
    }
}

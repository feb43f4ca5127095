/// Lays out FlatBuffers for tests: a table first, what it points at behind it.
struct FlatBufferWriter {
    /// A value of a table's field, or of a vector.
    indirect enum Value {
        case int8(Int8)
        case int32(Int32)
        case uint32(UInt32)
        case float(Float)
        case bool(Bool)
        case string(String)
        case bytes([UInt8])
        case ints([Int32])
        case shorts([UInt16])
        case longs([Int64])
        case floats([Float])
        case table([Int: Value])
        case tables([Value])
        /// A vector whose elements all lead to one table.
        case repeated(Value, Int)

        /// The bytes that stand in the table itself: the number, or four for an offset.
        fileprivate var inline: [UInt8] {
            switch self {
            case .int8(let x): [UInt8(bitPattern: x)]
            case .bool(let x): [x ? 1 : 0]
            case .int32(let x): FlatBufferWriter.bytes(x)
            case .uint32(let x): FlatBufferWriter.bytes(x)
            case .float(let x): FlatBufferWriter.bytes(x.bitPattern)
            default: [0, 0, 0, 0]
            }
        }

        fileprivate var isOffset: Bool {
            switch self {
            case .int8, .int32, .uint32, .float, .bool: false
            default: true
            }
        }
    }

    private var file: [UInt8] = []

    /// A whole file with the given root.
    static func file(_ root: Value, identifier: String = "TFL3") -> [UInt8] {
        var writer = FlatBufferWriter()
        writer.file = [0, 0, 0, 0] + Array(identifier.utf8)
        writer.patch(0, with: writer.append(root))
        return writer.file
    }

    fileprivate static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private mutating func align(_ size: Int) {
        while file.count % size != 0 { file.append(0) }
    }

    /// Makes the offset at `position` lead to `target`.
    private mutating func patch(_ position: Int, with target: Int) {
        file.replaceSubrange(position..<position + 4, with: FlatBufferWriter.bytes(UInt32(target - position)))
    }

    private mutating func appendVector<T: FixedWidthInteger>(_ values: [T]) -> Int {
        align(8)
        // The length stands right before elements that are aligned to their own size.
        file += [0, 0, 0, 0]
        let start = file.count
        file += FlatBufferWriter.bytes(UInt32(values.count))
        for value in values { file += FlatBufferWriter.bytes(value) }
        return start
    }

    /// Appends a value and returns where it starts.
    private mutating func append(_ value: Value) -> Int {
        switch value {
        case .string(let text):
            let start = appendVector(Array(text.utf8))
            file.append(0)
            return start
        case .bytes(let values): return appendVector(values)
        case .ints(let values): return appendVector(values)
        case .shorts(let values): return appendVector(values)
        case .longs(let values): return appendVector(values)
        case .floats(let values): return appendVector(values.map(\.bitPattern))
        case .tables(let tables):
            let start = appendVector([UInt32](repeating: 0, count: tables.count))
            for (index, table) in tables.enumerated() { patch(start + 4 + 4 * index, with: append(table)) }
            return start
        case .repeated(let table, let count):
            let start = appendVector([UInt32](repeating: 0, count: count))
            let target = append(table)
            for index in 0..<count { patch(start + 4 + 4 * index, with: target) }
            return start
        case .table(let fields): return append(fields)
        default: preconditionFailure("a number stands in its table")
        }
    }

    private mutating func append(_ fields: [Int: Value]) -> Int {
        let count = (fields.keys.max() ?? -1) + 1
        align(4)
        let list = file.count
        file += [UInt8](repeating: 0, count: 4 + 2 * count)
        align(4)
        let table = file.count
        file += FlatBufferWriter.bytes(Int32(table - list))
        var offsets: [(Int, Value)] = []
        for (field, value) in fields.sorted(by: { $0.key < $1.key }) {
            align(value.inline.count)
            file.replaceSubrange(
                list + 4 + 2 * field..<list + 6 + 2 * field, with: FlatBufferWriter.bytes(UInt16(file.count - table)))
            if value.isOffset { offsets.append((file.count, value)) }
            file += value.inline
        }
        file.replaceSubrange(list..<list + 2, with: FlatBufferWriter.bytes(UInt16(4 + 2 * count)))
        file.replaceSubrange(list + 2..<list + 4, with: FlatBufferWriter.bytes(UInt16(file.count - table)))
        for (position, value) in offsets { patch(position, with: append(value)) }
        return table
    }
}

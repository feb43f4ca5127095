/// The type of a tensor's elements. Raw values are those of ONNX's `TensorProto.DataType`.
public enum DataType: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    /// One byte an element, 0 or 1.
    case bool = 9
    case float16 = 10
    case float64 = 11
    case uint32 = 12
    case uint64 = 13
    /// The upper half of a float32.
    case bfloat16 = 16

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .float32, .int32, .uint32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    /// Whether the elements are floating-point numbers.
    public var isFloat: Bool {
        switch self {
        case .float32, .float16, .float64, .bfloat16: true
        default: false
        }
    }

    /// The name of the type in lower case, as messages write it.
    public var description: String {
        switch self {
        case .float32: "float32"
        case .uint8: "uint8"
        case .int8: "int8"
        case .uint16: "uint16"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .bool: "bool"
        case .float16: "float16"
        case .float64: "float64"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .bfloat16: "bfloat16"
        }
    }
}

internal import Glibc

/// An immutable tensor: a constant of a graph, or values going into and coming out of a session.
///
/// Row-major, packed, in the machine's byte order. Copies share the bytes.
public struct Tensor: Sendable {
    /// Element type and shape.
    public let spec: TensorSpec
    package let storage: TensorStorage

    package init(spec: TensorSpec, storage: TensorStorage) {
        precondition(storage.bytes.count >= spec.byteCount)
        self.spec = spec
        self.storage = storage
    }

    /// A tensor whose bytes are written by `fill`; they are zero when it is called.
    package init(
        _ type: DataType, _ shape: [Int], fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(InferenceError) {
        let spec = try TensorSpec(type, shape)
        let storage = TensorStorage(byteCount: spec.byteCount)
        fill(storage.bytes)
        self.init(spec: spec, storage: storage)
    }

    /// A tensor with a copy of packed bytes.
    /// - Throws: `malformedModel` when the number of bytes does not fit the shape.
    public init(_ type: DataType, _ shape: [Int], bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        let spec = try TensorSpec(type, shape)
        guard bytes.count == spec.byteCount else {
            throw InferenceError(.malformedModel, "\(bytes.count) bytes for a tensor \(spec)")
        }
        let storage = TensorStorage(byteCount: spec.byteCount)
        storage.bytes.copyMemory(from: bytes)
        self.init(spec: spec, storage: storage)
    }

    /// A tensor of the given elements.
    /// - Throws: `malformedModel` when the number of elements does not fit the shape.
    public init<Element: TensorElement>(_ elements: [Element], shape: [Int]) throws(InferenceError) {
        let spec = try TensorSpec(Element.dataType, shape)
        guard elements.count == spec.count else {
            throw InferenceError(.malformedModel, "\(elements.count) elements for a tensor \(spec)")
        }
        let storage = TensorStorage(byteCount: spec.byteCount)
        elements.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
        self.init(spec: spec, storage: storage)
    }

    /// The type of the elements.
    public var type: DataType { spec.type }
    /// The extent of each axis.
    public var shape: [Int] { spec.shape }
    /// The number of elements.
    public var count: Int { spec.count }

    /// The packed bytes, valid inside `body`.
    public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: storage.bytes[..<spec.byteCount]))
    }

    /// The elements as an array, or nil when they are of another type.
    public func elements<Element: TensorElement>(as _: Element.Type) -> [Element]? {
        guard Element.dataType == type else { return nil }
        return withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
    }

    /// The same bytes seen with another shape of as many elements.
    package func reshaped(_ shape: [Int]) throws(InferenceError) -> Tensor {
        let other = try TensorSpec(type, shape)
        guard other.count == count else {
            throw InferenceError(.invalidNode, "shape \(shape) for the \(count) elements of \(spec)")
        }
        return Tensor(spec: other, storage: storage)
    }
}

/// The bytes of a tensor, aligned to a cache line.
///
/// `@unchecked Sendable`: the bytes are written while the owner is being made, by one thread, and only read after that.
package final class TensorStorage: @unchecked Sendable {
    package let bytes: UnsafeMutableRawBufferPointer
    private let block: UnsafeMutableRawPointer

    /// Zeroed bytes. At least one line is taken, so that an empty tensor has an address too, and the bytes run on to the end of
    /// their line, so that a vector load of the last elements stays inside.
    package init(byteCount: Int) {
        let whole = Swift.max(64, (byteCount + 63) & ~63)
        // Large blocks come from the kernel as zeros: calloc does not write them once more, and what nobody uses takes no memory.
        guard let block = calloc(1, whole + 63) else { fatalError("no memory for a tensor of \(whole) bytes") }
        self.block = block
        let start = UnsafeMutableRawPointer(bitPattern: (UInt(bitPattern: block) + 63) & ~63)
        bytes = UnsafeMutableRawBufferPointer(start: start, count: whole)
    }

    deinit { free(block) }
}

/// A Swift type that is the element of one kind of tensor.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The tensor's element type.
    static var dataType: DataType { get }
}

extension Float: TensorElement {
    /// `DataType.float32`.
    public static var dataType: DataType { .float32 }
}
extension Double: TensorElement {
    /// `DataType.float64`.
    public static var dataType: DataType { .float64 }
}
extension Float16: TensorElement {
    /// `DataType.float16`.
    public static var dataType: DataType { .float16 }
}
extension UInt8: TensorElement {
    /// `DataType.uint8`.
    public static var dataType: DataType { .uint8 }
}
extension Int8: TensorElement {
    /// `DataType.int8`.
    public static var dataType: DataType { .int8 }
}
extension UInt16: TensorElement {
    /// `DataType.uint16`.
    public static var dataType: DataType { .uint16 }
}
extension Int16: TensorElement {
    /// `DataType.int16`.
    public static var dataType: DataType { .int16 }
}
extension UInt32: TensorElement {
    /// `DataType.uint32`.
    public static var dataType: DataType { .uint32 }
}
extension Int32: TensorElement {
    /// `DataType.int32`.
    public static var dataType: DataType { .int32 }
}
extension UInt64: TensorElement {
    /// `DataType.uint64`.
    public static var dataType: DataType { .uint64 }
}
extension Int64: TensorElement {
    /// `DataType.int64`.
    public static var dataType: DataType { .int64 }
}
extension Bool: TensorElement {
    /// `DataType.bool`.
    public static var dataType: DataType { .bool }
}

extension Tensor {
    /// The elements of an integer or bool tensor as `Int`, or nil when they are of another type or do not fit.
    package var integers: [Int]? {
        switch type {
        case .int64: elements(as: Int64.self)?.map { Int($0) }
        case .int32: elements(as: Int32.self)?.map { Int($0) }
        case .int16: elements(as: Int16.self)?.map { Int($0) }
        case .int8: elements(as: Int8.self)?.map { Int($0) }
        case .uint8: elements(as: UInt8.self)?.map { Int($0) }
        case .uint16: elements(as: UInt16.self)?.map { Int($0) }
        case .uint32: elements(as: UInt32.self)?.map { Int($0) }
        case .uint64: elements(as: UInt64.self)?.map { Int(clamping: $0) }
        case .bool: withUnsafeBytes { bytes in bytes.map { $0 == 0 ? 0 : 1 } }
        case .float32, .float64, .float16, .bfloat16: nil
        }
    }

    /// The elements of a floating-point tensor as `Double`, or nil when they are of another type.
    package var doubles: [Double]? {
        switch type {
        case .float32: elements(as: Float.self)?.map { Double($0) }
        case .float64: elements(as: Double.self)
        case .float16: elements(as: Float16.self)?.map { Double($0) }
        case .bfloat16:
            withUnsafeBytes { bytes in
                bytes.bindMemory(to: UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
            }
        default: nil
        }
    }
}

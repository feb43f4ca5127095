extension Operator {
    /// Conversions between element types.
    static var casts: [Operator] {
        [
            Operator("Cast", narrow: .taken) { context throws(InferenceError) in
                guard let number = try context.int("to") else { throw context.invalid("the attribute 'to' is missing") }
                return try prepareCast(context, to: try ONNXTensor.dataType(number))
            },
            Operator("CastLike", narrow: .taken) { context throws(InferenceError) in
                try prepareCast(context, to: try context.input(1).type)
            },
        ]
    }

    private static func prepareCast(_ context: NodeContext, to type: DataType) throws(InferenceError) -> Prepared {
        let spec = try context.input(0)
        let output = try TensorSpec(type, spec.shape)
        if type == spec.type { return Prepared.view(output) }
        let count = spec.count
        if Widening.wide(of: type) == spec.type || Widening.wide(of: spec.type) == type {
            return Prepared.compute([output]) { binding in
                let x = binding.inputs[0]!
                let y = binding.outputs[0]!
                return { Widening.convert(x, spec.type, y, type, count: count) }
            }
        }
        return Prepared.compute([output]) { binding in
            let x = binding.inputs[0]!
            let y = binding.outputs[0]!
            // A double holds every integer of up to 53 bits; wider ones are converted as integers.
            if !spec.type.isFloat && !type.isFloat && type != .bool {
                return { for index in 0..<count { storeInteger(loadInteger(x, spec.type, index), y, type, index) } }
            }
            return { for index in 0..<count { storeDouble(loadDouble(x, spec.type, index), y, type, index) } }
        }
    }
}

/// An element of an integer type or bool; the bits of a uint64.
func loadInteger(_ pointer: UnsafeRawPointer, _ type: DataType, _ index: Int) -> Int64 {
    switch type {
    case .int64: pointer.assumingMemoryBound(to: Int64.self)[index]
    case .uint64: Int64(bitPattern: pointer.assumingMemoryBound(to: UInt64.self)[index])
    default: Int64(loadDouble(pointer, type, index))
    }
}

/// Stores the low bits of an integer.
func storeInteger(_ value: Int64, _ pointer: UnsafeMutableRawPointer, _ type: DataType, _ index: Int) {
    switch type.size {
    case 1: pointer.assumingMemoryBound(to: UInt8.self)[index] = UInt8(truncatingIfNeeded: value)
    case 2: pointer.assumingMemoryBound(to: UInt16.self)[index] = UInt16(truncatingIfNeeded: value)
    case 4: pointer.assumingMemoryBound(to: UInt32.self)[index] = UInt32(truncatingIfNeeded: value)
    default: pointer.assumingMemoryBound(to: Int64.self)[index] = value
    }
}

/// Stores a number as an element of any type: floats are rounded to nearest, integers truncated, bool is whether it is not zero.
func storeDouble(_ value: Double, _ pointer: UnsafeMutableRawPointer, _ type: DataType, _ index: Int) {
    switch type {
    case .float32: pointer.assumingMemoryBound(to: Float.self)[index] = Float(value)
    case .float64: pointer.assumingMemoryBound(to: Double.self)[index] = value
    case .float16: pointer.assumingMemoryBound(to: Float16.self)[index] = Float16(value)
    case .bfloat16: pointer.assumingMemoryBound(to: UInt16.self)[index] = Widening.bfloat16(Float(value))
    case .bool: pointer.assumingMemoryBound(to: UInt8.self)[index] = value != 0 ? 1 : 0
    case .uint8: pointer.assumingMemoryBound(to: UInt8.self)[index] = UInt8(double: value)
    case .int8: pointer.assumingMemoryBound(to: Int8.self)[index] = Int8(double: value)
    case .uint16: pointer.assumingMemoryBound(to: UInt16.self)[index] = UInt16(double: value)
    case .int16: pointer.assumingMemoryBound(to: Int16.self)[index] = Int16(double: value)
    case .uint32: pointer.assumingMemoryBound(to: UInt32.self)[index] = UInt32(double: value)
    case .int32: pointer.assumingMemoryBound(to: Int32.self)[index] = Int32(double: value)
    case .uint64: pointer.assumingMemoryBound(to: UInt64.self)[index] = UInt64(double: value)
    case .int64: pointer.assumingMemoryBound(to: Int64.self)[index] = Int64(double: value)
    }
}

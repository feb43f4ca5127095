/// A small ONNX model for tests, written as the protobuf wire format has it.
struct TinyONNX {
    /// An attribute of a node.
    enum Attribute {
        case int(Int)
        case ints([Int])
        case float(Float)
        case string(String)
        case graph
    }

    struct Node {
        var op: String
        var inputs: [String]
        var outputs: [String]
        var attributes: [(String, Attribute)] = []
        var domain = ""
        var name = ""
    }

    struct Constant {
        var name: String
        var dims: [Int]
        /// `TensorProto.DataType`: 1 float32, 7 int64.
        var type = 1
        var raw: [UInt8]

        init(_ name: String, _ dims: [Int], _ values: [Float]) {
            (self.name, self.dims) = (name, dims)
            raw = values.flatMap { withUnsafeBytes(of: $0) { Array($0) } }
        }

        init(_ name: String, integers: [Int]) {
            (self.name, dims, type) = (name, [integers.count], 7)
            raw = integers.flatMap { withUnsafeBytes(of: Int64($0)) { Array($0) } }
        }
    }

    var opset = 17
    /// Domains besides ONNX's own that the model imports.
    var domains: [String] = []
    var nodes: [Node] = []
    var constants: [Constant] = []
    /// Names and shapes; nil is an open extent.
    var inputs: [(String, [Int?])] = []
    var outputs: [String] = []

    /// A model of one node.
    init(
        _ op: String, _ inputs: [(String, [Int?])], _ constants: [Constant] = [],
        _ attributes: [(String, Attribute)] = []
    ) {
        self.inputs = inputs
        self.constants = constants
        nodes = [
            Node(
                op: op, inputs: inputs.map(\.0) + constants.map(\.name), outputs: ["y"], attributes: attributes)
        ]
        outputs = ["y"]
    }

    /// A model of several.
    init(inputs: [(String, [Int?])], constants: [Constant], nodes: [Node], outputs: [String]) {
        (self.inputs, self.constants, self.nodes, self.outputs) = (inputs, constants, nodes, outputs)
    }

    /// The file.
    var file: [UInt8] {
        var graph = Message()
        for node in nodes { graph.add(1, Self.bytes(of: node)) }
        graph.add(2, "a test")
        for constant in constants {
            var tensor = Message()
            for dim in constant.dims { tensor.add(1, dim) }
            tensor.add(2, constant.type)
            tensor.add(8, constant.name)
            tensor.add(9, constant.raw)
            graph.add(5, tensor.bytes)
        }
        for (name, shape) in inputs { graph.add(11, Self.info(name, shape)) }
        for name in outputs { graph.add(12, Self.info(name, nil)) }
        var model = Message()
        model.add(1, 8)
        model.add(7, graph.bytes)
        for (domain, version) in [("", opset)] + domains.map({ ($0, 1) }) {
            var imported = Message()
            imported.add(1, domain)
            imported.add(2, version)
            model.add(8, imported.bytes)
        }
        return model.bytes
    }

    private static func bytes(of node: Node) -> [UInt8] {
        var message = Message()
        for input in node.inputs { message.add(1, input) }
        for output in node.outputs { message.add(2, output) }
        message.add(3, node.name)
        message.add(4, node.op)
        for (name, value) in node.attributes {
            var attribute = Message()
            attribute.add(1, name)
            switch value {
            case .int(let number):
                attribute.add(3, number)
                attribute.add(20, 2)
            case .ints(let numbers):
                for number in numbers { attribute.add(8, number) }
                attribute.add(20, 7)
            case .float(let number):
                attribute.add(2, number)
                attribute.add(20, 1)
            case .string(let text):
                attribute.add(4, text)
                attribute.add(20, 3)
            case .graph:
                attribute.add(6, [UInt8]())
                attribute.add(20, 5)
            }
            message.add(5, attribute.bytes)
        }
        if !node.domain.isEmpty { message.add(7, node.domain) }
        return message.bytes
    }

    private static func info(_ name: String, _ shape: [Int?]?) -> [UInt8] {
        var tensor = Message()
        tensor.add(1, 1)
        if let shape {
            var extents = Message()
            for extent in shape {
                var dimension = Message()
                if let extent { dimension.add(1, extent) } else { dimension.add(2, "N") }
                extents.add(1, dimension.bytes)
            }
            tensor.add(2, extents.bytes)
        }
        var type = Message()
        type.add(1, tensor.bytes)
        var info = Message()
        info.add(1, name)
        info.add(2, type.bytes)
        return info.bytes
    }

    /// A protobuf message as it grows.
    struct Message {
        private(set) var bytes: [UInt8] = []

        mutating func varint(_ value: UInt64) {
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }

        mutating func add(_ field: Int, _ value: Int) {
            varint(UInt64(field << 3))
            varint(UInt64(bitPattern: Int64(value)))
        }

        mutating func add(_ field: Int, _ value: Float) {
            varint(UInt64(field << 3 | 5))
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
        }

        mutating func add(_ field: Int, _ value: [UInt8]) {
            varint(UInt64(field << 3 | 2))
            varint(UInt64(value.count))
            bytes += value
        }

        mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }
    }
}

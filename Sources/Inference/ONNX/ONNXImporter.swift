/// Reads an ONNX model (onnx.proto3 of ONNX 1.23) into a graph.
package enum ONNXImporter {
    /// Where the reading stands: the names met so far.
    private struct Scope {
        var graph = Graph()
        var ids: [String: Graph.ValueID] = [:]
        var made: Set<Graph.ValueID> = []

        /// The value of a name, made when new; nil for the empty name of an input or output left out.
        mutating func id(_ name: String) -> Graph.ValueID? {
            if name.isEmpty { return nil }
            if let id = ids[name] { return id }
            let id = graph.addValue(name)
            ids[name] = id
            return id
        }
    }

    /// The graph of a model.
    /// - Throws: `malformedModel` when the bytes are not a whole ONNX model, or one that uses a value before making it or makes
    ///   it twice; `unsupportedModel` for what the engine does not read. The message names the value or node.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> Graph {
        var reader = WireReader(bytes)
        var versions: [String: Int] = [:]
        var body: UnsafeRawBufferPointer?
        while let field = try reader.next() {
            switch field.number {
            case 7:
                try WireReader.expect(field, .bytes)
                body = try reader.message()
            case 8:
                try WireReader.expect(field, .bytes)
                let (domain, version) = try opset(try reader.message())
                versions[domain] = version
            default: try reader.skip(field)
            }
        }
        guard let body else { throw WireReader.malformed("there is no graph in it") }
        return try graph(body, versions: versions)
    }

    private static func opset(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> (String, Int) {
        var reader = WireReader(bytes)
        var domain = ""
        var version = 0
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try WireReader.expect(field, .bytes)
                domain = try reader.string()
            case 2:
                try WireReader.expect(field, .varint)
                version = try reader.int()
            default: try reader.skip(field)
            }
        }
        return (normal(domain), version)
    }

    /// ONNX's own domain has two spellings.
    private static func normal(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

    private static func graph(
        _ bytes: UnsafeRawBufferPointer, versions: [String: Int]
    ) throws(InferenceError) -> Graph {
        var reader = WireReader(bytes)
        var nodes: [UnsafeRawBufferPointer] = []
        var initializers: [UnsafeRawBufferPointer] = []
        var inputs: [UnsafeRawBufferPointer] = []
        var outputs: [UnsafeRawBufferPointer] = []
        while let field = try reader.next() {
            switch field.number {
            case 1, 5, 11, 12:
                try WireReader.expect(field, .bytes)
                let message = try reader.message()
                switch field.number {
                case 1: nodes.append(message)
                case 5: initializers.append(message)
                case 11: inputs.append(message)
                default: outputs.append(message)
                }
            case 15: throw InferenceError(.unsupportedModel, "the model has sparse initializers")
            default: try reader.skip(field)
            }
        }

        var scope = Scope()
        for message in initializers {
            let (name, tensor) = try ONNXTensor.read(message)
            guard let id = scope.id(name), scope.made.insert(id).inserted else {
                throw WireReader.malformed("the initializer '\(name)' is there twice or has no name")
            }
            scope.graph[id].constant = tensor
            scope.graph[id].type = tensor.type
            scope.graph[id].shape = tensor.shape
        }
        for message in inputs {
            let info = try valueInfo(message)
            guard let id = scope.id(info.name) else { throw WireReader.malformed("an input without a name") }
            // Before IR version 4 every initializer was listed as an input too.
            if scope.graph[id].constant != nil { continue }
            guard scope.made.insert(id).inserted else {
                throw WireReader.malformed("the input '\(info.name)' is there twice")
            }
            scope.graph[id].type = info.type
            scope.graph[id].shape = info.shape
            scope.graph.inputs.append(id)
        }
        for message in nodes { try node(message, versions: versions, into: &scope) }
        for message in outputs {
            let info = try valueInfo(message)
            guard let id = scope.ids[info.name], scope.made.contains(id) else {
                throw WireReader.malformed("nothing makes the output '\(info.name)'")
            }
            if scope.graph[id].type == nil { scope.graph[id].type = info.type }
            if scope.graph[id].shape == nil { scope.graph[id].shape = info.shape }
            scope.graph.outputs.append(id)
        }
        return scope.graph
    }

    private static func valueInfo(
        _ bytes: UnsafeRawBufferPointer
    ) throws(InferenceError) -> (name: String, type: DataType?, shape: [Int?]?) {
        var reader = WireReader(bytes)
        var name = ""
        var type: DataType?
        var shape: [Int?]?
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try WireReader.expect(field, .bytes)
                name = try reader.string()
            case 2:
                try WireReader.expect(field, .bytes)
                do {
                    (type, shape) = try tensorType(try reader.message())
                } catch {
                    throw error.within("value '\(name)'")
                }
            default: try reader.skip(field)
            }
        }
        return (name, type, shape)
    }

    private static func tensorType(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> (DataType?, [Int?]?) {
        var reader = WireReader(bytes)
        var type: DataType?
        var shape: [Int?]?
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try WireReader.expect(field, .bytes)
                var tensor = WireReader(try reader.message())
                while let field = try tensor.next() {
                    switch field.number {
                    case 1:
                        try WireReader.expect(field, .varint)
                        type = try ONNXTensor.dataType(try tensor.int())
                    case 2:
                        try WireReader.expect(field, .bytes)
                        shape = try dimensions(try tensor.message())
                    default: try tensor.skip(field)
                    }
                }
            case 4, 5, 8, 9: throw InferenceError(.unsupportedModel, "it is a sequence, map, sparse or optional value")
            default: try reader.skip(field)
            }
        }
        return (type, shape)
    }

    private static func dimensions(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) -> [Int?] {
        var reader = WireReader(bytes)
        var shape: [Int?] = []
        while let field = try reader.next() {
            guard field.number == 1 else {
                try reader.skip(field)
                continue
            }
            try WireReader.expect(field, .bytes)
            var dimension = WireReader(try reader.message())
            var extent: Int?
            while let field = try dimension.next() {
                if field.number == 1, field.type == .varint {
                    extent = try dimension.int()
                } else {
                    try dimension.skip(field)
                }
            }
            // Some exporters write 0 or -1 for an extent that is open.
            shape.append(extent.flatMap { $0 > 0 ? $0 : nil })
            guard shape.count <= TensorSpec.maximumRank else {
                throw InferenceError(.tooLarge, "more than \(TensorSpec.maximumRank) axes")
            }
        }
        return shape
    }

    private static func node(
        _ bytes: UnsafeRawBufferPointer, versions: [String: Int], into scope: inout Scope
    ) throws(InferenceError) {
        var reader = WireReader(bytes)
        var node = Graph.Node(op: "", version: 0, inputs: [], outputs: [])
        var inputs: [String] = []
        var outputs: [String] = []
        var attributes: [UnsafeRawBufferPointer] = []
        while let field = try reader.next() {
            switch field.number {
            case 1, 2, 3, 4, 5, 7:
                try WireReader.expect(field, .bytes)
                switch field.number {
                case 1: inputs.append(try reader.string())
                case 2: outputs.append(try reader.string())
                case 3: node.name = try reader.string()
                case 4: node.op = try reader.string()
                case 5: attributes.append(try reader.message())
                default: node.domain = normal(try reader.string())
                }
            default: try reader.skip(field)
            }
        }
        // What the passes make has been checked by them, and not by the operators' definitions.
        guard node.domain != Graph.ownDomain else {
            throw InferenceError(
                .unsupportedOperator, "\(node.label) is of the domain '\(Graph.ownDomain)', which is the engine's own")
        }
        guard let version = versions[node.domain] else {
            throw WireReader.malformed(
                "\(node.label) is of the domain '\(node.domain)', which the model does not import")
        }
        node.version = version
        for bytes in attributes {
            do {
                let (name, attribute) = try ONNXAttribute.read(bytes)
                node.attributes[name] = attribute
            } catch {
                throw error.within(node.label)
            }
        }
        for name in inputs {
            let id = scope.id(name)
            if let id, !scope.made.contains(id) {
                throw WireReader.malformed("\(node.label) uses '\(name)' before it is made")
            }
            node.inputs.append(id)
        }
        for name in outputs {
            let id = scope.id(name)
            if let id, !scope.made.insert(id).inserted {
                throw WireReader.malformed("'\(name)' is made twice, the second time by \(node.label)")
            }
            node.outputs.append(id)
        }
        scope.graph.nodes.append(node)
    }
}

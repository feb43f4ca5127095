/// A fixed parameter of a node.
package enum Attribute: Sendable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
    case floats([Float])
    case strings([String])
    case tensor(Tensor)
    /// A kind of attribute that no operator of this engine takes, such as a subgraph; the text names the kind.
    case other(String)

    package var kind: String {
        switch self {
        case .int: "int"
        case .float: "float"
        case .string: "string"
        case .ints: "ints"
        case .floats: "floats"
        case .strings: "strings"
        case .tensor: "tensor"
        case .other(let kind): kind
        }
    }
}

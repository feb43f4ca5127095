/// An input or output of a model, before shapes are settled.
public struct ValueInfo: Sendable, Hashable {
    /// The name the model gives it.
    public let name: String
    /// The type of the elements, nil where the model's file does not say.
    public let type: DataType?
    /// The extent of each axis, nil where it is open (a symbolic batch); nil as a whole when the file does not say.
    public let shape: [Int?]?

    /// A shape for messages; open extents are question marks.
    static func text(of shape: [Int?]) -> String {
        "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}

public import Platform

/// What went wrong with a model or a session. The message names the file, operator, tensor or value at fault.
public struct InferenceError: Fault, Equatable {
    /// The family of an error.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case cannotRead, malformedModel, unsupportedModel, unsupportedOperator, invalidNode, valueNeeded
            case unknownName, shapeMismatch, typeMismatch, tooLarge, invalidValue
        }

        private let kind: Kind

        /// The file cannot be opened or read.
        public static let cannotRead = Code(kind: .cannotRead)
        /// The bytes are not a whole, consistent model.
        public static let malformedModel = Code(kind: .malformedModel)
        /// The model is whole, but uses a feature of its format that this engine does not read.
        public static let unsupportedModel = Code(kind: .unsupportedModel)
        /// An operator, one of its versions, or its use with these element types is not known to this engine.
        public static let unsupportedOperator = Code(kind: .unsupportedOperator)
        /// A node's attributes or its inputs' shapes contradict the operator's definition.
        public static let invalidNode = Code(kind: .invalidNode)
        /// A shape depends on the value of an input; that value has to be given when the session is made.
        public static let valueNeeded = Code(kind: .valueNeeded)
        /// The model has no input or output of that name.
        public static let unknownName = Code(kind: .unknownName)
        /// A shape was given that the model does not take, or an input's shape was left open.
        public static let shapeMismatch = Code(kind: .shapeMismatch)
        /// A tensor was asked for with an element type that is not its own.
        public static let typeMismatch = Code(kind: .typeMismatch)
        /// A tensor or the whole plan would pass the engine's size limits.
        public static let tooLarge = Code(kind: .tooLarge)
        /// A value met while running is outside the operator's domain, such as an index beyond the end of an axis.
        public static let invalidValue = Code(kind: .invalidValue)

        /// The name of the code.
        public var description: String { kind.rawValue }
    }

    /// The family, for `switch` and tests.
    public let code: Code
    /// One sentence for the user.
    public let message: String
    /// With `valueNeeded`: the model's inputs whose values decide the shape.
    public let neededInputs: [String]

    /// With `valueNeeded`: the node's input at fault, until the specialiser has traced it to the model's inputs.
    let operand: Int?

    package init(_ code: Code, _ message: String, neededInputs: [String] = []) {
        self.init(code, message, neededInputs: neededInputs, operand: nil)
    }

    init(_ code: Code, _ message: String, neededInputs: [String] = [], operand: Int?) {
        self.code = code
        self.message = message
        self.neededInputs = neededInputs
        self.operand = operand
    }

    /// The message: what is wrong and where.
    public var problem: String { message }

    /// The same error with the place it was met in front of the message.
    package func within(_ place: String) -> InferenceError {
        InferenceError(code, "\(place): \(message)", neededInputs: neededInputs, operand: operand)
    }
}

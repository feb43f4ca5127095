/// Why faces cannot be tracked. The message names the file at fault and what to do about it.
public struct FaceTrackingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case missingModel, wrongModel, unusableModel
        }
        private let kind: Kind

        /// A network's file does not exist or cannot be read.
        public static let missingModel = Code(kind: .missingModel)
        /// A network's file is not the one that this version was made for.
        public static let wrongModel = Code(kind: .wrongModel)
        /// A network cannot be run.
        public static let unusableModel = Code(kind: .unusableModel)

        /// The code's name.
        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for the user.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message: what is wrong and where.
    public var description: String { message }
}

/// Why expressions cannot be read. The message names the file and key, or the network, at fault.
public struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case missingBundle, invalidBundle, wrongHash, unusableNetwork
            case missingBaseline, invalidBaseline, cannotWrite, invalidObservation
        }
        private let kind: Kind

        /// A file of the bundle does not exist or cannot be read.
        public static let missingBundle = Code(kind: .missingBundle)
        /// `bundle.json` is not what `Documentation/Bundle.md` says, or contradicts the networks.
        public static let invalidBundle = Code(kind: .invalidBundle)
        /// A network's file is not the one that `bundle.json` was written for.
        public static let wrongHash = Code(kind: .wrongHash)
        /// A network cannot be run.
        public static let unusableNetwork = Code(kind: .unusableNetwork)
        /// A file of baselines does not exist or cannot be read.
        public static let missingBaseline = Code(kind: .missingBaseline)
        /// A file of baselines is damaged or belongs to another bundle.
        public static let invalidBaseline = Code(kind: .invalidBaseline)
        /// A file cannot be written.
        public static let cannotWrite = Code(kind: .cannotWrite)
        /// A face's crop or geometry has not the size that the bundle reads.
        public static let invalidObservation = Code(kind: .invalidObservation)

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

    /// The message.
    public var description: String { message }
}

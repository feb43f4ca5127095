public import Platform

/// Why expressions cannot be read. The message names the file and key, or the network, at fault.
public struct ExpressionError: Fault, Equatable {
    /// The kind of failure.
    public enum Code: Sendable {
        /// A file of the bundle does not exist or cannot be read.
        case missingBundle
        /// `bundle.json` is not what `Documentation/Bundle.md` says, or contradicts the networks.
        case invalidBundle
        /// A network's file is not the one that `bundle.json` was written for.
        case wrongHash
        /// A network cannot be run.
        case unusableNetwork
        /// A file of baselines does not exist or cannot be read.
        case missingBaseline
        /// A file of baselines is damaged or belongs to another bundle.
        case invalidBaseline
        /// A file cannot be written.
        case cannotWrite
        /// A face's crop or geometry has not the size that the bundle reads.
        case invalidObservation
        /// An option names an AU that the bundle does not read.
        case unknownLabel
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for the user.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What ends the process when the bundle or a baseline is at fault.
    public var exitCode: Failure.Code {
        switch code {
        case .missingBundle, .invalidBundle, .wrongHash, .unusableNetwork: .unavailable
        case .missingBaseline: .noInput
        case .cannotWrite: .cannotCreate
        case .unknownLabel: .usage
        case .invalidBaseline, .invalidObservation: .failed
        }
    }
    /// The message.
    public var problem: String { message }
}

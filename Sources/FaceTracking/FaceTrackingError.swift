public import Platform

/// Why faces cannot be tracked. The message names the file at fault and what to do about it.
public struct FaceTrackingError: Fault, Equatable {
    /// The kind of failure.
    public enum Code: Sendable {
        /// A network's file does not exist or cannot be read.
        case missingModel
        /// A network's file is not the one that this version was made for.
        case wrongModel
        /// A network cannot be run.
        case unusableModel
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for the user.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The models are needed: what is missing can be fetched.
    public var exitCode: Failure.Code { .unavailable }
    /// The message: what is wrong and where.
    public var problem: String { message }
}

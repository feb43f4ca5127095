internal import CFFmpeg
public import Platform

/// Why a source could not be opened, read or decoded.
///
/// The message names the source (never its password) and the cause.
public struct MediaError: Fault, Equatable {
    /// The kind of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case notFound, cannotOpen, notAllowed, busy, noVideo, noDecoder, badOption, readFailed, timedOut,
                interrupted, nothingDecoded
        }
        private let kind: Kind

        /// The file, device or host does not exist; or the file may not be read.
        public static let notFound = Code(kind: .notFound)
        /// libav cannot open it: refused, unknown format, damaged header.
        public static let cannotOpen = Code(kind: .cannotOpen)
        /// The server wants a user and password, and not those that it was given.
        public static let notAllowed = Code(kind: .notAllowed)
        /// A camera that another program uses.
        public static let busy = Code(kind: .busy)
        /// It opens, and there is no video in it.
        public static let noVideo = Code(kind: .noVideo)
        /// libav was built without a decoder for its codec, or the decoder refuses its parameters.
        public static let noDecoder = Code(kind: .noDecoder)
        /// An option that nothing understands, or a value that is refused.
        public static let badOption = Code(kind: .badOption)
        /// Ten reads in a row failed, or the connection is gone.
        public static let readFailed = Code(kind: .readFailed)
        /// One of our own deadlines passed.
        public static let timedOut = Code(kind: .timedOut)
        /// It was read to its end, and no frame came of it.
        public static let nothingDecoded = Code(kind: .nothingDecoded)
        /// `interrupt()` was called.
        public static let interrupted = Code(kind: .interrupted)

        /// The code's name, fit for a metric's label.
        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// The source's name with its password scrubbed.
    public let source: String
    /// What happened, in a few words.
    public let reason: String

    /// Makes an error; passwords in both texts are scrubbed.
    public init(_ code: Code, source: String, reason: String) {
        self.code = code
        self.source = RedactedURL.scrub(source)
        self.reason = RedactedURL.scrub(reason)
    }

    /// What ends the process when this source is the only one.
    public var exitCode: Failure.Code {
        switch code {
        case .notFound: .noInput
        case .badOption: .usage
        case .readFailed: .inputOutput
        case .timedOut: .unavailable
        case .interrupted: .interrupted
        case .busy: .tryAgain
        case .noVideo, .noDecoder, .nothingDecoded: .badInput
        // A file stays what it is, a host or a camera may answer later.
        case .cannotOpen: MediaLocation(source).isLive ? .tryAgain : .badInput
        default: .failed
        }
    }
    /// The source.
    public var place: String? { source }
    /// The reason.
    public var problem: String { reason }

    /// libav's own words for one of its error numbers.
    static func words(for status: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        av_strerror(status, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

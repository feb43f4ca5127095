internal import Platform
public import SystemPackage

/// What a source's name leads to, and what libav is told to open.
public struct MediaLocation: Sendable, Equatable {
    /// The kind of thing behind the name.
    public enum Kind: Sendable, Equatable {
        /// A file, or standard input as `-`.
        case file
        /// A webcam: a path under /dev, or any path after `v4l2:`.
        case device
        /// RTSP.
        case rtsp
        /// Any other protocol with a scheme.
        case network
    }

    /// What it is.
    public let kind: Kind
    /// What libav opens.
    package let url: String
    /// What people read: the name without its password.
    public let name: String
    /// The path of a local file, whose bytes need not be UTF-8; nil for all else.
    package let file: FilePath?

    /// Reads a URL, a path, a device's path, or `-`.
    public init(_ text: String) {
        name = RedactedURL.scrub(text)
        if text == "-" {
            (kind, url) = (.file, "pipe:0")
        } else if text.hasPrefix("v4l2:") {
            let path = text.dropFirst(5)
            (kind, url) = (.device, String(path.hasPrefix("//") ? path.dropFirst(2) : path))
        } else if text.hasPrefix("/dev/"), !Self.namesWithinDev.contains(where: { text.hasPrefix($0) }) {
            (kind, url) = (.device, text)
        } else if let scheme = Self.scheme(of: text), scheme != "file" {
            (kind, url) = (scheme.hasPrefix("rtsp") ? .rtsp : .network, text)
        } else if text.hasPrefix("file:") {
            (kind, url) = (.file, text)
        } else {
            // Without the prefix libav would take "a:b.mp4" for a protocol.
            (kind, url) = (.file, "file:" + text)
        }
        file = kind == .file && text != "-" ? FilePath(String(url.dropFirst(5))) : nil
    }

    /// A local file, whatever its name looks like: `-`, `v4l2:x` and `rtsp://x` are files here.
    public init(file path: FilePath) {
        kind = .file
        name = path.string
        url = "file:" + path.string
        file = path
    }

    /// Calls `body` with what libav opens, in the bytes of the file system.
    package func withURL<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        guard let file else { return url.withCString(body) }
        return (Array("file:".utf8) + file.nameBytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }

    /// True for what does not wait for its reader. A network address may still turn out to lead to a recording
    /// (`SourceInfo.isLive`).
    public var isLive: Bool { kind != .file }

    /// True for standard input.
    package var isStandardInput: Bool { kind == .file && file == nil }

    /// True for a FIFO on this machine, whose writers come and go.
    public var isPipe: Bool {
        guard let file, let kind = try? FileKind(of: file) else { return false }
        return kind == .pipe
    }

    /// True where libav fetches what is there, as from a web server, rather than being sent what comes: only there can a recording be.
    package var isFetched: Bool { kind == .network && Self.fetchingSchemes.contains(scheme) }

    /// The innermost scheme of a URL, such as `http` of `hls+http://`; empty for what has none.
    package var scheme: String { (Self.scheme(of: url)?.split(separator: "+").last).map(String.init) ?? "" }

    private static let fetchingSchemes: Set<String> = ["http", "https", "ftp", "sftp", "smb"]

    /// What lies under /dev and is no device.
    private static let namesWithinDev = ["/dev/shm/", "/dev/fd/", "/dev/stdin"]

    private static func scheme(of text: String) -> String? {
        var scheme = text[...]
        guard let colon = scheme.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        scheme = scheme[..<colon]
        guard !scheme.isEmpty, scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        else { return nil }
        return scheme.lowercased()
    }
}

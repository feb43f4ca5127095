internal import JSON
internal import Platform
internal import Sinks
internal import SystemPackage

/// To which recordings the results in a folder belong, as their sidecars say.
public struct ResultOwners: Sendable {
    /// What is known of the place of a result.
    enum Owner: Equatable {
        /// Nobody's, or that of a recording that is no longer there.
        case nobody
        /// The recording's own, whose records call it so.
        case own(name: String)
        /// That of another recording.
        case other
    }

    /// Looks beside the results.
    public init() {}

    /// Whose results stand, or stood, at a path.
    func owner(of file: FilePath, for input: Input) -> Owner {
        guard file.exists, let source = Self.source(of: file) else { return .nobody }
        if source.place == input.place { return .own(name: source.name) }
        guard let path = source.path else { return .other }
        return FilePath(exactText: path).exists || source.isSequence ? .other : .nobody
    }

    /// What a sidecar says of the recording.
    struct Source: Equatable {
        var name: String
        /// What the recording is told apart by.
        var place: String
        /// Where it is, if it is a file.
        var path: String?
        /// Whether it is several pictures, which are no file.
        var isSequence: Bool { path?.contains("%") ?? false }
    }

    /// The recording that a file of records belongs to; nil when its sidecar does not say.
    static func source(of file: FilePath) -> Source? {
        guard let text = try? FileBytes.read(Sidecar.path(beside: file), limit: 1 << 20),
            let sidecar = try? JSONValue(parsing: text), let sources = sidecar["sources"]?.array, sources.count == 1
        else { return nil }
        return source(sources[0])
    }

    static func source(_ value: JSONValue) -> Source? {
        guard let name = value["name"]?.string, let input = value["input"]?.string else { return nil }
        let path = value["path"]?.string
        return Source(name: name, place: path ?? input, path: path)
    }
}

internal import Platform
public import Settings
public import SystemPackage

/// A configuration that was read, with where each value came from.
public struct LoadedConfiguration: Sendable {
    /// What the daemon is told.
    public var configuration: DaemonConfiguration
    /// The values by key, for people.
    public var report: ConfigurationReport
    /// The file; nil when there was none.
    public var file: FilePath?
}

/// Reads configurations: built-in values, then the file, then the environment, then flags; the later ones count.
public struct ConfigurationLoader: Sendable {
    /// Bytes that a file may have: more is no configuration.
    public static let fileLimit = 1 << 20

    /// Variables of the process.
    public var environment: [String: String]
    /// Values by path, from flags.
    public var flags: [String: String]

    /// Makes a loader.
    public init(environment: [String: String], flags: [String: String] = [:]) {
        self.environment = environment
        self.flags = flags
    }

    /// Reads a file.
    ///
    /// - Parameter path: nil reads built-in values, environment and flags only.
    /// - Throws: `ConfigurationError` with all that is wrong.
    public func load(_ path: FilePath?) throws(ConfigurationError) -> LoadedConfiguration {
        guard let path else { return try load(text: "", name: "built-in", folder: nil) }
        let bytes: [UInt8]
        do throws(Errno) {
            // Without waiting: a file that became a FIFO would hold the daemon up for ever.
            bytes = try FileBytes.read(path, limit: Self.fileLimit)
        } catch {
            throw ConfigurationError(place: path.string, Self.reason(error, limit: "1 MiB"))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(place: path.string, "the file is not UTF-8")
        }
        var loaded = try load(text: text, name: path.string, folder: path.removingLastComponent())
        loaded.file = path
        return loaded
    }

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - name: the text's name in messages.
    ///   - folder: where files with secrets are looked for; nil leaves their names as they are.
    /// - Throws: `ConfigurationError` with all that is wrong.
    public func load(text: String, name: String, folder: FilePath? = nil) throws(ConfigurationError)
        -> LoadedConfiguration
    {
        let context = ReadingContext(fileName: name, environment: environment, flags: flags)
        let top = try SectionReader(parsing: text, context: context)
        let secrets = SecretFiles(
            credentials: environment["CREDENTIALS_DIRECTORY"].map { FilePath($0) }, folder: folder)
        let configuration = DaemonConfiguration.read(top, secrets: secrets)
        context.finish()
        guard context.problems.isEmpty else { throw ConfigurationError(context.problems) }
        return LoadedConfiguration(configuration: configuration, report: context.report)
    }

    /// Why a file cannot be read, in words.
    fileprivate static func reason(_ error: Errno, limit: String) -> String {
        switch error {
        case .fileTooLarge: "the file has more than \(limit)"
        case .invalidArgument: "a regular file is expected, not a FIFO, a socket or a device"
        default: "\(error)"
        }
    }
}

/// Where files with secrets are found.
struct SecretFiles {
    /// `$CREDENTIALS_DIRECTORY`, where systemd puts what `LoadCredential=` names.
    var credentials: FilePath?
    /// The folder of the configuration.
    var folder: FilePath?

    /// Bytes that a file with a secret may have.
    private static let limit = 64 << 10

    /// The first line of a file, by an absolute path or a name among the credentials, then beside the configuration.
    func read(_ name: String) throws(ConfigurationError) -> String {
        let path = FilePath(name)
        let places = path.isAbsolute ? [path] : [credentials, folder].compactMap { $0?.pushing(path) }
        var trouble = "\(name) is not found: it is looked for in $CREDENTIALS_DIRECTORY and beside the configuration"
        for place in places {
            let bytes: [UInt8]
            do throws(Errno) {
                bytes = try FileBytes.read(place, limit: Self.limit)
            } catch {
                if error == .noSuchFileOrDirectory, !path.isAbsolute { continue }
                trouble = "\(place): \(ConfigurationLoader.reason(error, limit: "64 KiB"))"
                continue
            }
            let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            guard !line.isEmpty else { throw ConfigurationError("\(place) has no first line") }
            return String(decoding: line, as: UTF8.self)
        }
        throw ConfigurationError(trouble)
    }
}

internal import Glibc
internal import Platform
public import Settings
public import SystemPackage

/// A configuration that was read, with where each value came from.
public struct LoadedConfiguration: Sendable {
    /// What the daemon is told.
    public var configuration: DaemonConfiguration
    /// The values by key, for people.
    public var report: ConfigurationReport
    /// What is odd and no reason to refuse it.
    public var warnings: [ConfigurationProblem] = []
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

    /// Whether a file with a secret that may not be read by who asks is passed over with a warning: for an operator who checks a configuration and is not
    /// the service.
    public var forgivesSecrets = false

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
            credentials: environment["CREDENTIALS_DIRECTORY"].map { FilePath($0) }, folder: folder,
            forgives: forgivesSecrets)
        let configuration = DaemonConfiguration.read(top, secrets: secrets)
        context.finish()
        guard context.problems.isEmpty else { throw ConfigurationError(context.problems) }
        return LoadedConfiguration(
            configuration: configuration, report: context.report, warnings: context.warnings)
    }

    /// What is said of the log alone, whatever is wrong with the rest: for what is to be logged of that.
    public func logSettings(_ path: FilePath?) -> LogSettings {
        let bytes = path.flatMap { try? FileBytes.read($0, limit: Self.fileLimit) } ?? []
        let context = ReadingContext(fileName: "", environment: environment, flags: flags)
        guard let top = try? SectionReader(parsing: String(decoding: bytes, as: UTF8.self), context: context) else {
            let empty = try? SectionReader(parsing: "", context: context)
            return empty.map { LogSettings.read($0.section("log")) } ?? LogSettings()
        }
        return LogSettings.read(top.section("log"))
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
    /// Whether one that may not be read is passed over.
    var forgives = false

    /// Bytes that a file with a secret may have.
    private static let limit = 64 << 10

    /// Where a secret may be: an absolute path, or a name among the credentials, then beside the configuration.
    private func places(_ name: String) -> [FilePath] {
        let path = FilePath(name)
        return path.isAbsolute ? [path] : [credentials, folder].compactMap { $0?.pushing(path) }
    }

    /// What is odd about the file that a secret is read from; nil when it is well kept.
    func remark(_ name: String) -> String? {
        guard let path = places(name).first(where: \.exists), let access = FileOwnership(path) else {
            return nil
        }
        if access.mode & 0o007 != 0 {
            return "\(path): everybody may use it; chmod 640 leaves it to its owner and group"
        }
        if access.owner != 0, access.owner != geteuid() {
            return "\(path): it belongs to another user than root and the service's own, who may change it"
        }
        return nil
    }

    /// Whether it is no wonder that whoever checks a configuration cannot read the secret: it may be for the service alone, or one of the credentials that
    /// systemd gives to the service only.
    func isForgiven(_ name: String) -> Bool {
        guard forgives else { return false }
        let places = places(name)
        if credentials == nil, !FilePath(name).isAbsolute, !places.contains(where: \.exists) { return true }
        return places.contains { path in
            do throws(Errno) {
                _ = try FileBytes.read(path, limit: Self.limit)
                return false
            } catch {
                return error == .permissionDenied
            }
        }
    }

    /// The first line of the file.
    func read(_ name: String) throws(ConfigurationError) -> String {
        let path = FilePath(name)
        let places = places(name)
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

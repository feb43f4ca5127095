public import Logging

/// Everything that the daemon is told (`Config/norfaced.yaml` is the reference with every key).
public struct DaemonConfiguration: Sendable, Equatable {
    /// What is logged and how.
    public var log = LogSettings()
    /// Where the networks are.
    public var models = ModelSettings()
    /// Where records go.
    public var outputs = OutputSettings()
    /// Metrics and health over HTTP.
    public var http = HTTPSettings()
    /// Bounds of the whole daemon.
    public var limits = LimitSettings()
    /// What is watched, in the order of the file.
    public var sources: [SourceSettings] = []

    /// The defaults, without a source.
    public init() {}
}

/// What is logged and how.
public struct LogSettings: Sendable, Equatable {
    /// The least severe level that is logged.
    public var level = LogLevel.info
    /// How lines look.
    public var format = LogFormat.auto

    /// The defaults.
    public init() {}
}

/// How severe something is.
public enum LogLevel: String, SettingChoice {
    case error, warning, notice, info, debug, trace

    /// The level's name in swift-log.
    public var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }
}

/// How lines of the log look.
public enum LogFormat: String, SettingChoice {
    /// `journal` where the journal reads standard error, else `text`.
    case auto
    /// A severity prefix and no time: journald has its own.
    case journal
    /// Time, level, message, and what belongs to it.
    case text
    /// One JSON object a line.
    case json
}

/// Where the networks are.
public struct ModelSettings: Sendable, Equatable {
    /// Folder of the front end's networks.
    public var frontEnd: String? = nil
    /// Folder of the expression bundle.
    public var bundle: String? = nil

    /// The defaults: where the program looks by itself.
    public init() {}
}

/// Where records go.
public struct OutputSettings: Sendable, Equatable {
    /// Whether records are written to standard output.
    public var stdout = false
    /// The socket for subscribers.
    public var socket = SocketSettings()
    /// Files of records.
    public var files: [FileSettings] = []

    /// The defaults.
    public init() {}
}

/// The socket for subscribers.
public struct SocketSettings: Sendable, Equatable {
    /// Where it is; nil makes none.
    public var path: String? = "/run/norface/norfaced.sock"
    /// Its permissions: who may write to it may subscribe.
    public var mode = FileMode(0o660)
    /// The group that owns it; nil leaves it to the process.
    public var group: String?
    /// Names or numbers of the users who may subscribe, beside the daemon's own and root; empty leaves it to the mode.
    public var users: [String] = []
    /// How many may be there at a time.
    public var maximumSubscribers = 64
    /// Records that may wait for each.
    public var queue = ByteCount(1 << 20)
    /// How long one may read nothing while something waits.
    public var stallTimeout: Duration = .seconds(10)

    /// The defaults.
    public init() {}
}

/// A file of records, or one for each source.
public struct FileSettings: Sendable, Equatable {
    /// When a file is synced.
    public enum Sync: String, SettingChoice {
        /// The system chooses.
        case none
        /// After each `sync_interval`.
        case interval
        /// After each record.
        case record
    }

    /// Its name in the configuration.
    public var name: String
    /// Where it is; `{source}` stands for the source's name.
    public var path = ""
    /// Names of the sources in it; empty for all.
    public var sources: [String] = []
    /// Permissions of a new file.
    public var mode = FileMode(0o640)
    /// No record is held back longer.
    public var flushInterval: Duration = .seconds(1)
    /// When it is synced.
    public var sync = Sync.interval
    /// How often, when `sync` is `interval`.
    public var syncInterval: Duration = .seconds(5)
    /// A new file is begun before one grows beyond this; nil never.
    public var rotateSize: ByteCount?
    /// A new file is begun when UTC passes a multiple of this; nil never.
    public var rotatePeriod: Duration?
    /// How many that were put aside are kept; nil all.
    public var keep: Int?
    /// Records that may wait for a disk that does not take them.
    public var queue = ByteCount(8 << 20)

    /// The defaults.
    public init(name: String) { self.name = name }
}

/// Metrics and health over HTTP.
public struct HTTPSettings: Sendable, Equatable {
    /// `127.0.0.1:9464`, `[::1]:9464` or the path of a Unix socket; nil serves nothing.
    public var listen: HTTPAddress?

    /// The defaults.
    public init() {}
}

/// Bounds of the whole daemon.
public struct LimitSettings: Sendable, Equatable {
    /// How long a stop may take until what is not done is given up.
    public var stopTimeout: Duration = .seconds(5)
    /// A source that is being read and does not answer for so long fails the watchdog.
    public var hangTimeout: Duration = .seconds(60)
    /// Sources that may be configured.
    public var maximumSources = 64

    /// The defaults.
    public init() {}
}

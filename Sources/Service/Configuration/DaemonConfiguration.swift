public import Logging
public import Settings
public import Sinks

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

/// Metrics and health over HTTP.
public struct HTTPSettings: Sendable, Equatable {
    /// `127.0.0.1:9464`, `[::1]:9464` or the path of a Unix socket; nil serves nothing.
    public var listen: HTTPAddress?
    /// Whether the live page is served there, too.
    public var page = false
    /// Which pictures it shows.
    public var pictures = PictureMode.none

    /// The defaults.
    public init() {}

    /// Whether normalized faces are shown.
    var isNormalized: Bool { shownPictures == .normalized }
    /// The pictures that are made: none without the page.
    var shownPictures: PictureMode { page && listen != nil ? pictures : .none }
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

public import Analysis
internal import Expression
public import FaceTracking
public import Imaging
public import Media
internal import Platform
public import Settings

/// One camera, stream or file.
public struct SourceSettings: Sendable, Equatable {
    /// Its name in records, logs and metrics.
    public var name: String
    /// Whether it is watched.
    public var isEnabled = true
    /// URL, device or path, with its password: only to be shown as `input`.
    public var url = ""
    /// How it is read.
    public var capture = CaptureSettings()
    /// How it is analysed.
    public var analysis = AnalysisSettings()

    /// The defaults.
    public init(name: String) { self.name = name }

    /// How it is opened and read, with what its analysis wants of the frames.
    var media: MediaOptions {
        var media = capture.media
        media.mask = analysis.mask
        return media
    }

    /// `url` without secrets.
    public var input: String { RedactedURL.scrub(url) }
}

/// How a source is read.
public struct CaptureSettings: Sendable, Equatable {
    /// How it is opened and read.
    public var media = MediaOptions()
    /// The longest pause between attempts to reconnect.
    public var reconnectLimit: Duration = .seconds(30)
    /// Frames for so long make the next reconnect start from the shortest pause again.
    public var healthyAfter: Duration = .seconds(30)

    /// The defaults.
    public init() {}
}

/// How values of a live source are smoothed.
public enum SmoothingChoice: String, SettingChoice {
    /// Not at all.
    case off
    /// As frames come.
    case causal

    /// What is chosen; live sources have no future to smooth with.
    init(_ mode: SmoothingOptions.Mode) { self = mode == .off ? .off : .causal }

    /// The choice as the analysis knows it.
    var mode: SmoothingOptions.Mode { self == .off ? .off : .causal }
}

/// How the neutral face is learned.
public enum BaselineChoice: String, SettingChoice {
    /// Nothing is taken off.
    case off
    /// Learned of each track while it is seen.
    case adaptive

    /// What is chosen.
    init(_ mode: BaselineOptions.Mode) { self = mode == .off ? .off : .adaptive }

    /// The choice as the analysis knows it.
    var mode: BaselineOptions.Mode { self == .off ? .off : .adaptive }
}

/// How long a source may be silent.
public enum SilenceLimit: SettingValue {
    /// As its kind is: `MediaOptions.Deadlines.stall` of nil.
    case automatic
    /// At least so long.
    case atLeast(Duration)

    /// The limit of the deadlines.
    init(_ stall: Duration?) { self = stall.map(SilenceLimit.atLeast) ?? .automatic }

    /// The limit as the deadlines know it.
    var stall: Duration? {
        switch self {
        case .automatic: nil
        case .atLeast(let duration): duration
        }
    }

    /// What is expected, in words.
    public static var expected: String { "auto, or " + Duration.expected }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        guard text != "auto" else {
            self = .automatic
            return
        }
        guard let duration = Duration(setting: text) else { return nil }
        self = .atLeast(duration)
    }

    /// The text that reads back as this value.
    public var settingText: String { stall?.settingText ?? "auto" }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? { Duration.hint(for: text) }
}

extension TrackingOptions.Detector: SettingChoice {}
extension MediaOptions.Transport: SettingChoice {}
extension MediaOptions.LiveClock: SettingChoice {}

extension MediaOptions.DecoderChoice: SettingValue {
    private static var words: [String] { ["software", "auto"] + devices }

    /// What is expected, in words.
    public static var expected: String { "one of " + words.joined(separator: ", ") }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        switch text {
        case "software": self = .software
        case "auto": self = .automatic
        case _ where Self.devices.contains(text): self = .device(text)
        default: return nil
        }
    }

    /// The text that reads back as this value.
    public var settingText: String {
        switch self {
        case .software: "software"
        case .automatic: "auto"
        case .device(let name): name
        }
    }

    /// What is probably meant by a text that is no value.
    public static func hint(for text: String) -> String? { NearestName.phrase(for: text, among: words) }
}

extension AspectRatio: SettingValue {
    /// What is expected, in words.
    public static var expected: String { "an aspect of the whole frame, such as 16:9 or 1.85" }

    /// Reads the text of a setting.
    public init?(setting text: String) { self.init(text) }

    /// The text that reads back as this value.
    public var settingText: String { description }
}

extension Polygons: SettingValue {
    /// Reads the text of a setting.
    public init?(setting text: String) { self.init(text) }

    /// The text that reads back as this value.
    public var settingText: String { description }
}

/// The size of a frame, `1280x720`.
public struct FrameSize: SettingValue {
    /// Pixels.
    public var width: Int
    /// Pixels.
    public var height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// What is expected, in words.
    public static var expected: String { "a size such as 1280x720" }

    /// Reads the text of a setting.
    public init?(setting text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int(setting: String($0)) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], (1...16_384).contains(width),
            (1...16_384).contains(height)
        else { return nil }
        self.init(width: width, height: height)
    }

    /// The text that reads back as this value.
    public var settingText: String { "\(width)x\(height)" }
}

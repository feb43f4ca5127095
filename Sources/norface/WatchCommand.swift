internal import Analysis
internal import ArgumentParser
internal import Batch
internal import Glibc
internal import JSON
internal import Logging
internal import Media
internal import ModelStore
internal import Pipeline
internal import Platform
internal import Records
internal import Service
internal import Sinks
internal import Views

/// `norface watch`.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show faces, action units and emotions live in the terminal.",
        discussion: """
            SOURCE is a running daemon's socket, or something to open: a file (played at its own pace), a URL or a webcam \
            (/dev/video0). Without it the daemon's usual socket is used. Ctrl-C ends. When standard output is no terminal, a \
            line a second is printed.
            """)

    @Argument(help: "A socket, file, URL or webcam.", completion: .file())
    var source: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The daemon's socket, named as for the other commands.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(
        name: [.customLong("only"), .short],
        help: ArgumentHelp("Only this source of a daemon; may be repeated.", valueName: "name"))
    var only: [String] = []

    @Flag(name: .long, help: "Begin a file again when it ends.")
    var loop = false

    @Option(name: .long, help: "Colours: auto, always or never.")
    var color = ColourChoice.auto

    @OptionGroup var models: ModelOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if source != nil && socket != nil { throw ValidationError("What is to be watched is named twice.") }
    }

    func run() throws {
        let console = messages.console
        let source = source ?? socket ?? SocketSettings.defaultPath
        try console.run {
            LibavLog.capture { _, line in console.say(.debug, line) }
            let newest = NewestRecords()
            let signals = StopSignals { newest.end(nil) }
            let feed: any WatchFeed =
                socket != nil || Self.isSocket(source)
                ? try DaemonFeed(source, only: only, into: newest)
                : try OwnFeed(source, loop: loop, models: models, into: newest)
            defer { feed.stop() }
            try WatchScreen(newest: newest, hasColour: color.isOn, write: StandardOutput.write).show()
            if signals.code == nil, let failure = feed.failure { throw failure }
            return nil
        }
    }

    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFSOCK }
        return path == SocketSettings.defaultPath || path.hasSuffix(".sock")
    }
}

/// When colours are used.
enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    /// `NO_COLOR` and a dumb terminal switch them off.
    var isOn: Bool {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return switch self {
        case .always: true
        case .never: false
        case .auto: isatty(1) == 1 && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
        }
    }
}

/// Where records come from.
protocol WatchFeed {
    /// Why the records ended, where that was no proper end and is not told with them.
    var failure: Failure? { get }

    func stop()
}

/// Records of a running daemon.
final class DaemonFeed: WatchFeed, Sendable {
    init(_ path: String, only: [String], into newest: NewestRecords) throws(Failure) {
        let client = try SubscribeClient(path)
        if !only.isEmpty {
            try client.send { writer in
                writer.key("sources")
                writer.beginArray()
                for name in only { writer.string(name) }
                writer.endArray()
            }
        }
        let reading = Reading(client: client)
        _ = WorkerThread(name: "subscription") { reading.run(into: newest) }
    }

    var failure: Failure? { nil }

    func stop() {}

    /// `@unchecked Sendable` because the client goes to the one thread that reads it and is used nowhere else.
    private final class Reading: @unchecked Sendable {
        let client: SubscribeClient

        init(client: SubscribeClient) { self.client = client }

        func run(into newest: NewestRecords) {
            do throws(Failure) {
                while !client.isClosed {
                    guard let line = try client.line() else { continue }
                    let value = try JSONLine(line).value
                    switch value["event"]?.string {
                    case nil: newest.take(line, of: value["source"]?.string ?? "?")
                    case "run"?, "track_started"?, "track_ended"?: break
                    case let event?:
                        let words = [
                            value["source"]?.string, event, value["reason"]?.string ?? value["marker"]?.string,
                        ]
                        newest.note(words.compactMap { $0 }.joined(separator: " "))
                    }
                }
                newest.end(Failure(.unavailable, "the daemon has closed the connection"))
            } catch {
                newest.end(error)
            }
        }
    }
}

/// Records of a source that is opened here.
final class OwnFeed: WatchFeed {
    private let source: SupervisedSource
    private let pipeline: SourcePipeline

    init(_ url: String, loop: Bool, models: ModelOptions, into newest: NewestRecords) throws(Failure) {
        do {
            let name = url.split(separator: "/").last.map { RedactedURL.scrub(String($0)) } ?? url
            let pipeline = try models.load().pipeline(
                name: name, isLive: true, settings: AnalysisSettings(), output: newest
            ) { outcome in
                if case .failed(let error) = outcome { newest.end(Failure(error)) } else { newest.end(nil) }
            }
            var media = MediaOptions()
            media.realtime = true
            media.loops = loop
            let handlers = SourceHandlers(
                connected: { reader in
                    newest.note("\(reader.info.codec) \(reader.info.width)x\(reader.info.height)")
                    return pipeline.intake(patience: reader.info.patience)
                },
                event: { event in
                    newest.note([event.name.rawValue, event.reason].compactMap { $0 }.joined(separator: ": "))
                    guard event.name == .ended else { return }
                    pipeline.finish()
                })
            var silent = Logger(label: "watch") { _ in SwiftLogNoOpLogHandler() }
            silent.logLevel = .critical
            source = SupervisedSource(name: name, url: url, options: media, handlers: handlers, logger: silent)
            self.pipeline = pipeline
        } catch {
            throw Failure(error)
        }
        source.start()
    }

    /// Why the source could not be opened or read to its end.
    var failure: Failure? { source.status.lastError.map { Failure($0) } }

    func stop() {
        source.stop()
        source.wait(atMost: .seconds(2))
        pipeline.stop()
    }
}

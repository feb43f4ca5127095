internal import ArgumentParser
internal import Batch
internal import Glibc
internal import JSON
internal import Platform
internal import Records
internal import Sinks

/// Where the daemon listens.
struct SocketOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The daemon's socket.", valueName: "path"), completion: .file())
    var socket = SocketSettings.defaultPath
}

/// `norface subscribe`.
struct SubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print a running daemon's records as they come.",
        discussion: """
            The lines are the daemon's own: the run, records, and events between them. Ends when the daemon does, with 69 if it \
            could not be reached. `norface mark TEXT` places a marker.
            """)

    @Option(
        name: [.customLong("source"), .short],
        help: ArgumentHelp("Only this source; may be repeated.", valueName: "name"))
    var sources: [String] = []

    @Option(
        name: [.customLong("field"), .short],
        help: ArgumentHelp(
            "Only these parts of faces: \(RecordFields.named.map(\.name).joined(separator: ", ")); may be repeated.",
            valueName: "name"))
    var fields: [String] = []

    @Option(name: .long, help: ArgumentHelp("Records a second for each source at most.", valueName: "rate"))
    var maxRate: Double?

    @Flag(name: .long, help: "Only events.")
    var eventsOnly = false

    @Flag(name: .long, help: "Only records: one for each frame, as in a file.")
    var recordsOnly = false

    @Flag(name: .long, help: "Be disconnected rather than lose records when this reads too slowly.")
    var strict = false

    @Option(
        name: [.customLong("count"), .customShort("n")],
        help: ArgumentHelp("End after so many lines.", valueName: "lines"))
    var count: Int?

    @Flag(name: .long, help: "Connect again when the daemon goes away, for ever.")
    var retry = false

    @OptionGroup var socket: SocketOption
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard RecordFields(names: fields) != nil else {
            throw ValidationError("--field takes \(RecordFields.named.map(\.name).joined(separator: ", ")).")
        }
        guard maxRate.map({ (0.001...1_000).contains($0) }) ?? true else {
            throw ValidationError("--max-rate takes 0.001 to 1000.")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count takes 1 or more.") }
        guard !(eventsOnly && recordsOnly) else { throw ValidationError("Choose --events-only or --records-only.") }
    }

    func run() throws {
        let console = messages.console
        try console.run {
            var left = count ?? .max
            while true {
                do throws(Failure) {
                    try follow(&left)
                } catch {
                    guard retry, error.code == .unavailable || error.code == .inputOutput else { throw error }
                    console.say(.debug, error.message)
                }
                guard retry, left > 0 else { return nil }
                sleep(1)
            }
        }
    }

    /// Prints until the daemon ends, or enough was printed.
    private func follow(_ left: inout Int) throws(Failure) {
        let client = try SubscribeClient(socket.socket)
        if let request = request { try client.send(request) }
        while left > 0, !client.isClosed {
            guard let line = try client.line() else { continue }
            if recordsOnly, try JSONLine(line).isEvent { continue }
            guard StandardOutput.write(line) else {
                left = 0
                return
            }
            left -= 1
        }
    }

    private var request: ((inout JSONWriter) -> Void)? {
        guard !sources.isEmpty || !fields.isEmpty || maxRate != nil || eventsOnly || strict else { return nil }
        return { writer in
            for (key, list) in [("sources", sources), ("fields", fields)] where !list.isEmpty {
                writer.key(key)
                writer.beginArray()
                for text in list { writer.string(text) }
                writer.endArray()
            }
            if let maxRate {
                writer.key("max_rate")
                writer.shortest(maxRate)
            }
            if eventsOnly {
                writer.key("events_only")
                writer.bool(true)
            }
            if strict {
                writer.key("policy")
                writer.string("disconnect")
            }
        }
    }
}

/// `norface mark`.
struct MarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark", abstract: "Place a marker into a running daemon's records.",
        discussion: "The next record of every source carries it, and subscribers are told at once.")

    @Argument(help: "The marker's text, 256 bytes at most.")
    var text: String

    @OptionGroup var socket: SocketOption
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard (1...256).contains(text.utf8.count) else { throw ValidationError("A marker has 1 to 256 bytes.") }
    }

    func run() throws {
        try messages.console.run {
            let client = try SubscribeClient(socket.socket)
            try client.send { writer in
                writer.key("marker")
                writer.string(text)
                writer.key("events_only")
                writer.bool(true)
            }
            // The daemon tells everyone of a marker, us too: then it was placed.
            for _ in 0..<1_000 where !client.isClosed {
                guard let line = try client.line(within: 5_000) else { break }
                let event = try JSONLine(line).value
                if event["event"]?.string == "marker", event["marker"]?.string == text { return nil }
                if let reason = event["reason"]?.string, event["event"]?.string == "refused" {
                    throw Failure(.usage, reason)
                }
            }
            throw Failure(.unavailable, "the daemon did not confirm the marker")
        }
    }
}

/// One line that came from a daemon.
struct JSONLine {
    let value: JSONValue

    /// Reads a line.
    ///
    /// - Throws: `Failure` when it is no JSON: whatever listens there is no norfaced.
    init(_ line: [UInt8]) throws(Failure) {
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: line)
        } catch {
            throw Failure(.inputOutput, "this is no norfaced: \(error)")
        }
    }

    /// Whether it tells of something beside the frames.
    var isEvent: Bool { value["event"] != nil }
}

extension StandardOutput {
    /// Writes a whole line; false when nobody reads any more.
    static func write(_ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}

internal import ArgumentParser
internal import JSON
internal import Platform
internal import Records
internal import Sinks
internal import Views

/// `norface status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell how a running daemon does.",
        discussion:
            "Exits with 0 when every source gives frames and every output takes records, with 2 when not, with 69 when no daemon answers."
    )

    @Flag(name: .long, help: "The daemon's own words: one JSON object.")
    var json = false

    @OptionGroup var socket: SocketOption
    @OptionGroup var messages: MessageOptions

    func run() throws {
        try messages.console.run {
            let status = try ask()
            if json {
                _ = StandardOutput.write(status.line)
            } else {
                StandardOutput.write(StatusText.table(status.value))
            }
            return StatusText.isWell(status.value) ? nil : .someFailed
        }
    }

    private func ask() throws(Failure) -> (line: [UInt8], value: JSONValue) {
        let client = try SubscribeClient(socket.socket)
        try client.send { writer in
            writer.key("status")
            writer.bool(true)
            writer.key("events_only")
            writer.bool(true)
        }
        // Records that were on their way come first.
        for _ in 0..<10_000 where !client.isClosed {
            guard let line = try client.line(within: 5_000) else { break }
            let value = try JSONLine(line).value
            switch value["event"]?.string {
            case "status": return (line, value)
            case "closed": throw Failure(.unavailable, value["reason"]?.string ?? "closed")
            default: continue
            }
        }
        throw Failure(.unavailable, "\(socket.socket): no answer")
    }
}

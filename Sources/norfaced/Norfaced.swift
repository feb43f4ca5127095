internal import Analysis
internal import ArgumentParser

/// The program's beginning.
@main
enum Main {
    static func main() {
        Program.prepare()
        Norfaced.main()
    }
}

/// The daemon.
struct Norfaced: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "norfaced", abstract: "Watch cameras and streams and publish facial expressions.",
        discussion: """
            Signals: TERM and INT end it within limits.stop_timeout (the second time at once), HUP reads the configuration again, \
            USR1 writes the state to the log.
            Exit codes: 0 stopped; 64 usage; 69 something that is needed is not available; 73 an output cannot be made; \
            78 configuration; 130 and 143 second signal.
            """,
        version: Program.versionText("norfaced"), subcommands: [RunCommand.self, CheckCommand.self])
}

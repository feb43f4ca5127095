import ArgumentParser

/// The command-line tool.
@main
struct Norface: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "norface", abstract: "Analyse facial expressions in video.")
}

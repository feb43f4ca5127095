import ArgumentParser

/// The daemon.
@main
struct Norfaced: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "norfaced", abstract: "Watch cameras and streams and publish facial expressions.")
}

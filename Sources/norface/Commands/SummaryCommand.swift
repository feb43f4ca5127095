internal import ArgumentParser
internal import Batch
internal import Platform
internal import SystemPackage

/// `norface summary`.
struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Write summary.csv of a folder of records.",
        discussion: """
            Reads the .jsonl files in the folder and below, and writes one row for each recording and person, as `norface analyze` does \
            at the end of several inputs.
            """)

    @Argument(help: "The folder of records.", completion: .directory)
    var folder: String

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let signals = StopSignals()
        let console = messages.console
        try console.run {
            let run = SummaryRun(folder: RawArguments.path(folder), console: console)
            signals.whenStopped({ run.stop() }, leave: { console.leave() })
            let code = try run.run()
            return signals.code ?? code
        }
    }
}

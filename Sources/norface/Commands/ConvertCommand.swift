internal import ArgumentParser
internal import Batch
internal import Platform
internal import Records
internal import SystemPackage

/// `norface convert`.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write records that are there in another format.",
        discussion: """
            Reads the lines that `norface analyze`, the daemon and `norface subscribe` write, of any length, and writes what \
            `norface analyze --format` would have written. The names of the values come from the sidecar, NAME.meta.json, or else \
            from the first record with a face. Events are passed over. A folder stands for the .jsonl files in it and below.
            """)

    @Argument(help: "Files of records, folders of them, or - for standard input.", completion: .file())
    var inputs: [String]

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A file for one input; a folder, made if needed, for several; - for standard output. What is there is replaced.",
            valueName: "path"), completion: .file())
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What is written: \(RecordFormat.names). Without it the end of the output's name tells, else csv.",
            valueName: "format"))
    var format: RecordFormat?

    @Option(
        name: .long,
        help: ArgumentHelp("The run's description, where it does not stand beside the records.", valueName: "file"),
        completion: .file())
    var meta: String?

    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard !inputs.isEmpty else { throw ValidationError("Name an input.") }
        guard inputs.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("Standard input can be read once.") }
    }

    func run() throws {
        let signals = StopSignals()
        let console = messages.console
        try console.run {
            let format = OutputPlan.format(named: format, output: output, otherwise: .csv)
            let found = try InputSearch.find(
                inputs.map { Input(argument: $0, path: RawArguments.exactPath($0, occurrence: 0)) },
                target: .files(extensions: [RecordFormat.jsonLines.fileExtension], what: "files of records"))
            console.tell(found)
            let run = ConversionRun(
                jobs: try OutputPlan.jobs(for: found.inputs, output: output, format: format), format: format,
                meta: meta.map { FilePath($0) }, console: console)
            signals.whenStopped({ run.stop() }, leave: { console.leave() })
            let code = try run.run()
            return signals.code ?? code
        }
    }
}

internal import Analysis
internal import ArgumentParser
internal import Glibc

/// The program's beginning.
@main
enum Main {
    static func main() {
        Program.prepare()
        // A reader that goes away (`| head`) is told by the write that fails.
        signal(SIGPIPE, SIG_IGN)
        Norface.main()
    }
}

/// The command-line tool.
struct Norface: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "norface", abstract: "Analyse facial expressions in video.",
        discussion: """
            Exit codes: 0 done; 1 failure at run time; 2 finished, but some inputs failed; 64 usage; 65 bad input; 66 no such input; \
            69 something that is needed is not available; 73 an output cannot be made; 74 input or output error; 75 try again; \
            78 configuration; 130 and 143 stopped by a signal.
            """,
        version: Program.versionText("norface"),
        subcommands: [
            AnalyzeCommand.self, ConvertCommand.self, AnnotateCommand.self, AnonymizeCommand.self,
            NormalizeCommand.self, SummaryCommand.self, ReportCommand.self,
            ExportCommand.self,
            SubscribeCommand.self, WatchCommand.self, StatusCommand.self, MarkCommand.self, RelayCommand.self,
            ModelsCommand.self, DoctorCommand.self,
        ])
}

internal import ArgumentParser
internal import ModelStore
internal import Platform

/// `norface doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the machine, the libraries, the models and the bundle.",
        discussion: "Exits with 69 when something that is needed is missing.")

    @Option(
        name: .long,
        help: ArgumentHelp("The expression bundle: a folder, or a name in the models folder.", valueName: "bundle"),
        completion: .directory)
    var bundle: String?
    @OptionGroup var models: ModelOptions

    func run() throws {
        let findings = Doctor.examine(models.search, bundle: bundle)
        for finding in findings {
            let verdict = finding.verdict.rawValue
            let padding = String(repeating: " ", count: max(1, 9 - verdict.count))
            StandardOutput.write("\(verdict)\(padding)\(finding.subject): \(finding.text)\n")
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(Failure.Code.unavailable.rawValue) }
    }
}

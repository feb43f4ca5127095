public import ArgumentParser
public import Batch
internal import Platform
internal import Records
internal import SystemPackage

/// Which inputs there are, and how many of them are analysed at the same time.
struct BatchOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A list of inputs, one a line or with NUL bytes between them; - is standard input.", valueName: "file"),
        completion: .file())
    var filesFrom: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Analyse the Ith of N parts of the inputs. An input stays in its part when others are added.",
            valueName: "i/n"))
    var shard: Shard?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Inputs that are analysed side by side. Without it as many as the machine has cores and memory for; to standard output one.",
            valueName: "n"))
    var jobs: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write the records of all pictures among the inputs into one file; - is standard output.",
            valueName: "file"),
        completion: .file())
    var stills: String?

    @Flag(
        name: .long,
        help:
            "Numbered pictures of a folder, or those named like img_%04d.png, are one video, of --fps pictures a second (25)."
    )
    var imageSequence = false

    /// What is wrong with the options among themselves, and with the rest of the command.
    func check(inputs: [String], output: String?, resume: Bool) throws {
        guard !inputs.isEmpty || filesFrom != nil else { throw ValidationError("Name an input.") }
        let readers = inputs.count { $0 == "-" } + (filesFrom == "-" ? 1 : 0)
        guard readers <= 1 else { throw ValidationError("Standard input can be read once.") }
        guard jobs ?? 1 >= 1 else { throw ValidationError("--jobs takes 1 or more.") }
        guard stills == nil || output == nil else { throw ValidationError("Choose --stills or --output.") }
        guard stills == nil || !imageSequence else { throw ValidationError("Choose --stills or --image-sequence.") }
        guard stills == nil || !resume else { throw ValidationError("--resume is of no use with --stills.") }
    }

    /// The inputs, in their own bytes.
    func find(_ arguments: [String]) throws(Failure) -> FoundInputs {
        var inputs = Self.inputs(arguments)
        if let filesFrom {
            inputs += try InputList.read(filesFrom, path: RawArguments.path(filesFrom))
        }
        return try InputSearch.find(
            inputs, target: stills != nil ? .pictures : imageSequence ? .sequences : .media)
    }

    /// What arguments name, in their own bytes.
    static func inputs(_ arguments: [String]) -> [Input] {
        var known: [String: Int] = [:]
        return arguments.map { argument in
            let occurrence = known[argument, default: 0]
            known[argument] = occurrence + 1
            return Input(argument: argument, path: RawArguments.exactPath(argument, occurrence: occurrence))
        }
    }

    /// The inputs and where their records go, those of this part alone.
    func jobs(for inputs: [Input], output: String?, format: RecordFormat) throws(Failure) -> [Job] {
        let jobs = try OutputPlan.jobs(
            for: inputs, output: output, format: format, isList: filesFrom != nil || shard != nil,
            results: ResultOwners())
        guard let shard else { return jobs }
        return jobs.filter { shard.takes($0.input) }
    }

    /// How the jobs are done.
    func runOptions(_ found: FoundInputs, output: String?, resumes: Bool) -> BatchRun.Options {
        var options = BatchRun.Options()
        options.resumes = resumes
        options.jobs = jobs ?? JobCount.standard
        options.passedOver = found.passedOver
        options.folder = OutputPlan.folder(
            for: found.inputs, output: output, isList: filesFrom != nil || shard != nil)
        options.shard = shard
        return options
    }
}

extension Shard: ExpressibleByArgument {
    /// Reads `2/8`.
    public init?(argument: String) { self.init(argument) }
}

extension Console {
    /// Tells what a search has passed over: what may hold a recording whatever people do not want to hear, the rest to who looks for it.
    func tell(_ found: FoundInputs) {
        for text in found.barren { say(.warning, text) }
        for one in found.passedOver {
            say(one.reason == .unreadable ? .error : one.reason.mayBeMedia ? .info : .debug, "passed over: \(one.text)")
        }
        var counts: [(reason: PassedOver.Reason, count: Int)] = []
        for one in found.passedOver where one.reason.mayBeMedia {
            if let index = counts.firstIndex(where: { $0.reason == one.reason }) {
                counts[index].count += 1
            } else {
                counts.append((one.reason, 1))
            }
        }
        guard !counts.isEmpty else { return }
        let parts = counts.map { "\($0.count) (\($0.reason.words))" }
        say(.warning, "passed over: \(parts.joined(separator: ", "))")
    }
}

internal import Glibc
internal import Inference
internal import SystemPackage

/// Times one model on the engine. See README.md.
@main
enum Bench {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            write("norface-bench: \(error)\n", to: .standardError)
            exit(1)
        }
    }

    static func write(_ text: String, to file: FileDescriptor = .standardOutput) {
        var text = text
        _ = try? text.withUTF8 { try file.writeAll($0) }
    }

    static func run(_ arguments: [String]) throws {
        let options = try Options(arguments)
        let model = try Model.load(contentsOf: FilePath(options.model))
        let session = try Session(model, shapes: options.shapes)
        try fillInputs(of: model, session, from: options.inputs)
        try session.run()
        if let folder = options.outputs { try writeOutputs(of: model, session, into: folder) }
        if options.listsLayers { return try listLayers(session, runs: options.runs) }
        if options.serves { return try serve(session) }
        var times = try timed(session, runs: options.runs)
        times.sort()
        let median = times[times.count / 2]
        write(
            "\(options.model): median \(milliseconds(median)) ms, best \(milliseconds(times[0])) ms of \(times.count) runs, "
                + "\(session.byteCount / 1024) KiB\n")
    }

    /// Nanoseconds of each run.
    static func timed(_ session: Session, runs: Int) throws -> [Int] {
        var times: [Int] = []
        times.reserveCapacity(runs)
        for _ in 0..<runs {
            let start = now()
            try session.run()
            times.append(now() - start)
        }
        return times
    }

    /// The thread's processor time: on a busy machine it says more than the clock on the wall.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    static func milliseconds(_ nanoseconds: Int) -> String {
        let micros = nanoseconds / 1000
        let rest = String(micros % 1000)
        return "\(micros / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// Each line of standard input is a number of runs; each is answered by a line with the nanoseconds of every run. So another
    /// program can time its own engine between, and what else the machine does falls on both alike.
    static func serve(_ session: Session) throws {
        write("ready\n")
        while let line = readLine() {
            guard let runs = Int(line), runs > 0 else { return }
            write(try timed(session, runs: runs).map(String.init).joined(separator: " ") + "\n")
        }
    }

    static func listLayers(_ session: Session, runs: Int) throws {
        let layers = try session.profile(runs: runs)
        let total = layers.reduce(0) { $0 + $1.nanoseconds }
        for layer in layers {
            let share = total == 0 ? 0 : layer.nanoseconds * 1000 / total
            write(
                "\(milliseconds(layer.nanoseconds)) ms  \(share / 10).\(share % 10) %  \(layer.name)  \(layer.shape)\n")
        }
        write("\(milliseconds(total)) ms in all, medians of \(runs) runs\n")
    }

    /// Reads the raw files given; the other inputs get numbers between 0 and 1 that are the same in every run.
    static func fillInputs(of model: Model, _ session: Session, from files: [String: String]) throws {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for info in model.inputs {
            let bytes = try session.inputBytes(info.name)
            if let path = files[info.name] {
                let file = try FileDescriptor.open(FilePath(path), .readOnly)
                let count = try file.closeAfter { try file.read(fromAbsoluteOffset: 0, into: bytes) }
                guard count == bytes.count else {
                    throw Failure("\(path) has \(count) bytes, the input \(bytes.count)")
                }
                continue
            }
            guard try session.spec(of: info.name).type == .float32 else { continue }
            for index in 0..<bytes.count / 4 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.storeBytes(of: Float(state >> 40) / Float(1 << 24), toByteOffset: 4 * index, as: Float.self)
            }
        }
    }

    /// Writes each output as raw bytes to `FOLDER/NUMBER.raw`, numbers counting the model's outputs.
    static func writeOutputs(of model: Model, _ session: Session, into folder: String) throws {
        for (index, info) in model.outputs.enumerated() {
            let file = try FileDescriptor.open(
                FilePath("\(folder)/\(index).raw"), .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            _ = try file.closeAfter { try file.writeAll(session.outputBytes(info.name)) }
        }
    }
}

/// What went wrong, for the user.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

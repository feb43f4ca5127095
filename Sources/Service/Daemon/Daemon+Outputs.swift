internal import Logging
internal import Platform
internal import Records
internal import Sinks

/// An output that does not work, as it was told.
struct OutputTrouble {
    /// What is wrong.
    var text: String
    /// Records it had lost when that was told.
    var dropped: Int
}

extension Daemon {
    /// Has the outputs look after themselves, and tells once of each that does not work, and once when it does again.
    func tendOutputs() {
        for output in outputs.all {
            var problem: String?
            do throws(Failure) {
                if let news = try output.tend() { logger.warning("\(news)", metadata: ["output": "\(output.name)"]) }
            } catch {
                problem = error.message
            }
            let status = output.sink.status
            if problem == nil, !status.isHealthy { problem = status.lastError ?? "it takes no records" }
            follow(output.name, problem, dropped: status.dropped)
        }
        let names = Set(outputs.all.map(\.name))
        troubles = troubles.filter { names.contains($0.key) }
        board.note(troubles: troubles.mapValues(\.text))
    }

    private func follow(_ name: String, _ problem: String?, dropped: Int) {
        switch (problem, troubles[name]) {
        case (nil, nil): break
        case (let problem?, nil):
            logger.error("does not work: \(problem)", metadata: ["output": "\(name)"])
            troubles[name] = OutputTrouble(text: problem, dropped: dropped)
        case (let problem?, let trouble?):
            guard problem != trouble.text else { break }
            logger.error("does not work: \(problem)", metadata: ["output": "\(name)"])
            troubles[name]?.text = problem
        case (nil, let trouble?):
            let lost = dropped - trouble.dropped
            logger.notice(
                "works again\(lost > 0 ? "; \(lost) records were lost" : "")", metadata: ["output": "\(name)"])
            troubles[name] = nil
        }
    }
}

internal import Glibc

/// The processor time of one step of a session.
public struct LayerTime: Sendable {
    /// The operator and the node's name.
    public let name: String
    /// The type and shape of its first output.
    public let shape: String
    /// The median over the runs.
    public let nanoseconds: Int
}

extension Session {
    /// Runs the network and takes the thread's processor time of each step.
    ///
    /// - Parameter runs: how often; at least one.
    /// - Throws: what `run()` throws.
    public func profile(runs: Int) throws(InferenceError) -> [LayerTime] {
        var times = [[Int]](repeating: [], count: steps.count)
        for _ in 0..<max(1, runs) {
            for index in steps.indices {
                let start = Session.nanoseconds()
                try steps[index]()
                times[index].append(Session.nanoseconds() - start)
            }
        }
        return steps.indices.map { index in
            LayerTime(
                name: labels[index], shape: shapes[index], nanoseconds: times[index].sorted()[times[index].count / 2])
        }
    }

    private static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

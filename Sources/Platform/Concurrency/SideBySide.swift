internal import Dispatch

/// Does two things at the same time where the machine has a core for each, and waits for both.
///
/// - Returns: what they gave.
/// - Throws: what the first has thrown, or else the second.
public func sideBySide<First: Sendable, Second: Sendable, Problem: Error>(
    _ first: @Sendable () throws(Problem) -> First, _ second: @Sendable () throws(Problem) -> Second
) throws(Problem) -> (First, Second) {
    let results = Guarded<(first: Result<First, Problem>?, second: Result<Second, Problem>?)>((nil, nil))
    DispatchQueue.concurrentPerform(iterations: 2) { index in
        if index == 0 {
            let result = Result { () throws(Problem) in try first() }
            results.withLock { $0.first = result }
        } else {
            let result = Result { () throws(Problem) in try second() }
            results.withLock { $0.second = result }
        }
    }
    // Both have come to their end.
    let (done, other) = results.withLock { ($0.first!, $0.second!) }
    return (try done.get(), try other.get())
}

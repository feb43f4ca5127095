package import Dispatch

extension DispatchGroup {
    /// Waits on the clock of deadlines.
    ///
    /// - Parameter deadline: nanoseconds on `MonotonicClock`; nil waits for ever.
    /// - Returns: false when the time was over first.
    package func wait(until deadline: Int64?) -> Bool {
        guard let deadline else {
            wait()
            return true
        }
        let left = max(0, deadline - MonotonicClock.now())
        return wait(timeout: .now() + .nanoseconds(Int(left))) == .success
    }
}

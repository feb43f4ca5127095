/// Those who read a live output, for metrics and the status.
public struct Audience: Sendable, Equatable {
    /// Why readers went, and how many did.
    public struct Ending: Sendable, Equatable {
        /// The reason, as it is told in metrics.
        public var reason: String
        /// How often.
        public var count: Int
    }

    /// Readers now.
    public var subscribers = 0
    /// Bytes that wait for them.
    public var queuedBytes = 0
    /// Readers that came.
    public var accepted = 0
    /// Readers that went, for every reason there is.
    public var closed: [Ending] = []
    /// Lines that readers did not get because they were too slow.
    public var dropped = 0
}

/// Why a subscription ends.
public enum CloseReason: String, Sendable, CaseIterable {
    /// The subscriber closed its end.
    case gone
    /// It read nothing for the longest time allowed.
    case stalled
    /// Its queue was full, and it had asked to be disconnected then.
    case queueFull = "queue_full"
    case requestTooLong = "request_too_long"
    case tooManyRequests = "too_many_requests"
    /// Too many of its requests were not understood.
    case nonsense
    /// The limit of subscribers was reached when it came.
    case tooManySubscribers = "too_many_subscribers"
    /// Its user and group are not on the list.
    case notAllowed = "not_allowed"
    /// The daemon stops.
    case stopping

    /// The reason in words, for the `closed` event.
    var text: String {
        switch self {
        case .gone: "the subscriber has gone"
        case .stalled: "nothing was read for too long"
        case .queueFull: "the queue is full"
        case .requestTooLong: "a request is longer than \(Subscription.requestLimit) bytes"
        case .tooManyRequests: "too many requests"
        case .nonsense: "too many requests that make no sense"
        case .tooManySubscribers: "too many subscribers"
        case .notAllowed: "this user is not allowed to subscribe"
        case .stopping: "the daemon stops"
        }
    }
}

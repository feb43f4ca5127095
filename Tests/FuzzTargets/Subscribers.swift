internal import Platform
internal import Sinks

extension FuzzTargets {
    /// What a subscriber sends: it is understood or refused with a reason, however it is cut into pieces.
    public static func subscribers(_ bytes: UnsafeRawBufferPointer) {
        var numbers = FuzzBytes(bytes)
        let step = max(1, Int(numbers.byte()))
        let whole = requests(numbers.rest, step: max(1, numbers.rest.count))
        let cut = requests(numbers.rest, step: step)
        require(whole.requests == cut.requests && whole.verdict == cut.verdict, "it does not depend on the pieces")
        for request in whole.requests {
            require(request.maximumRate.map { (0.001...1_000).contains($0) } ?? true, "a rate is in its range")
            require(
                request.marker.map { (1...SubscriberRequest.markerLimit).contains($0.utf8.count) } ?? true,
                "a marker is short")
        }
    }

    private static func requests(
        _ bytes: UnsafeRawBufferPointer, step: Int
    ) -> (requests: [SubscriberRequest], verdict: Subscription.Verdict) {
        var subscription = Subscription(capacity: 10_000, stallLimit: .seconds(1))
        var requests: [SubscriberRequest] = []
        var verdict = Subscription.Verdict.stay
        var start = 0
        while start < bytes.count, verdict == .stay {
            let end = min(bytes.count, start + step)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            verdict = subscription.receive(piece, at: .zero) { requests.append($0) }
            start = end
        }
        return (requests, verdict)
    }
}

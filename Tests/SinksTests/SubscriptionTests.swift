import JSON
import Records
import Sinks
import Testing

struct SubscriptionTests {
    private let record = EncodedLine(kind: .record, source: "door", bytes: Array("{}\n".utf8))
    private let event = EventRecord(.recovered, source: "door").line

    private func subscription() -> Subscription {
        Subscription(capacity: 1_000, stallLimit: .seconds(10))
    }

    private func receive(
        _ text: String, _ subscription: inout Subscription, at now: Duration = .zero
    ) -> (requests: [SubscriberRequest], verdict: Subscription.Verdict) {
        var requests: [SubscriberRequest] = []
        let verdict = Array(text.utf8).withUnsafeBytes { subscription.receive($0, at: now) { requests.append($0) } }
        return (requests, verdict)
    }

    @Test func everythingIsGivenWithoutAsking() {
        var subscription = subscription()
        #expect(told { subscription.wants(record, at: .zero) } && told { subscription.wants(event, at: .zero) })
        #expect(subscription.fields == .all)
    }

    @Test func requestsChooseWhatIsGiven() {
        var subscription = subscription()
        let (requests, verdict) = receive("{\"sources\":[\"gate\"],\"fields\":[\"au\"]}\r\n\n", &subscription)
        #expect(requests.count == 1 && verdict == .stay)
        #expect(!told { subscription.wants(record, at: .zero) } && !told { subscription.wants(event, at: .zero) })
        #expect(told { subscription.wants(EventRecord(.reloaded).line, at: .zero) }, "events of the daemon concern all")
        #expect(subscription.fields == .au)
        _ = receive("{\"sources\":[\"door\"],\"events_only\":true}\n", &subscription)
        #expect(!told { subscription.wants(record, at: .zero) } && told { subscription.wants(event, at: .zero) })
        _ = receive("{\"events_only\":false,\"max_rate\":1}\n", &subscription)
        #expect(
            told { subscription.wants(record, at: .zero) }
                && !told { subscription.wants(record, at: .milliseconds(10)) })
    }

    @Test func aRequestMayComeInPieces() {
        var subscription = subscription()
        for piece in ["{\"mar", "ker\":\"", "stimulus 3\"}"] {
            #expect(receive(piece, &subscription).requests.isEmpty)
        }
        #expect(receive("\n{\"status\":true}\n", &subscription).requests.map(\.wantsStatus) == [false, true])
    }

    @Test(arguments: [
        ("{\"sources\":\"door\"}", "sources"), ("{\"sources\":[1]}", "sources"), ("{\"fields\":[\"x\"]}", "fields"),
        ("{\"max_rate\":0}", "max_rate"), ("{\"max_rate\":\"5\"}", "max_rate"), ("{\"events_only\":1}", "events_only"),
        ("{\"policy\":\"keep\"}", "policy"), ("{\"marker\":\"\"}", "marker"), ("{\"source\":[]}", "unknown key source"),
        ("[]", "object"), ("hello", "not JSON"), ("{\"sources\":[[[[[[]]]]]]}", "nested"),
    ])
    func whatIsNotUnderstoodIsAnsweredInWords(text: String, word: String) throws {
        var subscription = subscription()
        let (requests, verdict) = receive(text + "\n", &subscription)
        #expect(requests.isEmpty && verdict == .stay)
        var answer: [UInt8] = []
        _ = subscription.queue.drain(limit: .max) { rest in
            answer += rest
            return rest.count
        }
        let value = try JSONValue(parsing: answer)
        #expect(value["event"]?.string == "refused")
        #expect(value["reason"]?.string?.contains(word) == true, "\(value)")
    }

    @Test func hostileInputIsShownTheDoor() {
        var endless = subscription()
        #expect(receive(String(repeating: "x", count: 4_096), &endless).verdict == .stay)
        #expect(receive("x", &endless).verdict == .close(.requestTooLong))
        var garbage = subscription()
        #expect(receive(String(repeating: "\u{1}\n", count: 8), &garbage).verdict == .close(.nonsense))
        var flood = subscription()
        #expect(receive(String(repeating: "{}\n", count: 21), &flood).verdict == .close(.tooManyRequests))
        var patient = subscription()
        for second in 0..<100 { #expect(receive("{}\n", &patient, at: .seconds(second)).verdict == .stay) }
    }

    @Test func aFullQueueEndsASubscriptionThatAskedForIt() {
        var subscription = subscription()
        let line = EncodedLine(kind: .record, source: "a", bytes: [UInt8](repeating: 65, count: 600))
        #expect(
            told { subscription.offer(line, at: .zero) } == .stay
                && told { subscription.offer(line, at: .zero) } == .stay)
        _ = receive("{\"policy\":\"disconnect\"}\n", &subscription)
        #expect(told { subscription.offer(line, at: .zero) } == .close(.queueFull))
    }

    @Test func markersHaveALimit() {
        var subscription = subscription()
        let fitting = String(repeating: "é", count: 128)
        #expect(receive("{\"marker\":\"\(fitting)\"}\n", &subscription).requests.first?.marker == fitting)
        #expect(receive("{\"marker\":\"\(fitting)x\"}\n", &subscription).requests.isEmpty)
    }
}

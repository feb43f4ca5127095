import Platform
import Sinks
import TestSupport
import Testing

/// Whatever a subscriber sends, in whatever pieces, it is understood or refused with a reason: never a crash, and never for ever.
@Suite(.timeLimit(.minutes(30))) struct SubscriberFuzzTests {
    private static let seeds = [
        #"{"sources":["door","hall"],"fields":["au","emotions"],"max_rate":5,"events_only":false,"policy":"drop"}"#,
        #"{"marker":"stimulus 3"}"#, #"{"status":true}"#, #"{"marker":"\u00e9\ud83d\ude00\n"}"#, "", "  \t\r",
        #"{"max_rate":1e-3,"policy":"disconnect","events_only":true}"#,
    ]
    private static let pieces = [
        "\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ":", ",", "null", "true", "1e999", "-0", "0.001", "1000",
        "\u{0}", "\u{FEFF}", "\n", "\r\n", "\"sources\":", "\"fields\":", "[[[[[[", "9223372036854775808", "{\"a\":{",
    ]

    @Test func mutatedLinesNeverCrash() {
        let rounds = Environment.value("NORFACE_FUZZ_ROUNDS").flatMap { Int($0) } ?? 4_000
        var random = SeededGenerator(seed: 0x5EED)
        var understood = 0
        for round in 0..<rounds {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)!.utf8, at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &random)))
                default:
                    let end = min(bytes.count, place + Int.random(in: 0...60, using: &random))
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...place, using: &random))
                }
            }
            do throws(RequestError) {
                let request = try SubscriberRequest(parsing: bytes)
                understood += 1
                #expect(request.maximumRate.map { (0.001...1_000).contains($0) } ?? true)
                #expect(request.marker.map { (1...SubscriberRequest.markerLimit).contains($0.utf8.count) } ?? true)
            } catch {
                #expect(!error.description.isEmpty)
            }
            receive(bytes + [10], &random)
        }
        #expect(understood > rounds / 50, "the mutations leave something to understand")
    }

    /// The same through a subscription, in pieces of any size: the requests do not depend on how they were cut.
    private func receive(_ bytes: [UInt8], _ random: inout SeededGenerator) {
        func requests(_ cut: () -> Int) -> ([SubscriberRequest], Subscription.Verdict) {
            var subscription = Subscription(capacity: 10_000, stallLimit: .seconds(1))
            var requests: [SubscriberRequest] = []
            var start = 0
            var verdict = Subscription.Verdict.stay
            while start < bytes.count, verdict == .stay {
                let end = min(bytes.count, start + cut())
                verdict = bytes[start..<end].withUnsafeBytes {
                    subscription.receive($0, at: .zero) { requests.append($0) }
                }
                start = end
            }
            return (requests, verdict)
        }
        let whole = requests { bytes.count }
        let cut = requests { Int.random(in: 1...7, using: &random) }
        #expect(whole.0 == cut.0 && whole.1 == cut.1)
    }
}

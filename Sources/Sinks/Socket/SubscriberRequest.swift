internal import JSON
internal import Platform
package import Records

/// What a subscriber may ask for: one JSON object on a line, each key of it optional.
///
///     {"sources":["door"],"fields":["au","emotions"],"max_rate":5,"events_only":false,"policy":"drop"}
///     {"marker":"stimulus 3"}
///     {"status":true}
package struct SubscriberRequest: Sendable, Equatable {
    /// What happens when the subscriber's queue is full.
    package enum Policy: String, Sendable, CaseIterable {
        /// The oldest records are given up, and the next one tells.
        case drop
        /// The subscription ends.
        case disconnect
    }

    /// Bytes of a marker's text.
    package static let markerLimit = 256

    /// Only records and events of these sources; events of the whole daemon are always sent.
    package var sources: [String]?
    package var fields: RecordFields?
    /// Records a second for each source.
    package var maximumRate: Double?
    package var eventsOnly: Bool?
    package var policy: Policy?
    /// A text to stamp into the stream for everyone.
    package var marker: String?
    package var wantsStatus = false

    /// Reads a request.
    ///
    /// - Throws: `RequestError` that says what is not understood, in words for the person at the other end.
    package init(parsing line: some Collection<UInt8>) throws(RequestError) {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: line, maximumDepth: 4)
        } catch {
            throw RequestError("\(error)")
        }
        guard case .object(let members) = value else { throw RequestError("a JSON object is expected") }
        for member in members { try take(member) }
    }

    private mutating func take(_ member: JSONValue.Member) throws(RequestError) {
        let (key, value) = (member.key, member.value)
        switch key {
        case "sources":
            sources = try strings(value, of: key)
        case "fields":
            let names = try strings(value, of: key)
            guard let set = RecordFields(names: names) else {
                let known = RecordFields.named.map(\.name).joined(separator: ", ")
                throw RequestError("fields: known are \(known)")
            }
            fields = set
        case "max_rate":
            guard let rate = value.number, rate >= 0.001, rate <= 1_000 else {
                throw RequestError("max_rate: records a second, from 0.001 to 1000, are expected")
            }
            maximumRate = rate
        case "events_only":
            eventsOnly = try bool(value, of: key)
        case "policy":
            guard let policy = value.string.flatMap(Policy.init(rawValue:)) else {
                throw RequestError("policy: \"drop\" or \"disconnect\" is expected")
            }
            self.policy = policy
        case "marker":
            guard let text = value.string, !text.isEmpty, text.utf8.count <= SubscriberRequest.markerLimit else {
                throw RequestError("marker: a text of 1-\(SubscriberRequest.markerLimit) bytes is expected")
            }
            marker = text
        case "status":
            wantsStatus = try bool(value, of: key)
        default:
            throw RequestError(
                "unknown key \(key.prefix(40)): known are sources, fields, max_rate, events_only, policy, marker, status"
            )
        }
    }

    private func bool(_ value: JSONValue, of key: String) throws(RequestError) -> Bool {
        guard let bool = value.bool else { throw RequestError("\(key): true or false is expected") }
        return bool
    }

    private func strings(_ value: JSONValue, of key: String) throws(RequestError) -> [String] {
        guard let array = value.array else { throw RequestError("\(key): a list of texts is expected") }
        var strings: [String] = []
        for element in array {
            guard let string = element.string else { throw RequestError("\(key): a list of texts is expected") }
            strings.append(string)
        }
        return strings
    }
}

/// Why a request is not understood.
package struct RequestError: Fault, Equatable {
    package let problem: String

    init(_ problem: String) {
        self.problem = problem
    }
}

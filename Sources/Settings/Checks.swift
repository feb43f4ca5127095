/// What values must be beyond their type.
package enum Checks {
    package static func range(_ range: ClosedRange<Int>) -> (Int) -> String? {
        { range.contains($0) ? nil : "\(range.lowerBound) to \(range.upperBound) is expected, not \($0)" }
    }

    package static func number(_ range: ClosedRange<Double>) -> (Double) -> String? {
        { value in
            if range.contains(value) { return nil }
            let (low, high) = (range.lowerBound.settingText, range.upperBound.settingText)
            return "\(low) to \(high) is expected, not \(value.settingText)"
        }
    }

    package static func size(_ range: ClosedRange<Int>) -> (ByteCount) -> String? {
        { value in
            if range.contains(value.bytes) { return nil }
            let (low, high) = (ByteCount(range.lowerBound).settingText, ByteCount(range.upperBound).settingText)
            return "\(low) to \(high) is expected, not \(value.settingText)"
        }
    }

    package static func duration(_ range: PartialRangeFrom<Duration>, _ least: String) -> (Duration) -> String? {
        { range.contains($0) ? nil : "\(least) or more is expected, not \($0.settingText)" }
    }

    package static func absolutePath(_ path: String) -> String? {
        if path.isEmpty || path.utf8.contains(0) { return "a path is expected" }
        if path.hasPrefix("/") { return nil }
        return "an absolute path is expected: a service has no folder of its own to start from"
    }

    package static func socketPath(_ path: String) -> String? {
        if path.utf8.count > 107 { return "the path of a Unix socket has 107 bytes at most" }
        return absolutePath(path)
    }
}

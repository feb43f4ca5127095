internal import Platform
import Records
package import SystemPackage

/// Names of the files that were put aside: `door.jsonl` becomes `door-20261122T081627Z.jsonl`, and a second one within
/// that second `door-20261122T081627Z-1.jsonl`.
package struct RotatedNames: Sendable {
    private let prefix: String
    private let suffix: String

    package init(path: FilePath) {
        prefix = (path.lastComponent?.stem ?? "") + "-"
        suffix = path.lastComponent?.extension.map { "." + $0 } ?? ""
    }

    /// The name for the file that is put aside at `wall` seconds since 1970.
    package func next(wall: Int64, existing: [String]) -> String {
        let stamp = UTCTime(microseconds: wall * 1_000_000)?.stamp ?? "\(wall)"
        var name = prefix + stamp + suffix
        var number = 0
        while existing.contains(name) {
            number += 1
            name = "\(prefix)\(stamp)-\(number)\(suffix)"
        }
        return name
    }

    /// The oldest names beyond the `keep` newest; names that are not ours are never among them.
    package func expired(existing: [String], keep: Int?) -> [String] {
        guard let keep else { return [] }
        let ours = existing.compactMap { name in key(of: name).map { (name: name, key: $0) } }
        let sorted = ours.sorted { $0.key < $1.key }
        return sorted.prefix(max(0, sorted.count - keep)).map(\.name)
    }

    /// What orders our names by age: the stamp, then the number.
    private func key(of name: String) -> (String, Int)? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return nil }
        let middle = name.dropFirst(prefix.count).dropLast(suffix.count)
        let parts = middle.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard isStamp(parts[0]) else { return nil }
        guard parts.count == 2 else { return (String(parts[0]), 0) }
        guard let number = Int(parts[1]), number > 0, "\(number)" == parts[1] else { return nil }
        return (String(parts[0]), number)
    }

    private func isStamp(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 16 && bytes[8] == UInt8(ascii: "T") && bytes[15] == UInt8(ascii: "Z")
            && (Array(0..<8) + Array(9..<15)).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
    }
}

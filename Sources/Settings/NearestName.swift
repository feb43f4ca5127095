/// Finds what a misspelt name was probably meant to be.
package enum NearestName {
    /// The nearest of `names`, unless even that is too far away to be meant. Equally near ones: the first in the given order.
    package static func find(_ name: String, among names: [String]) -> String? {
        let folded = Array(name.lowercased().utf8)
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(folded, Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(2, folded.count / 3) else { return nil }
        return best.name
    }

    /// "did you mean NAME?", if one is near.
    package static func phrase(for name: String, among names: [String]) -> String? {
        find(name, among: names).map { "did you mean \($0)?" }
    }

    /// Insertions, deletions, replacements and exchanges of neighbours that lead from one to the other (optimal string
    /// alignment: F. J. Damerau, 1964).
    package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var older: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var cost = min(previous[j + 1], row[j]) + 1
                cost = min(cost, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, older[j - 1] + 1) }
                row.append(cost)
            }
            older = previous
            previous = row
        }
        return previous[b.count]
    }
}

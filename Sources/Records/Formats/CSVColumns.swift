/// The columns of flat files, in their order.
///
/// Every name is one of SPSS (at most 64 characters, a letter first, then letters, digits and underscores; case makes no difference)
/// and of R.
public enum CSVColumns {
    /// What is true of the frame: the same in each of its rows.
    static let frame = ["source", "seq", "pts", "epoch", "time", "dropped", "width", "height", "damaged", "faces"]

    /// Words that SPSS keeps for itself (IBM SPSS Statistics, Command Syntax Reference, "Variable names").
    private static let reserved: Set<String> = [
        "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with",
    ]

    /// The names of all columns of a run.
    public static func names(for labels: RecordLabels) -> [String] {
        let wanted = frame + ["track"] + FacePart.all.flatMap { $0.columns(labels) } + ["markers"]
        // Labels are a bundle's own: what is no name becomes one, and a name that is taken gets a number.
        var taken: Set<String> = []
        return wanted.map { text in
            let name = valid(text)
            var candidate = name
            var number = 2
            while !taken.insert(candidate.lowercased()).inserted {
                candidate = "\(name.prefix(56))_\(number)"
                number += 1
            }
            return candidate
        }
    }

    private static func valid(_ text: String) -> String {
        var name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }.prefix(60))
        if !(name.first?.isLetter ?? false) { name = "v" + name }
        while name.last == "_" { name.removeLast() }
        return reserved.contains(name.lowercased()) ? name + "_value" : name
    }
}

package import JSON

/// A daemon's status for people. Pure.
package enum StatusText {
    /// Whether every source gives frames, or has come to its end, and every output takes them.
    package static func isWell(_ status: JSONValue) -> Bool {
        let sources = status["sources"]?.array ?? []
        let outputs = status["outputs"]?.array ?? []
        return sources.allSatisfy { source in
            source["state"]?.string == "streaming" || (source["state"]?.string == "ended" && source["problem"] == nil)
        } && outputs.allSatisfy { $0["healthy"]?.bool == true }
    }

    /// A few lines and a table.
    package static func table(_ status: JSONValue) -> String {
        let seconds = status["uptime"]?.number ?? 0
        var out =
            "\(status["program"]?.string ?? "norfaced"), process \(status["pid"]?.integer ?? 0), up \(time(seconds))"
        if let subscribers = status["subscribers"]?.integer { out += ", \(subscribers) subscribers" }
        out += "\n"
        if let problem = status["reload_problem"]?.string { out += "the last reload failed: \(problem)\n" }
        var rows = [["SOURCE", "STATE", "SIZE", "REC/S", "RECORDS", "DROPPED", "FACES", "LOST", "P50", "P99", ""]]
        for source in status["sources"]?.array ?? [] {
            let dropped = ["thinned", "undecoded", "missing", "overload", "stopped"].compactMap {
                source["dropped"]?[$0]?.integer
            }.reduce(0, +)
            let size =
                source["width"]?.integer.flatMap { width in source["height"]?.integer.map { "\(width)x\($0)" } } ?? "-"
            rows.append([
                source["name"]?.string ?? "?", source["state"]?.string ?? "?", size,
                decimal(source["records_per_second"]?.number), "\(source["records"]?.integer ?? 0)", "\(dropped)",
                "\(source["faces"]?.integer ?? 0)", "\(source["reconnects"]?.integer ?? 0)",
                milliseconds(source["latency_median"]?.number), milliseconds(source["latency_p99"]?.number),
                source["problem"]?.string ?? source["input"]?.string ?? "",
            ])
        }
        out += columns(rows)
        for output in status["outputs"]?.array ?? [] {
            let health = output["healthy"]?.bool == true ? "ok" : "failing: \(output["error"]?.string ?? "")"
            let dropped = output["dropped"]?.integer ?? 0
            out += "\(output["name"]?.string ?? "?"): \(health), \(output["records"]?.integer ?? 0) records"
            out += dropped > 0 ? ", \(dropped) lost\n" : "\n"
        }
        return out
    }

    private static func columns(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { index, cell in
                index == row.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private static func decimal(_ value: Double?) -> String {
        guard let value else { return "-" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func milliseconds(_ seconds: Double?) -> String {
        seconds.map { "\(Int(($0 * 1_000).rounded())) ms" } ?? "-"
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds)
        if whole >= 86_400 { return "\(whole / 86_400) d \(whole % 86_400 / 3_600) h" }
        if whole >= 3_600 { return "\(whole / 3_600) h \(whole % 3_600 / 60) min" }
        return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
    }
}

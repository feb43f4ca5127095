package import JSON

/// Draws records as text: bars for each action unit and emotion of each face. Pure.
package struct WatchView {
    /// Columns of the terminal.
    package var columns: Int
    /// Rows of the terminal.
    package var rows: Int
    /// Whether colours may be used.
    package var hasColour: Bool

    /// Makes a view for a terminal of this size.
    package init(columns: Int, rows: Int, hasColour: Bool) {
        self.columns = columns
        self.rows = rows
        self.hasColour = hasColour
    }

    /// What the FACS calls its action units (P. Ekman, W. V. Friesen, J. C. Hager: Facial Action Coding System, 2002).
    static let names: [String: String] = [
        "AU01": "inner brow raiser", "AU02": "outer brow raiser", "AU04": "brow lowerer", "AU05": "upper lid raiser",
        "AU06": "cheek raiser", "AU07": "lid tightener", "AU09": "nose wrinkler", "AU10": "upper lip raiser",
        "AU12": "lip corner puller", "AU14": "dimpler", "AU15": "lip corner depressor", "AU17": "chin raiser",
        "AU18": "lip pucker", "AU20": "lip stretcher", "AU23": "lip tightener", "AU24": "lip pressor",
        "AU25": "lips part", "AU26": "jaw drop", "AU28": "lip suck", "AU43": "eyes closed",
    ]

    /// The newest record of each source, drawn below each other.
    ///
    /// - Returns: at most `rows` lines of at most `columns` visible characters.
    package func draw(_ records: [JSONValue], rates: [String: Double], note: String) -> [String] {
        var lines: [String] = []
        for record in records {
            lines.append(head(record, rate: rates[record["source"]?.string ?? ""]))
            let faces = record["faces"]?.array ?? []
            if faces.isEmpty { lines.append("  nobody is seen") }
            for face in faces { lines += draw(face) }
            lines.append("")
        }
        if records.isEmpty { lines = ["waiting for the first record"] }
        if lines.count >= rows { lines = Array(lines.prefix(max(0, rows - 2))) + ["..."] }
        lines.append(cut(note))
        return lines
    }

    private func head(_ record: JSONValue, rate: Double?) -> String {
        var text = "\(record["source"]?.string ?? "?")  \(fixed(record["pts"]?.number, 1)) s"
        text += "  \(record["width"]?.integer ?? 0)x\(record["height"]?.integer ?? 0)"
        if let rate { text += "  \(fixed(rate, 1)) records/s" }
        if let dropped = record["dropped"]?.integer, dropped > 0 { text += "  \(dropped) lost" }
        if let markers = record["markers"]?.array {
            text += "  [\(markers.compactMap(\.string).joined(separator: ", "))]"
        }
        return paint(cut(text), "1")
    }

    private func draw(_ face: JSONValue) -> [String] {
        var title = "  face \(face["track"]?.integer ?? 0)\(face["certain"]?.bool == false ? "?" : "")"
        title += "  \(face["emotion"]?.string ?? "")  yaw \(fixed(face["yaw"]?.number, 0))"
        title += " pitch \(fixed(face["pitch"]?.number, 0)) roll \(fixed(face["roll"]?.number, 0))"
        if face["gaze"]?["yaw"]?.number != nil {
            title += "  gaze \(fixed(face["gaze"]?["yaw"]?.number, 0)) \(fixed(face["gaze"]?["pitch"]?.number, 0))"
        }
        title += "  quality \(fixed(face["quality"]?.number, 2))  baseline \(face["baseline"]?.string ?? "")"
        let hidden = members(face["visible"]).filter { $0.1 < 0.5 }.map { $0.0.replacing("_", with: " ") }
        if !hidden.isEmpty { title += "  hidden: " + hidden.joined(separator: ", ") }
        let present = Set((face["present"]?.array ?? []).compactMap(\.string))
        let units = entries(face["au"]).map { name, value in
            bar(
                label: "\(name) \(Self.names[name] ?? "")", value: value, full: 5, decimals: 1,
                isLit: present.contains(name), sides: sides(face, name))
        }
        let emotions = members(face["emotions"]).map { name, value in
            bar(label: name, value: value, full: 1, decimals: 2, isLit: face["emotion"]?.string == name, sides: "")
        }
        return [cut(title)] + table(units) + table(emotions)
    }

    /// As many cells beside each other as fit.
    private func table(_ cells: [(text: String, width: Int)]) -> [String] {
        guard let width = cells.map(\.width).max() else { return [] }
        let across = max(1, (columns - 2) / (width + 2))
        let down = (cells.count + across - 1) / across
        return (0..<down).map { row in
            // Column by column, as the eye reads lists.
            let line = stride(from: row, to: cells.count, by: down).map { index in
                cells[index].text + String(repeating: " ", count: width - cells[index].width)
            }
            return "  " + line.joined(separator: "  ")
        }
    }

    private func bar(
        label: String, value: Double?, full: Double, decimals: Int, isLit: Bool, sides: String
    ) -> (text: String, width: Int) {
        let labelWidth = full == 1 ? 10 : 25
        let barWidth = full == 1 ? 8 : 12
        let label = String(label.prefix(labelWidth)).padded(to: labelWidth)
        let filled = Self.blocks((value ?? 0) / full, width: barWidth)
        let text = "\(label) \(filled.padded(to: barWidth)) \(fixed(value, decimals)) \(sides)"
        return (paint(text, isLit ? "1;32" : (value ?? 0) / full > 0.1 ? "0" : "2"), text.count)
    }

    /// A bar of eighths.
    package static func blocks(_ part: Double, width: Int) -> String {
        let eighths = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }

    private func sides(_ face: JSONValue, _ name: String) -> String {
        guard let left = face["au_left"]?[name]?.number, let right = face["au_right"]?[name]?.number else {
            return "       "
        }
        return "\(fixed(left, 1))|\(fixed(right, 1))"
    }

    /// The members that are numbers.
    private func members(_ object: JSONValue?) -> [(String, Double)] {
        entries(object).compactMap { name, value in value.map { (name, $0) } }
    }

    /// All members, with nil for what is not known.
    private func entries(_ object: JSONValue?) -> [(String, Double?)] {
        guard case .object(let members)? = object else { return [] }
        return members.map { ($0.key, $0.value.number) }
    }

    private func cut(_ text: String) -> String { String(text.prefix(max(0, columns))) }

    private func paint(_ text: String, _ code: String) -> String {
        hasColour && code != "0" ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func fixed(_ value: Double?, _ decimals: Int) -> String {
        guard let value else { return "-" }
        var writer = JSONWriter()
        writer.fixed(value, decimals: decimals)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// One line for a reader that is no terminal.
    package func line(_ record: JSONValue) -> String {
        let faces = (record["faces"]?.array ?? []).map { face in
            let units = members(face["au"]).filter { $0.1 >= 1 }.map { "\($0.0) \(fixed($0.1, 1))" }
            let words = ["#\(face["track"]?.integer ?? 0)", face["emotion"]?.string ?? ""] + units
            return words.joined(separator: " ")
        }
        let who = faces.isEmpty ? "nobody" : faces.joined(separator: "; ")
        return "\(record["source"]?.string ?? "?") \(fixed(record["pts"]?.number, 1)) s: \(who)"
    }
}

extension String {
    /// Filled up with spaces.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

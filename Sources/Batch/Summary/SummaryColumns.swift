internal import Platform
internal import Records

/// The columns of `summary.csv` (`Documentation/Batch.md`), and its rows.
struct SummaryColumns {
    private let labels: RecordLabels
    /// The row of names.
    let header: String

    init(labels: RecordLabels) {
        self.labels = labels
        let names =
            ["recording", "results", "status", "seconds", "frames", "damaged_frames", "faces_share", "person"]
            + ["person_frames", "person_share", "person_seconds", "good_share", "quality_mean"]
            + labels.au.map { $0 + "_mean" } + labels.au.map { $0 + "_p95" } + labels.au.map { $0 + "_onsets_per_min" }
            + labels.emotions.map { $0 + "_share" } + ["note"]
        header = names.map(Self.cell).joined(separator: ",")
    }

    /// The rows of a recording: one for each person, or one without a person.
    func rows(recording: String, results: String, status: String, note: String, _ summary: RecordingSummary?)
        -> [String]
    {
        let state = summary?.state
        var head = [recording, results, status].map(Self.cell)
        if let state {
            let interval = state.interval ?? 0
            head += [
                Self.number(interval * Double(state.frames), 3), "\(state.frames)", "\(state.damaged)",
                Self.share(state.framesWithFaces, state.frames),
            ]
        } else {
            head += ["", "", "", ""]
        }
        let persons = (state?.persons ?? [:]).sorted { $0.key < $1.key }
        guard !persons.isEmpty else {
            let count = 6 + 3 * labels.au.count + labels.emotions.count
            return [(head + Array(repeating: "", count: count) + [Self.cell(note)]).joined(separator: ",")]
        }
        return persons.map { track, person in
            let seconds = (state?.interval).map { $0 * Double(person.frames) }
            let units = labels.au.indices
            let own: [String] =
                ["\(track)", "\(person.frames)", Self.share(person.frames, state?.frames ?? 0)]
                + [Self.number(seconds ?? 0, 3), Self.share(person.goodFrames, person.frames)]
                + [Self.number(person.qualitySum / Double(max(1, person.frames)), 3)]
            let values: [String] =
                units.map { Self.number(person.mean($0), 3) }
                + units.map { Self.number(person.percentile(0.95, of: $0), 2) }
                + units.map { unit in Self.number(seconds.map { Double(person.onsets[unit]) * 60 / $0 }, 2) }
                + person.emotionFrames.map { Self.share($0, person.frames) }
            return (head + own + values + [Self.cell(note)]).joined(separator: ",")
        }
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        number(whole > 0 ? Double(part) / Double(whole) : nil, 4)
    }

    private static func number(_ value: Double?, _ decimals: Int) -> String {
        guard let value, value.isFinite else { return "" }
        var bytes: [UInt8] = []
        bytes.appendFixed(value, decimals: decimals)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A cell after RFC 4180. A line break or another control character becomes a space.
    static func cell(_ text: String) -> String {
        let text = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        guard text.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// The first cells of a row, read back.
    static func cells(_ row: some StringProtocol, count: Int) -> [String] {
        var cells: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var isClosed = false
        for byte in row.utf8 {
            if byte == UInt8(ascii: "\"") {
                // A quote that opens again at once is one of the text.
                if isClosed { cell.append(byte) }
                isQuoted.toggle()
                isClosed = !isQuoted
                continue
            }
            isClosed = false
            if byte == UInt8(ascii: ","), !isQuoted {
                cells.append(String(decoding: cell, as: UTF8.self))
                cell.removeAll()
                if cells.count == count { return cells }
            } else {
                cell.append(byte)
            }
        }
        return cells + [String(decoding: cell, as: UTF8.self)]
    }
}

import Records

/// Records as a run makes them, and stranger ones, from a generator.
struct RandomRecords<Generator: RandomNumberGenerator> {
    var generator: Generator
    let labels = RecordLabels(
        au: ["AU01", "AU06", "AU12", "AU25"], sides: ["AU06", "AU12"], emotions: ["neutral", "happiness", "fear"],
        landmarks: 2, optionalParts: [.head, .derived])

    mutating func number(_ range: ClosedRange<Float>) -> Float {
        Int.random(in: 0..<50, using: &generator) == 0 ? .nan : Float.random(in: range, using: &generator)
    }

    mutating func numbers(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
        (0..<count).map { _ in number(range) }
    }

    mutating func face(track: Int) -> FaceRecord {
        let size: ClosedRange<Float> = Bool.random(using: &generator) ? -20...8_000 : -1e20...1e20
        return FaceRecord(
            track: track, certain: Bool.random(using: &generator),
            box: (number(size), number(size), number(size), number(size)), score: number(0...1),
            pitch: number(-180...180), yaw: number(-180...180), roll: number(-0.1...0.1), quality: number(0...1),
            au: numbers(4, 0...5), auRaw: numbers(4, -1...6), left: numbers(2, 0...5), right: numbers(2, 0...5),
            present: (0..<4).map { _ in Bool.random(using: &generator) }, emotions: numbers(3, 0...1),
            emotion: Int.random(in: 0..<3, using: &generator),
            baseline: ["off", "learning", "settled", "frozen"].randomElement(using: &generator) ?? "off",
            speaking: number(0...1), landmarks: numbers(4, -20...8_000),
            head: SIMD3(number(-900...900), 2.5, number(90...9_000)),
            visible: Bool.random(using: &generator) ? numbers(FaceRecord.regions.count, 0...1) : [],
            gaze: Bool.random(using: &generator)
                ? GazeRecord(joint: eye(), error: number(0...30), left: maybeEye(), right: maybeEye()) : nil,
            derived: DerivedRecord(valence: number(-1...1), arousal: number(0...1)))
    }

    mutating func eye() -> GazeRecord.Eye {
        GazeRecord.Eye(
            yaw: number(-90...90), pitch: number(-90...90), headYaw: number(-90...90), headPitch: number(-90...90))
    }

    mutating func maybeEye() -> GazeRecord.Eye? { Bool.random(using: &generator) ? eye() : nil }

    mutating func text() -> String {
        ["door", "a,b", "say \"x\"", "Tür 🙂", "tab\tnewline\n", "\u{1}\u{7f}", "back\\slash", ""]
            .randomElement(using: &generator) ?? ""
    }

    mutating func record() -> FrameRecord {
        let count = Int.random(in: 0...3, using: &generator)
        return FrameRecord(
            source: text(), sequence: Int.random(in: 0...1 << 53, using: &generator),
            pts: Double.random(in: -1_000...1e9, using: &generator), epoch: Int.random(in: 0...9, using: &generator),
            time: Bool.random(using: &generator)
                ? Int64.random(in: -62_135_596_800_000_000...253_402_300_799_000_000, using: &generator) : nil,
            dropped: Int.random(in: 0...1_000, using: &generator),
            drops: FrameDrops(
                thinned: Int.random(in: 0...2, using: &generator), undecoded: Int.random(in: 0...2, using: &generator),
                overload: Int.random(in: 0...2, using: &generator), missing: Int.random(in: 0...2, using: &generator)),
            width: Int.random(in: 1...8_000, using: &generator),
            height: Int.random(in: 1...8_000, using: &generator),
            markers: (0..<Int.random(in: 0...2, using: &generator)).map { _ in text() },
            faces: (0..<count).map { face(track: $0 + 1) })
    }

    mutating func fields() -> RecordFields {
        RecordFields(rawValue: Int.random(in: 0...RecordFields.all.rawValue, using: &generator)).intersection(.all)
    }
}

/// Reads a text with a reader, in blocks of a size.
func reader(
    _ text: some Sequence<UInt8>, labels: RecordLabels? = nil, block: Int = 1 << 16, lineLimit: Int = 4 << 20
) -> RecordReader {
    let bytes = Array(text)
    var position = 0
    return RecordReader(name: "door.jsonl", labels: labels, lineLimit: lineLimit) { buffer in
        let count = min(block, buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }
}

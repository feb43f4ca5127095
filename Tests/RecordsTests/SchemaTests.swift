import Records
import TestSupport
import Testing

/// The JSON Schema in `Documentation/` holds for real output, judged by an independent implementation.
struct SchemaTests {
    @Test(.enabled(if: RecordSchema.isAvailable, Comment(rawValue: RecordSchema.reason)))
    func recordsFollowTheSchema() throws {
        let encoder = JSONLinesEncoder(labels: Samples.labels)
        var lines = encoder.line(Samples.record()).bytes
        lines += encoder.line(Samples.record(faces: [], dropped: 3, markers: ["a", "b"])).bytes
        var lost = Samples.record(dropped: 5)
        lost.drops = FrameDrops(thinned: 3, undecoded: 4, overload: 2, missing: 1)
        lines += encoder.line(lost).bytes
        lines += encoder.line(Samples.record(), fields: [.au]).bytes
        var unknown = Samples.record(faces: [Samples.face(value: .nan)])
        unknown.time = nil
        unknown.pts = .infinity
        lines += encoder.line(unknown).bytes
        #expect(try RecordSchema.fault(in: lines) == nil)
    }

    @Test(
        .enabled(if: RecordSchema.isAvailable, Comment(rawValue: RecordSchema.reason)),
        arguments: [
            (#""v":1"#, #""v":2"#), (#""seq":812"#, #""seq":812.5"#), (#""dropped":0"#, #""dropped":-1"#),
            (#""AU12":2.250"#, #""AU12":5.250"#), (#""settled""#, #""done""#), (#""score":0.98"#, #""certainty":0.98"#),
            (#"27.066Z"#, #"27Z"#),
        ])
    func theSchemaRefusesWhatIsNoRecord(text: String, wrong: String) throws {
        let line = Samples.text(JSONLinesEncoder(labels: Samples.labels).line(Samples.record()))
        #expect(line.contains(text))
        let damaged = line.split(separator: text, maxSplits: 1, omittingEmptySubsequences: false)
            .joined(separator: wrong)
        #expect(try RecordSchema.fault(in: damaged.utf8) != nil)
    }
}

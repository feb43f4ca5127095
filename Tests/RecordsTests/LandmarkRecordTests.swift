import Records
import Testing

/// What records and events have only where it is asked for.
struct LandmarkRecordTests {
    private let labels = RecordLabels(
        au: Samples.labels.au, sides: Samples.labels.sides, emotions: Samples.labels.emotions, landmarks: 2,
        optionalParts: [.head, .derived])
    private var record: FrameRecord {
        var face = Samples.face()
        face.speaking = 0.25
        face.landmarks = [1, 2.25, 3.06, 4]
        face.head = SIMD3(10, -20.04, 600)
        face.derived = DerivedRecord(valence: -0.25, arousal: .nan)
        return Samples.record(faces: [face])
    }

    @Test func landmarksAndHeadAreWrittenAndReadAgain() throws {
        let line = JSONLinesEncoder(labels: labels).line(record)
        #expect(
            Samples.text(line).hasSuffix(
                "\"speaking\":0.25,\"landmarks\":[1.0,2.2,3.1,4.0],\"head\":{\"x\":10.0,\"y\":-20.0,\"z\":600.0},"
                    + "\"derived\":{\"valence\":-0.250,\"arousal\":null}}]}\n"))
        var decoder = RecordDecoder()
        var read = Samples.record(faces: [])
        #expect(try decoder.decode(line.bytes, into: &read) == .record(.all))
        #expect(decoder.labels == labels)
        #expect(read.faces[0].head == SIMD3(10, -20, 600) && read.faces[0].landmarks.count == 4)
        #expect(read.faces[0].speaking == 0.25)
        #expect(read.faces[0].derived?.valence == -0.25 && read.faces[0].derived?.arousal.isNaN == true)
    }

    @Test func aTableHasThemAsOpenFaceNamesThem() {
        let encoder = CSVEncoder(labels: labels)
        let names = String(decoding: encoder.header, as: UTF8.self)
        #expect(
            names.hasSuffix(
                "baseline,speaking,x_0,x_1,y_0,y_1,head_x,head_y,head_z,derived_valence,derived_arousal,markers\n"))
        let row = Samples.text(encoder.line(record))
        #expect(row.hasSuffix("settled,0.25,1.0,3.1,2.2,4.0,10.0,-20.0,600.0,-0.250,,\n"))
        // A face without them, and a frame without a face, have as many cells.
        let cells = names.split(separator: ",", omittingEmptySubsequences: false).count
        for row in [Samples.record(), Samples.record(faces: [])] {
            let text = Samples.text(encoder.line(row))
            #expect(text.split(separator: ",", omittingEmptySubsequences: false).count == cells)
        }
    }

    @Test(arguments: ["[1]", "{}", "[\"x\"]"])
    func landmarksThatAreNoneAreAnError(text: String) {
        var line = Samples.text(JSONLinesEncoder(labels: labels).line(record))
        line = line.replacing("[1.0,2.2,3.1,4.0]", with: text)
        var decoder = RecordDecoder(labels: labels)
        var read = Samples.record(faces: [])
        #expect(throws: RecordError.self) { try decoder.decode(Array(line.utf8), into: &read) }
    }

    @Test func eventsThatLastAreReadAsTheyWereWritten() throws {
        let span = EventSpan(
            unit: "AU12", eyes: "both", onset: 1.5, apex: 2, offset: 2.25, peak: 3.5, mean: 2.125, isComplete: true,
            rate: 17.5, cut: "end")
        let event = EventRecord(.segment, source: "door", pts: 1.5, epoch: 0, track: 3, span: span)
        #expect(
            Samples.text(event.line) == """
                {"v":1,"event":"segment","source":"door","pts":1.500000,"epoch":0,"track":3,"unit":"AU12","eyes":"both",\
                "onset":1.500000,"apex":2.000000,"offset":2.250000,"peak":3.500,"mean":2.125,"complete":true,"rate":17.5,\
                "cut":"end"}

                """)
        #expect(try EventRecord(line: event.line.bytes) == event)
    }

    @Test func aTallySaysPlainlyWhenBlinksWereNotWatched() {
        func tally(_ watched: Double, _ tooSlow: Double) -> EventTally {
            EventTally(
                lines: 1, bytes: 2, segments: 3, blinks: 4, winks: 5, watched: watched, tooSlow: tooSlow, unseen: 0)
        }
        #expect(tally(10, 0).remark == nil)
        #expect(tally(0, 10).remark?.contains("no blinks are told") == true)
        #expect(tally(10, 5).remark?.contains("5 s") == true)
    }
}

import JSON
import Records
import TestSupport
import Testing

struct JSONLinesEncoderTests {
    private let encoder = JSONLinesEncoder(labels: Samples.labels)

    @Test func aRecordHasFixedKeysAndDecimals() {
        #expect(
            Samples.text(encoder.line(Samples.record())) == """
                {"v":1,"source":"door","seq":812,"pts":27.066667,"epoch":0,"time":"2026-11-22T08:16:27.066Z",\
                "dropped":0,"width":1280,"height":720,"faces":[{"track":3,"certain":true,\
                "box":[412.0,118.5,220.2,220.2],"score":0.98,"pitch":-3.1,"yaw":11.8,"roll":0.0,\
                "gaze":{"yaw":4.3,"pitch":-2.0,"head_yaw":-7.5,"head_pitch":1.1,"error":3.2,"left":[4.3,-2.0,-7.5,1.1],\
                "right":null},"quality":0.87,"visible":{"brow_left":1.00,"brow_right":0.98,"eye_left":0.97,\
                "eye_right":0.50,"cheek_left":1.00,"cheek_right":1.00,"mouth_left":0.03,"mouth_right":0.12},\
                "au":{"AU01":0.310,"AU06":1.500,"AU12":2.250},"au_raw":{"AU01":0.200,"AU06":1.250,"AU12":2.250},\
                "au_left":{"AU12":2.400},"au_right":{"AU12":2.100},"present":["AU06","AU12"],"emotion":"happiness",\
                "emotions":{"neutral":0.0700,"happiness":0.9300},"baseline":"settled","speaking":null}]}

                """)
    }

    @Test func aFrameWithoutFacesAndTimeIsARecordToo() {
        let record = FrameRecord(
            source: "a\"b\\c\n\u{1}é", sequence: 0, pts: 0, epoch: 2, time: nil, dropped: 7, width: 2, height: 1,
            faces: [])
        #expect(
            Samples.text(encoder.line(record)) == #"""
                {"v":1,"source":"a\"b\\c\n\u0001é","seq":0,"pts":0.000000,"epoch":2,"time":null,"dropped":7,"width":2,\#
                "height":1,"faces":[]}

                """#)
    }

    @Test func lostFramesAreToldByCause() throws {
        var record = Samples.record(dropped: 5)
        record.drops.thinned = 3
        let thinned = try JSONValue(parsing: encoder.line(record).bytes)
        #expect(thinned["drops"] == .object([.init(key: "thinned", value: .number(3))]))
        record.drops.overload = 2
        let both = try JSONValue(parsing: encoder.line(record).addingDropped(4).bytes)
        #expect(both["dropped"]?.integer == 9)
        #expect(both["drops"]?["thinned"]?.integer == 3 && both["drops"]?["overload"]?.integer == 2)
        #expect(try JSONValue(parsing: encoder.line(Samples.record(dropped: 5)).bytes)["drops"] == nil)
    }

    @Test func markersAreWrittenOnlyWhenThereAreSome() throws {
        let marked = try JSONValue(parsing: encoder.line(Samples.record(markers: ["stimulus 3"])).bytes)
        let plain = try JSONValue(parsing: encoder.line(Samples.record()).bytes)
        #expect(marked["markers"] == .array([.string("stimulus 3")]))
        #expect(plain["markers"] == nil)
    }

    @Test func fieldsThatAreNotChosenAreLeftOut() throws {
        let line = encoder.line(Samples.record(), fields: [.au, .pose])
        let face = try #require(try JSONValue(parsing: line.bytes)["faces"]?.array?.first)
        guard case .object(let members) = face else {
            Issue.record("a face is an object")
            return
        }
        #expect(members.map(\.key) == ["track", "pitch", "yaw", "roll", "au"])
    }

    @Test func everyFieldNameChoosesSomething() throws {
        var face = Samples.face()
        face.landmarks = [1, 2]
        face.head = SIMD3(1, 2, 3)
        face.derived = DerivedRecord(valence: 0.5, arousal: 0.25)
        let record = Samples.record(faces: [face])
        let bare = encoder.line(record, fields: []).bytes.count
        for (name, field) in RecordFields.named {
            #expect(encoder.line(record, fields: field).bytes.count > bare, "\(name)")
            #expect(RecordFields(names: [name]) == field)
        }
        #expect(RecordFields(names: RecordFields.named.map(\.name)) == .all)
        #expect(RecordFields(names: ["mesh"]) == nil)
    }

    @Test func anyNumberInGivesJSONOut() throws {
        var generator = SeededGenerator(seed: 7)
        var line = EncodedLine()
        for round in 0..<2_000 {
            func float() -> Float { Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator)) }
            var face = Samples.face()
            face.box = (float(), float(), float(), float())
            face.score = float()
            face.pitch = float()
            face.yaw = float()
            face.roll = float()
            face.quality = float()
            face.au = [float(), float(), float()]
            face.auRaw = [float(), float(), float()]
            face.left = [float()]
            face.right = [float()]
            face.emotions = [float(), float()]
            var record = Samples.record(faces: [face, face])
            record.pts = Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator))
            record.time = Int64.random(in: .min ... .max, using: &generator)
            record.dropped = Int.random(in: .min ... .max, using: &generator)
            encoder.encode(record, into: &line)
            let value = try JSONValue(parsing: line.bytes)
            let read = try #require(value["faces"]?.array?.first?["au"]?["AU01"])
            if face.au[0].isFinite, face.au[0].magnitude < 1e6 {
                #expect(abs(try #require(read.number) - Double(face.au[0])) <= 0.000_500_1, "round \(round)")
            } else if !face.au[0].isFinite {
                #expect(read == .null)
            }
        }
    }

    @Test func numbersAreReadBackWithinHalfTheirLastDigit() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<5_000 {
            let decimals = Int.random(in: 0...9, using: &generator)
            let value = Double.random(in: -1_000...1_000, using: &generator)
            var writer = JSONWriter()
            writer.fixed(value, decimals: decimals)
            let text = String(decoding: writer.bytes, as: UTF8.self)
            let half = 0.500_001 * (0..<decimals).reduce(1.0) { value, _ in value / 10 }
            #expect(abs(try #require(Double(text)) - value) <= half, "\(text) for \(value)")
            #expect(text.split(separator: ".").dropFirst().first?.count ?? 0 == decimals)
            #expect(text != "-0" && !(text.hasPrefix("-0.") && text.allSatisfy { "-0.".contains($0) }))
        }
    }

    @Test func aLineIsReusedWithoutCopyWhenNobodyKeptIt() {
        var line = EncodedLine()
        encoder.encode(Samples.record(), into: &line)
        let kept = line
        let address = line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        encoder.encode(Samples.record(dropped: 4), into: &line)
        #expect(Samples.text(kept) == Samples.text(encoder.line(Samples.record())))
        #expect(line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } != address)
        let second = line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        encoder.encode(Samples.record(dropped: 5), into: &line)
        #expect(line.bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } == second)
    }

    @Test func droppedFramesAreAddedToAFinishedLine() throws {
        for (own, more) in [(0, 3), (9, 1), (99, 901), (5, 0)] {
            let line = encoder.line(Samples.record(dropped: own)).addingDropped(more)
            #expect(Samples.text(line) == Samples.text(encoder.line(Samples.record(dropped: own + more))))
            #expect(line.dropped == own + more)
            #expect(line.addingDropped(10).dropped == own + more + 10)
        }
    }
}

import JSON
import Records
import TestSupport
import Testing

struct RecordDecoderTests {
    private let encoder = JSONLinesEncoder(labels: Samples.labels)
    private var line: String { String(Samples.text(encoder.line(Samples.record())).dropLast()) }

    private func decode(_ text: String) throws -> (FrameRecord, RecordDecoder.Kind) {
        var decoder = RecordDecoder(labels: Samples.labels)
        var record = Samples.record(faces: [])
        let kind = try decoder.decode(Array(text.utf8), into: &record)
        return (record, kind)
    }

    private func problem(_ text: String) -> String? {
        do {
            _ = try decode(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func aRecordIsReadAsItsValues() throws {
        let (record, kind) = try decode(line)
        #expect(kind == .record(.all))
        #expect(record.source == "door" && record.sequence == 812 && record.pts == 27.066667)
        #expect(record.time == 1_795_335_387_066_000)
        let face = try #require(record.faces.first)
        #expect(face.track == 3 && face.certain && face.box.1 == 118.5 && face.score == 0.98)
        #expect(face.au == [0.31, 1.5, 2.25] && face.left == [2.4] && face.right == [2.1])
        #expect(face.present == [false, true, true] && face.emotion == 1 && face.baseline == "settled")
    }

    @Test func whatWasWrittenIsWrittenTheSameAfterReading() throws {
        var random = RandomRecords(generator: SeededGenerator(seed: 21))
        let encoder = JSONLinesEncoder(labels: random.labels)
        var decoder = RecordDecoder(labels: random.labels)
        var read = Samples.record(faces: [])
        for round in 0..<3_000 {
            let record = random.record()
            let fields = round % 3 == 0 ? random.fields() : .all
            let written = encoder.line(record, fields: fields)
            let kind = try decoder.decode(written.bytes, into: &read)
            #expect(kind == .record(record.faces.isEmpty ? .all : fields))
            let again = encoder.line(read, fields: fields)
            #expect(again.bytes == written.bytes, "\(Samples.text(written))")
        }
    }

    @Test func labelsThatAreNotGivenAreThoseOfTheFirstFace() throws {
        var random = RandomRecords(generator: SeededGenerator(seed: 22))
        let encoder = JSONLinesEncoder(labels: random.labels)
        var decoder = RecordDecoder()
        var read = Samples.record(faces: [])
        var nobody = random.record()
        nobody.faces = []
        _ = try decoder.decode(encoder.line(nobody).bytes, into: &read)
        #expect(decoder.labels == nil)
        nobody.faces = [random.face(track: 1)]
        _ = try decoder.decode(encoder.line(nobody).bytes, into: &read)
        #expect(decoder.labels == random.labels)
    }

    @Test func otherKeysOrdersAndEscapesAreUnderstood() throws {
        let (record, _) = try decode(
            #"{"new":{"a":[1,{"b":null}]},"faces":[],"height":2,"width":1,"dropped":0,"time":null,"epoch":1,"pts":-1.5e0,"#
                + #""s\u0065q":4,"v":1,"source":"d\u006for","later":true}"#)
        #expect(record.source == "door" && record.sequence == 4 && record.pts == -1.5 && record.height == 2)
    }

    @Test func errorsNameTheKey() {
        func replaced(_ old: String, _ new: String) -> String? {
            problem(line.replacing(old, with: new, maxReplacements: 1))
        }
        #expect(problem(line) == nil)
        #expect(replaced("\"seq\":812", "\"seq\":8.5") == "'seq' is not a whole number from 0 on")
        #expect(replaced("\"seq\":812", "\"seq\":-1") == "'seq' is not a whole number from 0 on")
        #expect(replaced("\"seq\":812", "\"seq\":1e300") == "'seq' is not a whole number from 0 on")
        #expect(replaced("\"seq\":812,", "") == "'seq' is missing")
        #expect(replaced("\"seq\":812", "\"pts\":1") == "'pts' stands twice")
        #expect(replaced("\"AU06\":1.500", "\"AU06\":true") == "'faces[0].au.AU06' is not a number")
        #expect(replaced("\"AU06\":1.500", "\"AU06\":1e39") == "'faces[0].au.AU06' is out of range")
        #expect(replaced("\"AU06\":1.500,", "") == "'faces[0].au.AU06' is missing")
        #expect(replaced("\"AU06\":1.500", "\"AU01\":1.500") == "'faces[0].au.AU01' stands twice")
        #expect(replaced("\"AU06\":1.500", "\"AU99\":1.500") == "'faces[0].au.AU99' is not among the labels of the run")
        #expect(replaced("\"happiness\",", "\"joy\",") == "'faces[0].emotion.joy' is not among the labels of the run")
        #expect(replaced("\"score\":0.98,", "") == "'faces[0].score' is missing")
        #expect(replaced("412.0,", "") == "'faces[0].box' has 3 numbers, where four are expected")
        #expect(replaced("T08:16", "T28:16")?.contains("'time' is not a UTC time") == true)
        #expect(replaced("\"faces\":[", "\"faces\":[[],")?.hasPrefix("'faces[0]' is not an object") == true)
        #expect(problem("[1]") == "a record is an object, and this is none")
        #expect(problem(String(line.dropLast(3)))?.contains("not JSON at byte") == true)
    }

    @Test func anotherVersionIsRefusedWhateverElseIsWrong() {
        for text in [#"{"v":2}"#, #"{"source":7,"v":2}"#, #"{"v":2,"faces":{}}"#, #"{"v":"1"}"#] {
            #expect(problem(text) == "'v' is another version than 1, the only one that is known here")
        }
        #expect(problem("{}") == "'v' is missing")
    }

    @Test func aLineWithAnEventIsToldApart() throws {
        #expect(try decode(#"{"v":1,"event":"reloaded"}"#).1 == .event)
        #expect(try decode(Samples.text(Samples.run.line)).1 == .event)
    }

    @Test func randomDamageNeverCrashes() {
        var random = RandomRecords(generator: SeededGenerator(seed: 23))
        let encoder = JSONLinesEncoder(labels: random.labels)
        var generator = SeededGenerator(seed: 24)
        var decoder = RecordDecoder(labels: random.labels)
        var read = Samples.record(faces: [])
        var (refused, taken) = (0, 0)
        let bytes = Array("\"\\{}[],:0123456789.-+eEnulltrue\n\0\u{ff}".utf8)
        for _ in 0..<20_000 {
            var line = encoder.line(random.record()).bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<line.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: line[index] = bytes.randomElement(using: &generator) ?? 0
                case 1: line.remove(at: index)
                case 2: line.insert(bytes.randomElement(using: &generator) ?? 0, at: index)
                default: line.removeSubrange(index..<min(line.count, index + 40))
                }
                if line.isEmpty { break }
            }
            do throws(RecordError) {
                if case .record = try decoder.decode(line, into: &read) {
                    taken += 1
                    // What is taken can be written.
                    _ = encoder.line(read)
                }
            } catch {
                refused += 1
                // What is no JSON to the other reader is none to this one.
            }
        }
        #expect(refused > 5_000 && taken > 500, "\(refused) \(taken)")
    }

    @Test func whatIsTakenIsJSON() {
        var random = RandomRecords(generator: SeededGenerator(seed: 25))
        let encoder = JSONLinesEncoder(labels: random.labels)
        var generator = SeededGenerator(seed: 26)
        var decoder = RecordDecoder(labels: random.labels)
        var read = Samples.record(faces: [])
        for _ in 0..<5_000 {
            var line = encoder.line(random.record()).bytes
            let index = Int.random(in: 0..<line.count - 1, using: &generator)
            line[index] = UInt8.random(in: 0x20...0x7E, using: &generator)
            guard (try? decoder.decode(line, into: &read)) != nil else { continue }
            #expect((try? JSONValue(parsing: line)) != nil, "\(String(decoding: line, as: UTF8.self))")
        }
    }
}

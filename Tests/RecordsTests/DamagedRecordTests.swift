import JSON
import Records
import TestSupport
import Testing

struct DamagedRecordTests {
    @Test func randomDamageNeverCrashesTheReader() {
        let line = JSONLinesEncoder(labels: Samples.labels).line(Samples.record()).bytes
        var generator = SeededGenerator(seed: 9)
        var refused = 0
        for _ in 0..<5_000 {
            var damaged = line
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<damaged.count, using: &generator)
                damaged[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if (try? JSONValue(parsing: damaged)) == nil { refused += 1 }
        }
        #expect(refused > 0)
    }
}

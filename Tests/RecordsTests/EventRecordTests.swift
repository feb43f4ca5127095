import JSON
import Records
import Testing

struct EventRecordTests {
    @Test func anEventCarriesWhatAppliesInAFixedOrder() {
        let event = EventRecord(
            .recovered, source: "door", pts: 3.5, epoch: 2, time: 0, track: 4, count: 5, seconds: 1.25, reason: "r",
            marker: "m")
        #expect(
            Samples.text(event.line) == """
                {"v":1,"event":"recovered","source":"door","pts":3.500000,"epoch":2,"time":"1970-01-01T00:00:00.000Z",\
                "track":4,"count":5,"seconds":1.250,"reason":"r","marker":"m"}

                """)
        #expect(Samples.text(EventRecord(.reloaded).line) == "{\"v\":1,\"event\":\"reloaded\"}\n")
    }

    @Test func theRunIsDescribedOnceForFilesAndOnceForSubscribers() throws {
        let sidecar = try JSONValue(parsing: Samples.run.sidecar)
        let line = try JSONValue(parsing: Samples.run.line.bytes)
        #expect(sidecar["event"] == nil)
        #expect(line["event"] == .string("run"))
        #expect(sidecar["labels"]?["au"] == .array(Samples.labels.au.map(JSONValue.string)))
        #expect(sidecar["model"]?["sha256"]?["classifier"] == .string("00ff"))
        #expect(sidecar["sources"]?.array?.first?["input"] == .string("rtsp://camera/live"))
        #expect(sidecar["smoothing"]?["min_cutoff"] == .number(1.2))
        #expect(line["started"] == .string("2026-11-22T08:16:00.000Z"))
        #expect(Samples.run.sidecar.filter { $0 == 10 }.count == 1)
    }
}

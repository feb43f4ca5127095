import Testing

@testable import Service

struct MetricsTextTests {
    @Test func aPageIsAsPrometheusReadsIt() {
        var page = MetricsText()
        page.begin("x_frames_total", .counter, "Frames \\ of\nall.")
        page.add([("source", "a\"b\\c\nd")], 3)
        page.begin("x_ratio", .gauge, "A part.")
        page.add([], 0.25)
        page.add([("k", "v")], .infinity)
        page.begin("x_seconds", .histogram, "Times.")
        page.add([("s", "1")], bounds: [0.1, 1], counts: [2, 1, 4], sum: 9.5)
        #expect(
            page.text == """
                # HELP x_frames_total Frames \\\\ of\\nall.
                # TYPE x_frames_total counter
                x_frames_total{source="a\\"b\\\\c\\nd"} 3
                # HELP x_ratio A part.
                # TYPE x_ratio gauge
                x_ratio 0.25
                x_ratio{k="v"} +Inf
                # HELP x_seconds Times.
                # TYPE x_seconds histogram
                x_seconds_bucket{s="1",le="0.1"} 2
                x_seconds_bucket{s="1",le="1"} 3
                x_seconds_bucket{s="1",le="+Inf"} 7
                x_seconds_sum{s="1"} 9.5
                x_seconds_count{s="1"} 7

                """)
    }
}

struct ProcessFactsTests {
    @Test func theSystemTellsOfThisProcess() {
        // Some work, so that there is time to tell of.
        var sum = 0.0
        for index in 0..<2_000_000 { sum += Double(index).squareRoot() }
        let facts = ProcessFacts.now()
        #expect(sum > 0 && facts.cpuSeconds > 0 && facts.cpuSeconds < 100_000)
        #expect(facts.residentBytes > 1 << 20 && facts.threads > 0 && facts.descriptors > 2)
    }
}

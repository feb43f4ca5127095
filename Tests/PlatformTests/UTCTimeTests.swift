import Glibc
import Platform
import Records
import TestSupport
import Testing

struct UTCTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999_999, "2024-02-29T23:59:59.999Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func knownTimesAreWritten(microseconds: Int64, text: String) throws {
        #expect(try #require(UTCTime(microseconds: microseconds)).text == text)
    }

    @Test func yearsThatCannotBeWrittenAreRefused() {
        #expect(UTCTime(microseconds: 253_402_300_800_000_000) == nil)
        #expect(UTCTime(microseconds: .min) == nil)
        #expect(UTCTime(microseconds: .max) == nil)
    }

    @Test func theCalendarAgreesWithTheSystem() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var seconds = time_t(Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator))
            let time = try #require(UTCTime(microseconds: Int64(seconds) * 1_000_000))
            var broken = tm()
            gmtime_r(&seconds, &broken)
            #expect(time.year == Int(broken.tm_year) + 1900)
            #expect(time.month == Int(broken.tm_mon) + 1)
            #expect(time.day == Int(broken.tm_mday))
            #expect(time.hour == Int(broken.tm_hour))
            #expect(time.minute == Int(broken.tm_min))
            #expect(time.second == Int(broken.tm_sec))
        }
    }

    @Test func theStampFitsIntoAFileName() throws {
        #expect(try #require(UTCTime(microseconds: 1_795_335_387_066_000)).stamp == "20261122T081627Z")
    }
}

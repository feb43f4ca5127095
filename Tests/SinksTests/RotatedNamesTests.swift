import Sinks
import SystemPackage
import Testing

struct RotatedNamesTests {
    private let names = RotatedNames(path: "/var/log/door.jsonl")

    @Test func aNameTellsTheTimeAndIsNeverTaken() {
        #expect(names.next(wall: 0, existing: []) == "door-19700101T000000Z.jsonl")
        let existing = ["door-19700101T000000Z.jsonl", "door-19700101T000000Z-1.jsonl"]
        #expect(names.next(wall: 0, existing: existing) == "door-19700101T000000Z-2.jsonl")
        #expect(RotatedNames(path: "plain").next(wall: 0, existing: []) == "plain-19700101T000000Z")
    }

    @Test func theOldestBeyondTheKeptExpire() {
        let existing = [
            "door-20260101T000000Z.jsonl", "door-20260101T000000Z-2.jsonl", "door-20260101T000000Z-10.jsonl",
            "door-20250101T000000Z.jsonl", "door.jsonl",
        ]
        #expect(
            names.expired(existing: existing, keep: 2) == [
                "door-20250101T000000Z.jsonl", "door-20260101T000000Z.jsonl",
            ])
        #expect(names.expired(existing: existing, keep: 4) == [])
        #expect(names.expired(existing: existing, keep: nil) == [])
        #expect(names.expired(existing: existing, keep: 0).count == 4)
    }

    @Test func filesOfOthersAreNeverExpired() {
        let others = [
            "door.jsonl", "door-notes.jsonl", "door-20260101T000000Z.csv", "backdoor-20260101T000000Z.jsonl",
            "door-20260101T000000Z-x.jsonl", "door-20260101T000000Z-01.jsonl", "door-2026010xT000000Z.jsonl",
            "door-20260101T000000Z-.jsonl",
        ]
        #expect(names.expired(existing: others, keep: 0) == [])
    }
}

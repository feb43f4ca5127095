import Media
import Testing

/// What a fault in one packet makes of the frames around it.
struct DamageLedgerTests {
    /// Frames in the order in which they are shown: packet, key frame, and whether it should count as damaged.
    private func check(
        _ frames: [(Int64, Bool, Bool)], faults: [Int64], every interval: Double = 0.04,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var ledger = DamageLedger()
        for fault in faults { ledger.fault(inPacket: fault) }
        for (place, (packet, isKey, expected)) in frames.enumerated() {
            let isDamaged = ledger.judge(packet: packet, isKey: isKey, pts: Double(place) * interval)
            #expect(isDamaged == expected, "packet \(packet)", sourceLocation: sourceLocation)
        }
    }

    @Test func damageLastsUntilTheNextKeyFrame() {
        check(
            [
                (1, true, false), (2, false, false), (3, false, true), (4, false, true), (5, true, false),
                (6, false, false),
            ],
            faults: [3])
    }

    @Test func aFrameShownEarlierButDecodedLaterIsDamagedToo() {
        // I P B B: the second and third packets' frames are shown after those of the third and fourth.
        check([(1, true, false), (3, false, true), (4, false, true), (2, false, true), (5, true, false)], faults: [2])
    }

    @Test func leadingFramesOfAnOpenGroupAreDamagedByTheGroupBefore() {
        // Packet 5 is the key frame, 6 and 7 are shown before it and need packet 4's as well.
        check(
            [
                (1, true, false), (4, false, true), (6, false, true), (7, false, true), (5, true, false),
                (8, false, false),
            ],
            faults: [4])
    }

    @Test func aDamagedKeyFrameDamagesItsGroup() {
        check([(1, true, false), (2, true, true), (3, false, true), (4, true, false)], faults: [2])
    }

    @Test func whereEachFrameStandsAloneOnlyItselfIsDamaged() {
        check([(1, true, false), (2, true, true), (3, true, false)], faults: [2])
    }

    @Test func aStreamThatBeginsWithoutAKeyFrameIsDamagedUntilThereIsOne() {
        let long = (1...400).map { (Int64($0), false, true) }
        check(long + [(401, true, false), (402, false, false)], faults: [1], every: 0.1)
    }

    @Test func withoutKeyFramesDamageCountsForTenSeconds() {
        let frames = (2...300).map { packet in (Int64(packet), false, packet >= 10 && packet <= 110) }
        check([(1, true, false)] + frames, faults: [10], every: 0.1)
    }

    @Test func faultsWithoutEndAreKeptInBounds() {
        var ledger = DamageLedger()
        for packet in 1...10_000 { ledger.fault(inPacket: Int64(packet)) }
        let verdicts = [
            ledger.judge(packet: 10_000, isKey: false, pts: 0), ledger.judge(packet: 10_001, isKey: true, pts: 1),
            ledger.judge(packet: 10_002, isKey: false, pts: 2),
        ]
        #expect(verdicts == [true, false, false])
    }
}

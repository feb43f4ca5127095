internal import Media

extension FuzzTargets {
    /// Times that a file or a peer chose, given to everything that reckons with times. Nothing traps, and what is promised of them holds.
    public static func timestamps(_ bytes: UnsafeRawBufferPointer) {
        var bytes = FuzzBytes(bytes)
        let rules: [TimestampTracker.Rules] = [.container, .transportStream, .live]
        let expected = bytes.seconds()
        var times = Times(rules: rules[Int(bytes.byte()) % rules.count], expectedInterval: expected)
        _ = RecordingTime(String(decoding: bytes.rest.prefix(40), as: UTF8.self), tag: "date")
        while !bytes.isEmpty {
            switch bytes.byte() % 8 {
            case 0..<3: times.frame(raw: bytes.seconds(), duration: bytes.seconds())
            case 3: times.frame(raw: nil, duration: bytes.seconds())
            case 4: times.beginEpoch()
            case 5: times.packet(pts: bytes.ticks(), dts: bytes.ticks())
            case 6: times.lostPacket()
            default: times.wait(Int64(bytes.byte()) << Int64(bytes.byte() % 40))
            }
        }
    }
}

/// All that is told of a frame's time.
private struct Times {
    private var tracker: TimestampTracker
    private var wallClock = WallClockEstimator()
    private var pacer = Pacer()
    private var decodingTimes = DecodingTimes()
    private var elapsed = ElapsedTime()
    private var stall: StallDetector
    /// Microseconds of UTC; the clock of the machine goes forward.
    private var now: Int64 = 1_700_000_000_000_000
    private var last: (stamp: TimestampTracker.Stamp, wall: Int64)?

    init(rules: TimestampTracker.Rules, expectedInterval: Double) {
        tracker = TimestampTracker(rules: rules)
        stall = StallDetector(floor: 2_000_000_000, expecting: expectedInterval)
    }

    mutating func beginEpoch() { tracker.beginEpoch() }

    mutating func wait(_ microseconds: Int64) {
        now += microseconds % 1_000_000_000_000
    }

    mutating func packet(pts: Int64, dts: Int64) { decodingTimes.sent(pts: pts, dts: dts) }

    mutating func lostPacket() { decodingTimes.lost() }

    mutating func frame(raw: Double?, duration: Double) {
        _ = decodingTimes.shown()
        // As the source does: ticks of 64 bits in any unit, and no duration that is none.
        let raw = raw.map { abs($0) < 1e29 ? $0 : .nan }
        let duration = duration > 0 && duration < 1e29 ? duration : 0.04
        let stamp = tracker.stamp(raw: raw, duration: duration)
        let wall = wallClock.time(pts: stamp.pts, epoch: stamp.epoch, now: now)
        _ = pacer.due(pts: stamp.pts, epoch: stamp.epoch, interval: duration, now: now)
        elapsed.frame(pts: stamp.pts, epoch: stamp.epoch, interval: duration)
        stall.frame(at: now)
        require(stamp.pts.isFinite && elapsed.seconds.isFinite, "a time is a number")
        require(wall <= now, "nothing was taken after it came")
        require(stall.limit >= 2_000_000_000, "a silence is long")
        if let last {
            require(
                stamp.epoch == last.stamp.epoch || stamp.epoch == last.stamp.epoch + 1, "epochs follow each other")
            require(stamp.epoch != last.stamp.epoch || stamp.pts >= last.stamp.pts, "time does not go backward")
            require(wall >= last.wall, "neither does that of the wall")
        }
        last = (stamp, wall)
    }
}

/// Which face is whose from frame to frame: births, waiting, deaths and recognition of tracks.
///
/// It takes times and sightings and returns verdicts; it knows neither pixels nor clocks. A track is followed by place as long as its
/// face is seen. When two faces have met, or one has come back, place does not tell who is who: the track is then in doubt
/// (`certain` is false) until the appearance seen since (`FaceSignature`) matches one of the known people clearly better than the others; that may
/// exchange ids. An id is never given to a new track.
package struct TrackPolicy: Sendable {
    struct Track: Sendable {
        var id: Int
        var minimum: SIMD2<Float>
        var maximum: SIMD2<Float>
        /// Pixels a second.
        var velocity: SIMD2<Float> = .zero
        var lastSeen: Double
        var isSeen = true
        var sightings = 1
        /// The person's appearance as far as it is beyond doubt.
        var reference = RunningSignature()
        /// The appearance since the doubt began; empty while there is none.
        var evidence = RunningSignature()
        var isDoubtful = false
        /// True when the doubt comes from the appearance alone: nobody else has been near.
        var isDoubtfulByLook = false
        /// When the doubt began.
        var doubtfulSince = 0.0
        /// Telling frames in a row whose appearance is not the person's.
        var strangeFrames = 0
        /// Frames since the newest signature.
        var unsigned = 0
        /// The newest telling frame's look, and when it was.
        var newest: [Float] = []
        var newestAt = -Double.infinity

        var centre: SIMD2<Float> { (minimum + maximum) / 2 }
        var size: Float { max(maximum.x - minimum.x, maximum.y - minimum.y) }

        /// Begins a doubt, or begins it anew.
        mutating func doubt(byLook: Bool = false, now: Double) {
            isDoubtful = true
            isDoubtfulByLook = byLook
            doubtfulSince = now
            strangeFrames = 0
            evidence.clear()
        }
    }

    /// Somebody who left.
    struct Memory: Sendable {
        var id: Int
        var lastSeen: Double
        var reference: RunningSignature
    }

    package var rules: TrackRules
    var tracks: [Track] = []
    var memories: [Memory] = []
    var nextID = 1
    /// Seconds since the first frame, never running backwards.
    private(set) var now = 0.0
    private var lastTime: Double?
    /// When all tracks were ended last, on the clock of `now`.
    private var brokenAt = -Double.infinity

    package init(rules: TrackRules = TrackRules()) {
        self.rules = rules
        tracks.reserveCapacity(rules.maximumFaces * 2)
    }

    /// Ids of the tracks that wait for their face to come back.
    package var waiting: [Int] { tracks.filter { !$0.isSeen }.map(\.id) }
    /// How many tracks wait for their face to come back.
    package var waitingCount: Int { tracks.reduce(0) { $0 + ($1.isSeen ? 0 : 1) } }

    /// Ends all tracks, for a break of the stream. People are remembered; times may start anew.
    package mutating func reset() {
        for index in tracks.indices { remember(tracks[index]) }
        tracks.removeAll(keepingCapacity: true)
        lastTime = nil
        brokenAt = now
    }

    /// Takes in one frame.
    ///
    /// - Parameters:
    ///   - time: seconds of the stream. Time that runs backwards counts as standing still.
    ///   - sightings: the frame's faces; those that continue a track before those that a detector found.
    ///   - verdicts: replaced by one verdict for each sighting, in order.
    package mutating func update(time: Double, sightings: [TrackSighting], verdicts: inout [TrackVerdict]) {
        now += max(0, time - (lastTime ?? time))
        lastTime = time
        verdicts.removeAll(keepingCapacity: true)
        for _ in sightings { verdicts.append(.refused) }
        for index in tracks.indices { tracks[index].isSeen = false }

        removeDuplicates(sightings, &verdicts)
        for (index, sighting) in sightings.enumerated() where verdicts[index] != .duplicate {
            guard let source = sighting.source, let track = tracks.firstIndex(where: { $0.id == source }),
                !tracks[track].isSeen
            else { continue }
            if isAnother(sighting, than: tracks[track]) {
                // The film was cut, or somebody is in the place of the face that was followed.
                remember(tracks.remove(at: track))
                brokenAt = now
                continue
            }
            see(track, sighting)
            verdicts[index] = .track(id: source, certain: true, reported: true)
        }
        doubtNeighboursOfTheLost()
        for (index, sighting) in sightings.enumerated() where verdicts[index] == .refused {
            guard seenCount < rules.maximumFaces else { continue }
            let id = resume(sighting) ?? begin(sighting)
            verdicts[index] = .track(id: id, certain: true, reported: true)
        }
        settle(sightings, &verdicts)
        endTheOverdue()
    }

    /// Whether a face in the place of a track's is somebody else: it looks otherwise than a moment before, and, where embeddings tell, it is not
    /// the same person. The frame around it is the same, else it would be a cut: that speaks for the same person, as in a film that
    /// leaves out a few seconds.
    private func isAnother(_ sighting: TrackSighting, than track: Track) -> Bool {
        guard jumps(sighting.look, from: track, at: now) else { return false }
        guard rules.knowsPeople else { return true }
        guard let distance = track.reference.distance(to: sighting.signature) else { return false }
        return distance > rules.alike
    }

    /// Whether a face looks so otherwise than a track's a moment before that it is another picture.
    private func jumps(_ look: [Float], from track: Track, at time: Double) -> Bool {
        guard !look.isEmpty, track.newest.count == look.count, time - track.newestAt < Self.moment else { return false }
        return signatureDistance(track.newest, look) > rules.jump
    }

    /// Whether the coming update needs to know who a face is. A signature that costs something is made only then.
    ///
    /// - Parameters:
    ///   - source: the track whose landmarks led to the face; nil when a detector found it.
    ///   - look: the face's look in this frame.
    package func wantsSignature(source: Int?, look: [Float]) -> Bool {
        guard rules.signatureEvery > 1, let source, let track = tracks.first(where: { $0.id == source }) else {
            return true
        }
        return track.isDoubtful || track.strangeFrames > 0 || track.reference.frames < rules.evidence
            || track.unsigned + 1 >= rules.signatureEvery || jumps(look, from: track, at: track.newestAt)
    }

    /// Frames further apart than this, in seconds, show a face turned or moved.
    private static let moment = 0.1

    var seenCount: Int { tracks.reduce(0) { $0 + ($1.isSeen ? 1 : 0) } }

    /// Follows a track to where its face is now.
    mutating func see(_ index: Int, _ sighting: TrackSighting) {
        let elapsed = now - tracks[index].lastSeen
        if elapsed > 0 {
            let velocity = (sighting.centre - tracks[index].centre) / Float(elapsed)
            tracks[index].velocity += 0.5 * (velocity - tracks[index].velocity)
        }
        tracks[index].minimum = sighting.minimum
        tracks[index].maximum = sighting.maximum
        tracks[index].lastSeen = now
        tracks[index].isSeen = true
        tracks[index].sightings += 1
        learn(index, sighting)
    }

    /// Takes in a frame's appearance. One that is not the person's is not learned; when it stays, the track has perhaps slipped onto somebody
    /// who came before the face.
    private mutating func learn(_ index: Int, _ sighting: TrackSighting) {
        if !sighting.look.isEmpty {
            tracks[index].newest.replace(with: sighting.look)
            tracks[index].newestAt = now
        }
        tracks[index].unsigned += 1
        guard !sighting.signature.isEmpty else { return }
        tracks[index].unsigned = 0
        if !tracks[index].isDoubtful {
            let isStrange =
                tracks[index].reference.frames > 1
                && tracks[index].reference.distance(to: sighting.signature).map { $0 > rules.unlike } ?? false
            guard isStrange else {
                tracks[index].strangeFrames = 0
                tracks[index].reference.add(sighting.signature)
                return
            }
            tracks[index].strangeFrames += 1
            guard tracks[index].strangeFrames >= rules.strangeFrames else { return }
            tracks[index].doubt(byLook: true, now: now)
        }
        // Evidence of two people mixed would speak for a third, or for the wrong one.
        if let distance = tracks[index].evidence.distance(to: sighting.signature), distance > rules.unlike {
            tracks[index].evidence.clear()
        }
        tracks[index].evidence.add(sighting.signature)
    }

    /// A face that nobody here was waiting for. Whether it is a stranger's is in doubt as long as somebody known is away, or not known for sure.
    private mutating func begin(_ sighting: TrackSighting) -> Int {
        var track = Track(id: nextID, minimum: sighting.minimum, maximum: sighting.maximum, lastSeen: now)
        nextID += 1
        if !memories.isEmpty || tracks.contains(where: { !$0.isSeen || $0.isDoubtful }) { track.doubt(now: now) }
        tracks.append(track)
        learn(tracks.count - 1, sighting)
        if now - brokenAt < Self.returnAfterBreak, recogniseAtOnce(tracks.count - 1, sighting) { nextID -= 1 }
        return tracks[tracks.count - 1].id
    }

    /// How long behind a break somebody who was in the picture before it may be known again by the first glance, in seconds.
    private static let returnAfterBreak = 1.0

    /// Gives a new track the id of somebody who was in the picture before a break and whom its first frame shows beyond doubt: a film that jumps within one
    /// scene. The doubt stays until there is more evidence.
    ///
    /// - Returns: whether it was somebody known; the track's own new id is then free again.
    private mutating func recogniseAtOnce(_ index: Int, _ sighting: TrackSighting) -> Bool {
        var best: (place: Int, distance: Float)?
        var second = Float.infinity
        for (place, memory) in memories.enumerated() where memory.lastSeen >= brokenAt - Self.returnAfterBreak {
            guard let distance = memory.reference.distance(to: sighting.signature) else { continue }
            if distance < best?.distance ?? .infinity {
                second = best?.distance ?? .infinity
                best = (place, distance)
            } else {
                second = min(second, distance)
            }
        }
        guard let best, best.distance < rules.sure, best.distance + rules.margin < second else {
            return false
        }
        let memory = memories.remove(at: best.place)
        tracks[index].id = memory.id
        tracks[index].reference = memory.reference
        return true
    }

    private mutating func endTheOverdue() {
        // Backwards, so that removal leaves the places still to come as they are.
        for index in tracks.indices.reversed() where !tracks[index].isSeen {
            // An unconfirmed track was never spoken of: nobody misses it.
            let isConfirmed = tracks[index].sightings >= rules.minHits
            guard !isConfirmed || now - tracks[index].lastSeen > rules.maxAge else { continue }
            remember(tracks.remove(at: index))
        }
        let (now, span) = (self.now, rules.reidentificationWindow)
        memories.removeAll { now - $0.lastSeen > span }
    }

    mutating func remember(_ track: Track) {
        let appearance = track.reference.frames > 0 ? track.reference : track.evidence
        guard appearance.frames > 0, track.sightings >= rules.minHits else { return }
        // Somebody who left before it was known who it was is remembered as a stranger only if he surely was one: one person under two
        // ids could never be told apart again.
        if track.reference.frames == 0, !isUnlikeEverybody(appearance, but: track.id) { return }
        if memories.count >= rules.memoryCount { memories.removeFirst() }
        memories.append(Memory(id: track.id, lastSeen: track.lastSeen, reference: appearance))
    }

    private func isUnlikeEverybody(_ appearance: RunningSignature, but id: Int) -> Bool {
        func isUnlike(_ other: RunningSignature) -> Bool {
            other.distance(to: appearance).map { $0 > rules.unlike } ?? true
        }
        return memories.allSatisfy { isUnlike($0.reference) }
            && tracks.allSatisfy { $0.id == id || isUnlike($0.reference) }
    }

    /// Fills in what the frame's verdicts say of certainty, after doubts were settled and ids perhaps exchanged.
    private mutating func settle(_ sightings: [TrackSighting], _ verdicts: inout [TrackVerdict]) {
        // Verdicts name tracks by id; while doubts are settled ids may move, so places are noted first.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, verdicts.count)) { places in
            for (index, verdict) in verdicts.enumerated() {
                places[index] = -1
                guard case .track(let id, _, _) = verdict else { continue }
                places[index] = tracks.firstIndex { $0.id == id } ?? -1
            }
            settleDoubts()
            for index in verdicts.indices where places[index] >= 0 {
                let track = tracks[places[index]]
                verdicts[index] = .track(
                    id: track.id, certain: !track.isDoubtful && track.strangeFrames == 0,
                    reported: track.sightings >= rules.minHits)
            }
        }
    }
}

extension [Float] {
    /// Takes over the values of another array in memory of its own, which is used again: two that shared theirs would be copied at the next change.
    fileprivate mutating func replace(with other: [Float]) {
        removeAll(keepingCapacity: true)
        other.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

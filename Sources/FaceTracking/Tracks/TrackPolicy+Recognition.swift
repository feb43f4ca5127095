/// How tracks find their people again.
extension TrackPolicy {
    /// Gives a detector's find to the waiting track that it fits best by place and appearance; nil when it fits none.
    mutating func resume(_ sighting: TrackSighting) -> Int? {
        var best: (index: Int, cost: Float)?
        var plausible = 0
        for index in tracks.indices where !tracks[index].isSeen {
            guard let cost = cost(of: sighting, for: tracks[index]) else { continue }
            plausible += 1
            if best.map({ cost < $0.cost }) ?? true { best = (index, cost) }
        }
        guard let (index, _) = best else { return nil }
        // A gap of a few frames in one place, with nobody else about, is no reason for doubt.
        let gap = now - tracks[index].lastSeen
        let overlap = intersectionOverUnion(
            sighting.minimum, sighting.maximum, tracks[index].minimum, tracks[index].maximum)
        let appearance = tracks[index].reference.distance(to: sighting.signature)
        let isObvious = plausible == 1 && gap < 0.5 && overlap > 0.25 && appearance.map { $0 < rules.unlike } ?? true
        if !isObvious && !tracks[index].isDoubtful { tracks[index].doubt(now: now) }
        see(index, sighting)
        return tracks[index].id
    }

    /// How badly a sighting fits a waiting track, by place and appearance; nil when it cannot be the same face.
    private func cost(of sighting: TrackSighting, for track: Track) -> Float? {
        let gap = Float(now - track.lastSeen)
        let predicted = track.centre + track.velocity * min(gap, 0.3)
        let offset = sighting.centre - predicted
        let size = max(track.size, sighting.size)
        // Faces wander by about their own size in half a second.
        let reach = size * (0.75 + 2 * gap)
        let distance = (offset * offset).sum().squareRoot() / reach
        let growth = sighting.size / max(track.size, 1)
        guard distance < 1, growth > 0.5, growth < 2 else { return nil }
        guard let appearance = track.reference.distance(to: sighting.signature) else { return 0.8 + 0.5 * distance }
        // One frame says less than a mean: somewhat more than the threshold is allowed.
        guard appearance < rules.unlike + rules.margin else { return nil }
        return appearance / rules.unlike + 0.5 * distance
    }

    /// Settles the doubts for which there is enough evidence.
    mutating func settleDoubts() {
        settleExchanges()
        for index in tracks.indices where isReady(index) {
            let own = tracks[index].reference.distance(to: tracks[index].evidence)
            let rival = nearestRival(of: index)
            // A mean of many frames scatters less, and so tells strangers apart that a few frames could not.
            let isLong = tracks[index].evidence.frames >= 10 * rules.evidence
            let unlike = isLong ? (rules.alike + rules.unlike) / 2 : rules.unlike
            if let own, own < rules.alike, own + rules.margin < rival?.distance ?? .infinity {
                trust(index)
            } else if let rival, rival.distance < rules.alike, rival.distance + rules.margin < own ?? .infinity,
                rival.distance + rules.margin < rival.second
            {
                adopt(rival.id, by: index)
            } else if rival.map({ $0.distance > unlike }) ?? true, own.map({ $0 > unlike }) ?? true {
                if rules.knowsPeople || !tracks[index].isDoubtfulByLook {
                    becomeStranger(index)
                } else if now - tracks[index].doubtfulSince > rules.acceptance {
                    tracks[index].reference.clear()
                    trust(index)
                }
            }
        }
    }

    private func isReady(_ index: Int) -> Bool {
        tracks[index].isDoubtful && tracks[index].isSeen && tracks[index].evidence.frames >= rules.evidence
    }

    /// Two tracks in doubt at once: whether they have to change places is told by both faces together.
    private mutating func settleExchanges() {
        for a in tracks.indices where isReady(a) {
            for b in tracks.indices.dropFirst(a + 1) where isReady(b) && isReady(a) {
                guard let aa = tracks[a].evidence.distance(to: tracks[a].reference),
                    let bb = tracks[b].evidence.distance(to: tracks[b].reference),
                    let ab = tracks[a].evidence.distance(to: tracks[b].reference),
                    let ba = tracks[b].evidence.distance(to: tracks[a].reference)
                else { continue }
                if aa + bb + 2 * rules.margin < ab + ba {
                    guard max(aa, bb) < rules.unlike else { continue }
                } else if ab + ba + 2 * rules.margin < aa + bb {
                    guard max(ab, ba) < rules.unlike else { continue }
                    exchange(a, b)
                } else {
                    continue
                }
                trust(a)
                trust(b)
            }
        }
    }

    /// The known person nearest in appearance to a track's evidence, among those who may be behind it: whoever is remembered, waiting, or in
    /// doubt too. People who are in the frame beyond doubt are somebody else.
    private func nearestRival(of index: Int) -> (id: Int, distance: Float, second: Float)? {
        var best: (id: Int, distance: Float, second: Float)?
        func consider(_ id: Int, _ appearance: RunningSignature) {
            guard let distance = appearance.distance(to: tracks[index].evidence) else { return }
            guard let known = best else {
                best = (id, distance, .infinity)
                return
            }
            if distance < known.distance {
                best = (id, distance, known.distance)
            } else if distance < known.second {
                best = (known.id, known.distance, distance)
            }
        }
        for other in tracks.indices where other != index && (!tracks[other].isSeen || tracks[other].isDoubtful) {
            consider(tracks[other].id, tracks[other].reference)
        }
        for memory in memories { consider(memory.id, memory.reference) }
        return best
    }

    /// Ends a doubt: the track's person is who its reference says.
    private mutating func trust(_ index: Int) {
        tracks[index].isDoubtful = false
        tracks[index].isDoubtfulByLook = false
        tracks[index].strangeFrames = 0
        if tracks[index].reference.frames == 0 { tracks[index].reference = tracks[index].evidence }
        tracks[index].evidence.clear()
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        let (id, reference) = (tracks[a].id, tracks[a].reference)
        (tracks[a].id, tracks[a].reference) = (tracks[b].id, tracks[b].reference)
        (tracks[b].id, tracks[b].reference) = (id, reference)
    }

    /// Gives the track the id of somebody known. Who it was taken for until now is waiting again, or remembered.
    private mutating func adopt(_ id: Int, by index: Int) {
        if let other = tracks.firstIndex(where: { $0.id == id }) {
            let isNewcomer = tracks[index].reference.frames == 0
            exchange(index, other)
            if tracks[other].isSeen {
                // The other face lost the id that it was taken for: its own evidence has to tell who it is.
                tracks[other].doubt(now: now)
            } else if isNewcomer {
                // The newcomer's own id stood for nobody; without sightings the track ends with this frame.
                tracks[other].sightings = 0
            }
        } else if let place = memories.firstIndex(where: { $0.id == id }) {
            let memory = memories.remove(at: place)
            if tracks[index].reference.frames > 0 { remember(tracks[index]) }
            tracks[index].id = memory.id
            tracks[index].reference = memory.reference
        }
        trust(index)
    }

    /// The evidence fits nobody known. A track that had stood for somebody gives that id back.
    private mutating func becomeStranger(_ index: Int) {
        if tracks[index].reference.frames > 0 {
            remember(tracks[index])
            tracks[index].id = nextID
            nextID += 1
            tracks[index].reference.clear()
        }
        trust(index)
    }
}

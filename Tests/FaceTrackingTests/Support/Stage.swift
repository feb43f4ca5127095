import FaceTracking

/// Somebody whom a policy sees: where, how large, and looking how.
struct Actor {
    var name: Int
    var centre: SIMD2<Float>
    var size: Float = 100
    /// False: covered, turned away, or gone.
    var isVisible = true
    /// False: too small or turned to have a signature.
    var isTelling = true
    /// What the person looks like; frames scatter around it.
    var look: [Float]

    /// Somebody whose looks are told by a number: different numbers are about 1.2 apart, as people are.
    init(_ name: Int, at centre: SIMD2<Float>, look: Int? = nil) {
        self.name = name
        self.centre = centre
        var random = SplitMix(seed: UInt64(look ?? name) &* 7919 &+ 1)
        let values = (0..<64).map { _ in random.normal() }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        self.look = values.map { Float(0.85 * $0 / length) }
    }

    var minimum: SIMD2<Float> { centre - size / 2 }
    var maximum: SIMD2<Float> { centre + size / 2 }

    func overlap(_ other: Actor) -> Float { intersectionOverUnion(minimum, maximum, other.minimum, other.maximum) }
}

/// Shows actors to a policy as the tracker does: who is followed is seen where he is, a detector sees the others.
struct Stage {
    /// What becomes of the landmarks of somebody who vanishes behind another.
    enum Loss {
        /// They are lost.
        case lost
        /// They slip onto whoever is in front.
        case slips
    }

    struct Seen: Equatable {
        var id: Int
        var certain: Bool
        var reported: Bool
    }

    var policy: TrackPolicy
    var time = 0.0
    var step = 0.04
    var loss = Loss.lost
    private var followed: [(id: Int, name: Int)] = []
    private var random: SplitMix
    private var verdicts: [TrackVerdict] = []

    init(_ rules: TrackRules = TrackRules(), seed: UInt64 = 1) {
        policy = TrackPolicy(rules: rules)
        random = SplitMix(seed: seed)
    }

    private mutating func signature(of actor: Actor) -> [Float] {
        guard actor.isTelling else { return [] }
        // Frames of one person lie about 0.3 from his mean.
        return actor.look.map { $0 + Float(0.3 / 8 * random.normal()) }
    }

    /// Plays one frame: what the policy says of each actor who was seen, by name.
    @discardableResult
    mutating func frame(_ actors: [Actor], detect: Bool = true) -> [Int: Seen] {
        var sightings: [TrackSighting] = []
        var names: [Int] = []
        func visible(_ name: Int) -> Actor? {
            guard let actor = actors.first(where: { $0.name == name }) else { return nil }
            if actor.isVisible { return actor }
            guard loss == .slips else { return nil }
            return actors.first { $0.isVisible && $0.overlap(actor) > 0.3 }
        }
        for (id, name) in followed {
            guard let actor = visible(name) else { continue }
            names.append(actor.name)
            sightings.append(
                TrackSighting(
                    source: id, minimum: actor.minimum, maximum: actor.maximum, signature: signature(of: actor)))
        }
        if detect {
            for actor in actors where actor.isVisible && !names.contains(actor.name) {
                names.append(actor.name)
                sightings.append(
                    TrackSighting(
                        source: nil, minimum: actor.minimum, maximum: actor.maximum, signature: signature(of: actor)))
            }
        }
        policy.update(time: time, sightings: sightings, verdicts: &verdicts)
        time += step
        followed.removeAll()
        var seen: [Int: Seen] = [:]
        for (name, verdict) in zip(names, verdicts) {
            guard case .track(let id, let certain, let reported) = verdict else { continue }
            followed.append((id, name))
            seen[name] = Seen(id: id, certain: certain, reported: reported)
        }
        return seen
    }

    /// Plays the same frame over and over; what was said last.
    @discardableResult
    mutating func frames(_ count: Int, _ actors: [Actor]) -> [Int: Seen] {
        var seen: [Int: Seen] = [:]
        for _ in 0..<count { seen = frame(actors) }
        return seen
    }

    /// Breaks the stream.
    mutating func reset() {
        policy.reset()
        followed.removeAll()
    }
}

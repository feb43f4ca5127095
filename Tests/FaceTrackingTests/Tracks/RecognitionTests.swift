import FaceTracking
import Testing

/// How people are told apart after they met, and known again after they left.
struct RecognitionTests {
    /// Two people who walk through each other's places; while they overlap, the second is behind the first.
    private func cross(_ stage: inout Stage, looks: (Int, Int), frames: Int = 50) -> [[Int: Stage.Seen]] {
        var seen: [[Int: Stage.Seen]] = []
        for frame in 0...frames {
            let way = Float(frame) / Float(frames)
            let front = Actor(1, at: SIMD2(200 + 600 * way, 300), look: looks.0)
            var behind = Actor(2, at: SIMD2(800 - 600 * way, 310), look: looks.1)
            behind.isVisible = front.overlap(behind) < 0.3
            seen.append(stage.frame([front, behind]))
        }
        return seen
    }

    @Test(arguments: [Stage.Loss.lost, .slips], [1, 2, 3, 4, 5, 6]) func crossingKeepsIds(loss: Stage.Loss, seed: Int) {
        var stage = Stage(seed: UInt64(seed))
        stage.loss = loss
        stage.frames(25, [Actor(1, at: SIMD2(200, 300)), Actor(2, at: SIMD2(800, 310))])
        let seen = cross(&stage, looks: (1, 2))
        for frame in seen {
            // A wrong id may be shown for a moment, but never as a certain one.
            if let first = frame[1], first.certain { #expect(first.id == 1) }
            if let second = frame[2], second.certain { #expect(second.id == 2) }
        }
        #expect(seen.contains { $0[1]?.certain == false })
        #expect(
            seen.last == [
                1: .init(id: 1, certain: true, reported: true), 2: .init(id: 2, certain: true, reported: true),
            ])
    }

    @Test(arguments: [Stage.Loss.lost, .slips]) func crossingOfTwinsStaysInDoubt(loss: Stage.Loss) {
        var stage = Stage()
        stage.loss = loss
        stage.frames(25, [Actor(1, at: SIMD2(200, 300), look: 5), Actor(2, at: SIMD2(800, 310), look: 5)])
        let last = cross(&stage, looks: (5, 5)).last ?? [:]
        #expect(last.count == 2)
        #expect(Set(last.values.map(\.id)) == [1, 2])
        #expect(last.values.allSatisfy { !$0.certain })
    }

    @Test func crossingWithoutSignaturesStaysInDoubt() {
        var stage = Stage()
        var last: [Int: Stage.Seen] = [:]
        for frame in 0...50 {
            var front = Actor(1, at: SIMD2(200 + 12 * Float(frame), 300))
            var behind = Actor(2, at: SIMD2(800 - 12 * Float(frame), 310))
            (front.isTelling, behind.isTelling) = (false, false)
            behind.isVisible = front.overlap(behind) < 0.3
            last = stage.frame([front, behind])
        }
        #expect(last.count == 2)
        #expect(last.values.contains { !$0.certain })
    }

    /// Landmarks that change owner without anybody noticing are noticed when both looks are weighed together.
    @Test func exchangedTracksAreExchangedBack() {
        var stage = Stage()
        let (anna, ben) = (Actor(1, at: SIMD2(300, 300)), Actor(2, at: SIMD2(420, 300)))
        stage.frames(30, [anna, ben])
        var verdicts: [TrackVerdict] = []
        // Both hide in one face for a frame, then each track follows the other person.
        func sighting(_ source: Int?, _ actor: Actor) -> TrackSighting {
            TrackSighting(source: source, minimum: actor.minimum, maximum: actor.maximum, signature: actor.look)
        }
        var time = stage.time
        func update(_ sightings: [TrackSighting]) {
            stage.policy.update(time: time, sightings: sightings, verdicts: &verdicts)
            time += 0.04
        }
        var middle = anna
        middle.centre = SIMD2(360, 300)
        update([sighting(1, middle), sighting(2, middle)])
        update([sighting(1, ben), sighting(2, anna)])
        #expect(verdicts.allSatisfy { if case .track(_, certain: false, _) = $0 { true } else { false } })
        for _ in 0..<12 {
            var (annas, bens) = (2, 1)
            if case .track(let id, _, _) = verdicts[0] { bens = id }
            if case .track(let id, _, _) = verdicts[1] { annas = id }
            update([sighting(bens, ben), sighting(annas, anna)])
        }
        #expect(
            verdicts == [.track(id: 2, certain: true, reported: true), .track(id: 1, certain: true, reported: true)])
    }

    @Test func whoLeftAndComesBackGetsTheIdBack() {
        var stage = Stage()
        let anna = Actor(1, at: SIMD2(200, 200))
        stage.frames(40, [anna])
        stage.frames(250, [])
        var back = anna
        back.centre = SIMD2(900, 500)
        let first = stage.frame([back])
        #expect(first[1] == .init(id: 2, certain: false, reported: true))
        #expect(stage.frames(10, [back])[1] == .init(id: 1, certain: true, reported: true))
        // The id that was shown meanwhile is not given away again.
        #expect(
            stage.frames(10, [back, Actor(4, at: SIMD2(200, 200))])[4] == .init(id: 3, certain: true, reported: true))
    }

    @Test func strangerWhoComesInsteadGetsANewId() {
        var stage = Stage()
        stage.frames(40, [Actor(1, at: SIMD2(200, 200))])
        stage.frames(250, [])
        let stranger = Actor(2, at: SIMD2(200, 200))
        #expect(stage.frame([stranger])[2] == .init(id: 2, certain: false, reported: true))
        #expect(stage.frames(10, [stranger])[2] == .init(id: 2, certain: true, reported: true))
    }

    @Test func whoIsForgottenIsAStranger() {
        var rules = TrackRules()
        rules.reidentificationWindow = 5
        var stage = Stage(rules)
        let anna = Actor(1, at: SIMD2(200, 200))
        stage.frames(40, [anna])
        stage.frames(160, [])
        #expect(stage.frames(10, [anna])[1] == .init(id: 2, certain: true, reported: true))
    }

    @Test func bothWhoLeftAreToldApart() {
        var stage = Stage()
        let (anna, ben) = (Actor(1, at: SIMD2(200, 200)), Actor(2, at: SIMD2(500, 200)))
        stage.frames(40, [anna, ben])
        stage.frames(60, [])
        // They come back in each other's places, the second one first.
        var (left, right) = (ben, anna)
        (left.centre, right.centre) = (anna.centre, ben.centre)
        stage.frames(10, [left])
        let seen = stage.frames(12, [left, right])
        #expect(seen[1] == .init(id: 1, certain: true, reported: true))
        #expect(seen[2] == .init(id: 2, certain: true, reported: true))
    }

    @Test func memoryHasALimit() {
        var rules = TrackRules()
        rules.memoryCount = 3
        rules.maxAge = 0.1
        var stage = Stage(rules)
        for name in 1...5 {
            stage.frames(20, [Actor(name, at: SIMD2(200, 200))])
            stage.frames(10, [])
        }
        #expect(stage.frames(10, [Actor(5, at: SIMD2(200, 200))])[5]?.id == 5)
        stage.frames(10, [])
        // The first one has been forgotten for the later ones.
        #expect((stage.frames(10, [Actor(1, at: SIMD2(200, 200))])[1]?.id ?? 0) > 5)
    }

    /// The film is cut from one face to another in its place, and back.
    @Test func lookThatSuddenlyIsAnothersIsSomebodyElse() {
        var stage = Stage()
        let anna = Actor(1, at: SIMD2(300, 300))
        stage.frames(40, [anna])
        var other = Actor(1, at: anna.centre, look: 9)
        #expect(stage.frame([other])[1] == .init(id: 2, certain: false, reported: true))
        #expect(stage.frames(10, [other])[1] == .init(id: 2, certain: true, reported: true))
        other.look = anna.look
        #expect(stage.frames(8, [other])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func lookThatStaysChangedIsAcceptedInTheEnd() {
        var stage = Stage()
        let anna = Actor(1, at: SIMD2(300, 300))
        stage.frames(40, [anna])
        var withSpectacles = Actor(1, at: SIMD2(300, 300), look: 9)
        let look = withSpectacles.look
        // They are put on within half a second.
        for step in 1...12 {
            withSpectacles.look = zip(anna.look, look).map { $0 + ($1 - $0) * Float(step) / 12 }
            stage.frame([withSpectacles])
        }
        #expect(stage.frames(600, [withSpectacles])[1] == .init(id: 1, certain: false, reported: true))
        #expect(stage.frames(200, [withSpectacles])[1] == .init(id: 1, certain: true, reported: true))
    }

    @Test func singleStrangeFrameCostsNothingButItself() {
        var stage = Stage()
        let anna = Actor(1, at: SIMD2(300, 300))
        stage.frames(40, [anna])
        #expect(stage.frame([Actor(1, at: SIMD2(300, 300), look: 9)])[1]?.certain == false)
        #expect(stage.frame([anna])[1]?.id == 1)
        #expect(stage.frames(8, [anna])[1] == .init(id: 1, certain: true, reported: true))
    }

    /// Hours of coming, going and meeting, speeded up: ids are unique in a frame, a certain id always means the same person, and new ids
    /// are always higher than all before.
    @Test(arguments: 1...12) func certainIdsNeverMeanTwoPeople(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var stage = Stage(seed: UInt64(seed) &+ 100)
        stage.loss = seed % 2 == 0 ? .lost : .slips
        var actors = (1...4).map { Actor($0, at: SIMD2(Float($0) * 250, 300)) }
        var velocities = actors.map { _ in SIMD2<Float>(Float(random.normal()), Float(random.normal())) * 6 }
        var present = actors.map { _ in true }
        var person: [Int: Int] = [:]
        var highest = 0
        var certain = 0
        var total = 0
        for _ in 0..<3000 {
            for index in actors.indices {
                actors[index].centre += velocities[index]
                for axis in 0..<2
                where actors[index].centre[axis] < 50 || actors[index].centre[axis] > [1230, 670][axis] {
                    velocities[index][axis] *= -1
                    actors[index].centre[axis] += 2 * velocities[index][axis]
                }
                if Int.random(in: 0..<100, using: &random) == 0 { present[index].toggle() }
            }
            for index in actors.indices {
                let covered = actors.indices.prefix(index).contains {
                    present[$0] && actors[$0].overlap(actors[index]) > 0.3
                }
                actors[index].isVisible = present[index] && !covered
            }
            let seen = stage.frame(actors, detect: Int.random(in: 0..<3, using: &random) == 0)
            #expect(Set(seen.values.map(\.id)).count == seen.count)
            var newest = highest
            for (name, face) in seen {
                total += 1
                newest = max(newest, face.id)
                if face.certain {
                    certain += 1
                    #expect(person[face.id, default: name] == name, "id \(face.id) at \(stage.time)")
                    person[face.id] = name
                }
            }
            highest = newest
        }
        // It is not honest by never being certain.
        #expect(certain * 10 > total * 7)
    }
}

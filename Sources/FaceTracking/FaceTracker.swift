public import Faces
public import Imaging

/// Finds and follows the faces of one video, frame by frame.
///
/// A face is found by a detector and then followed by its landmarks: the square around those of one frame is where the landmarks of the
/// next are looked for. The detector runs only when a face is lost or now and then (`DetectionSchedule`); who is who is
/// `TrackPolicy`'s. In the steady state a frame allocates nothing. A tracker is used by one thread at a time.
public final class FaceTracker {
    /// The side of the tracker's own crops in pixels, from which it reads quality and appearance.
    public static let cropSize = 96

    private let shortRange: any FaceFinder
    private let fullRange: any FaceFinder
    private let mesher: any FaceMesher
    /// Presence from which on a mesh is surely the right way up: 0.99998-1 on faces that are, at most 0.9996 on most that are upside down (measured
    /// on six people at twelve angles).
    private static let surePresence: Float = 0.99999
    private let networks: FaceReaders
    private let options: TrackingOptions
    private let cropSize: Int
    var policy: TrackPolicy
    private var schedule: DetectionSchedule
    private var cuts = CutDetector()
    private var visibility = VisibilityMemory()
    private var refused = RefusedPlaces()
    private var plan: (width: Double, height: Double, search: SearchPlan)?
    /// Which of the plan's extras is looked at next.
    private var nextExtra = 0
    private var passesExtra = false
    private var epoch: Int?

    /// Where the faces of the previous frame were.
    private var followed: [(id: Int, region: FaceRegion)] = []
    private var observations: [FaceObservation] = []
    private var observationCount = 0
    private var detections: [FaceDetection] = []
    private var candidates: [Candidate] = []
    private var sightings: [TrackSighting] = []
    private var verdicts: [TrackVerdict] = []
    private var latest = FaceList()
    private var counted = TrackerCounters()

    /// A tracker with the networks of a front end.
    ///
    /// - Parameter cropSize: the side of the crops that are handed on with the faces, in pixels: what the expression networks read.
    /// - Throws: `FaceTrackingError` with `unusableModel`.
    public convenience init(
        models: FrontEndModels, options: TrackingOptions = TrackingOptions(), cropSize: Int = FaceTracker.cropSize
    ) throws(FaceTrackingError) {
        let score = options.minimumDetectionScore
        self.init(
            shortRange: try BlazeFace.shortRange(models, minimumScore: score),
            fullRange: try BlazeFace.fullRange(models, minimumScore: score + BlazeFace.fullRangeCaution),
            mesher: try FaceMesh(models), readers: try FaceReaders(models.faces), options: options, cropSize: cropSize)
    }

    /// A tracker with finders and a mesher of the caller's.
    package init(
        shortRange: any FaceFinder, fullRange: any FaceFinder, mesher: any FaceMesher,
        readers: FaceReaders = FaceReaders(), options: TrackingOptions, cropSize: Int = FaceTracker.cropSize
    ) {
        self.shortRange = shortRange
        self.fullRange = fullRange
        self.mesher = mesher
        self.options = options
        self.cropSize = cropSize
        networks = readers
        var rules = options.rules
        if let thresholds = readers.identityThresholds { rules.use(thresholds) }
        policy = TrackPolicy(rules: rules)
        schedule = options.schedule
        let room = options.maximumFaces
        followed.reserveCapacity(room)
        sightings.reserveCapacity(room * 2)
        verdicts.reserveCapacity(room * 2)
        detections.reserveCapacity(64)
        candidates.reserveCapacity(64)
    }

    /// A detection, and which detector's it is.
    private struct Candidate {
        var detection: FaceDetection
        var range: DetectionRange

        /// Its score, less what its detector asks for above the short range.
        var sureness: Float { detection.score - (range == .full ? BlazeFace.fullRangeCaution : 0) }
    }

    /// What was done so far.
    public var counters: TrackerCounters { counted }

    /// Finds the faces of the next frame.
    ///
    /// - Parameters:
    ///   - image: the frame, upright.
    ///   - pts: its time in seconds; within an epoch it does not decrease.
    ///   - epoch: counts the stream's breaks; a new one ends all tracks.
    /// - Returns: the faces by ascending track id.
    /// - Throws: `InferenceError` when a network cannot be run.
    public func process(_ image: PlanarImage, pts: Double, epoch: Int) throws -> [Face] {
        try process(image, pts: pts, epoch: epoch, into: &latest)
        return latest.faces
    }

    /// Finds the faces of the next frame, in memory that is used again.
    ///
    /// - Parameters:
    ///   - image: the frame, upright.
    ///   - pts: its time in seconds; within an epoch it does not decrease.
    ///   - epoch: counts the stream's breaks; a new one ends all tracks.
    ///   - list: replaced by the faces, by ascending track id. Given back for a later frame, nothing is allocated.
    /// - Throws: `InferenceError` when a network cannot be run.
    public func process(_ image: PlanarImage, pts: Double, epoch: Int, into list: inout FaceList) throws {
        list.clear()
        if let known = self.epoch, known != epoch { reset() }
        self.epoch = epoch
        counted.frames += 1
        observationCount = 0
        list.isCut = cuts.isCut(image)
        // Behind a cut everything is somewhere else.
        if list.isCut { breakTracks() }
        try follow(image)
        try search(image, pts: pts)
        try identify()
        judge(pts: pts)
        try report(image, into: &list)
    }

    /// Ends all tracks, as a new epoch does. Ids go on; people who are seen again may get theirs back.
    public func reset() {
        cuts.reset()
        breakTracks()
    }

    private func breakTracks() {
        visibility.clear()
        refused.clear()
        policy.reset()
        schedule.reset()
        followed.removeAll(keepingCapacity: true)
    }

    /// Places landmarks where the faces of the previous frame were.
    private func follow(_ image: PlanarImage) throws {
        for (id, region) in followed { try observe(image, region: region, source: id) }
    }

    /// Runs a detector if one is due, and places landmarks on what it finds.
    private func search(_ image: PlanarImage, pts: Double) throws {
        let seen = observationCount
        let range = schedule.next(
            time: pts, followed: seen, room: options.maximumFaces - seen, justLost: seen < followed.count,
            waiting: policy.waitingCount > 0)
        guard let range else { return }
        let plan = searchPlan(for: image)
        candidates.removeAll(keepingCapacity: true)
        if range != .full { try detect(in: image, plan.whole, range: .short) }
        if range != .short { try detect(in: image, plan.whole, range: .full) }
        try searchExtras(of: plan, in: image, isAnew: range == .both, isEmpty: seen == 0)
        // Of two detections of one face the surer one comes first, and the other is passed over.
        candidates.sort { $0.sureness > $1.sureness }
        refused.advance(to: pts)
        var weak = counted.frames == 1 ? Int.max : Doubt.looksAFrame
        for candidate in candidates {
            guard observationCount < options.maximumFaces else { return }
            let region = FaceRegion(candidate.detection)
            guard counts(region.centre, in: image) else { continue }
            let isWeak = candidate.sureness < options.minimumDetectionScore
            if isWeak && options.smallestFace == 0 { return }
            let isKnown = observations[..<observationCount].contains {
                $0.region.overlap(region) > 0.5 || $0.bounds.shows(candidate.detection)
                    || isWeak && $0.bounds.touches(candidate.detection)
            }
            guard !isKnown, !isWeak || !refused.contains(region) else { continue }
            if isWeak {
                guard weak > 0 else { return }
                weak -= 1
            }
            if try observe(image, region: region, source: nil, isWeak: isWeak) {
                schedule.found(with: candidate.range)
            } else if isWeak {
                refused.add(region, time: pts)
            }
        }
    }

    /// How many of a plan's extras are looked at behind a cut.
    private static let extrasBehindCut = 16

    /// Looks at parts of the frame, and at all of it in other ways: in the first frame at all of them (a photograph has no other), behind a cut at
    /// the first ones, else at one: at every run while there is no face, at every other one while some are followed.
    private func searchExtras(of plan: SearchPlan, in image: PlanarImage, isAnew: Bool, isEmpty: Bool) throws {
        guard !isAnew else {
            let count = counted.frames == 1 ? plan.extras.count : Self.extrasBehindCut
            for extra in plan.extras.prefix(count) { try detect(in: image, extra.region, range: extra.range) }
            return
        }
        passesExtra.toggle()
        guard options.detector != .short, isEmpty || !passesExtra else { return }
        nextExtra = nextExtra + 1 < plan.extras.count ? nextExtra + 1 : 0
        try detect(in: image, plan.extras[nextExtra].region, range: plan.extras[nextExtra].range)
    }

    private func searchPlan(for image: PlanarImage) -> SearchPlan {
        if let plan, plan.width == image.squareWidth, plan.height == image.squareHeight { return plan.search }
        let search = SearchPlan(
            width: Float(image.squareWidth), height: Float(image.squareHeight), smallest: Float(options.smallestFace))
        plan = (image.squareWidth, image.squareHeight, search)
        return search
    }

    private func detect(in image: PlanarImage, _ region: FaceRegion, range: DetectionRange) throws {
        counted.detections += 1
        try (range == .full ? fullRange : shortRange).find(in: image, region: region, into: &detections)
        for detection in detections { candidates.append(Candidate(detection: detection, range: range)) }
    }

    /// Places landmarks in a region, and keeps them as an observation if there is a face.
    ///
    /// - Parameter isWeak: whether the mesh alone says that there is a face.
    @discardableResult
    private func observe(
        _ image: PlanarImage, region: FaceRegion, source: Int?, isWeak: Bool = false
    ) throws -> Bool {
        guard region.isUsable else { return false }
        if observationCount == observations.count { observations.append(FaceObservation(cropSize: cropSize)) }
        var presence = try place(image, region: region)
        var isDoubtful = isWeak
        if source == nil {
            var shown = region
            // In a video clutter comes again and again; nothing that is hopeless is looked at twice.
            let isHopeless = isWeak && counted.frames > 1 && presence < options.minimumPresence * Doubt.hopeful
            if presence < Self.surePresence && !isHopeless {
                // A head upside down has a mesh that fits badly, with its chin on the forehead.
                let turned = region.turned
                let other = try place(image, region: turned)
                if other > presence {
                    (shown, presence) = (turned, other)
                } else {
                    presence = try place(image, region: region)
                }
            }
            var left = options.settlingPasses - 1
            while left > 0 && presence >= options.minimumPresence * Doubt.hopeful {
                left -= 1
                isDoubtful = isDoubtful || presence < options.minimumPresence
                let next = observations[observationCount].face.landmarks.withUnsafeBufferPointer {
                    FaceRegion(landmarks: $0)
                }
                if !next.isUsable || next.isNear(shown) { break }
                shown = next
                presence = try place(image, region: next)
            }
        }
        guard presence >= max(options.minimumPresence, isDoubtful ? Doubt.leastPresence : 0) else { return false }
        observations[observationCount].face.score = presence
        observations[observationCount].source = source
        observations[observationCount].complete(from: image)
        guard observations[observationCount].region.isUsable,
            !isDoubtful || observations[observationCount].bounds.longerSide >= leastDoubtfulSide,
            counts(observations[observationCount].region.centre, in: image)
        else { return false }
        observationCount += 1
        return true
    }

    private var leastDoubtfulSide: Float { Float(options.smallestFace) * Doubt.leastSize }

    /// Whether a face with this middle, in square pixels, lies where faces count.
    private func counts(_ middle: SIMD2<Float>, in image: PlanarImage) -> Bool {
        guard let zones = options.zones else { return true }
        return zones.contains(
            SIMD2(Double(middle.x) / image.squareWidth, Double(middle.y) / image.squareHeight))
    }

    /// Writes the landmarks of the face in a region to the observation that comes next, and gives its presence.
    private func place(_ image: PlanarImage, region: FaceRegion) throws -> Float {
        counted.meshes += 1
        return try observations[observationCount].face.landmarks.withUnsafeMutableBufferPointer {
            try mesher.place(in: image, region: region, landmarks: $0)
        }
    }

    /// Asks the identity network about the faces that the policy wants to know of, and about those that meet.
    private func identify() throws {
        guard networks.knowsPeople else { return }
        for index in 0..<observationCount {
            observations[index].embedding.removeAll(keepingCapacity: true)
            guard observations[index].isTelling else { continue }
            let isWanted =
                policy.wantsSignature(source: observations[index].source, look: observations[index].signature)
                || meetsAnother(index)
            guard isWanted else { continue }
            counted.identifications += 1
            try networks.identify(observations[index].crop, into: &observations[index].embedding)
        }
    }

    private func meetsAnother(_ index: Int) -> Bool {
        let bounds = observations[index].bounds
        return observations[..<observationCount].enumerated().contains { other, observation in
            other != index
                && intersectionOverUnion(
                    bounds.minimum, bounds.maximum, observation.bounds.minimum, observation.bounds.maximum) > 0.1
        }
    }

    private func judge(pts: Double) {
        sightings.removeAll(keepingCapacity: true)
        for observation in observations[..<observationCount] {
            sightings.append(
                TrackSighting(
                    source: observation.source, minimum: observation.bounds.minimum,
                    maximum: observation.bounds.maximum,
                    signature: networks.knowsPeople
                        ? observation.embedding : observation.isTelling ? observation.signature : [],
                    look: observation.isTelling ? observation.signature : [], presence: observation.face.score))
        }
        policy.update(time: pts, sightings: sightings, verdicts: &verdicts)
        // Sightings share the observations' arrays; held on to, they would make the next frame copy them.
        sightings.removeAll(keepingCapacity: true)
    }

    /// Hands on the faces that have a track. An observation's face and one that is not in use change places, so that nothing is copied.
    private func report(_ image: PlanarImage, into list: inout FaceList) throws {
        followed.removeAll(keepingCapacity: true)
        for (index, verdict) in verdicts.enumerated() {
            guard case .track(let id, let certain, let reported) = verdict else { continue }
            followed.append((id, observations[index].region))
            guard reported else { continue }
            try read(&observations[index], track: id, in: image)
            observations[index].addInputs(from: image, cropSize: cropSize)
            var face = list.spare(cropSize: cropSize)
            swap(&face, &observations[index].face)
            face.track = id
            face.certain = certain
            list.faces.append(face)
        }
        list.faces.sort { $0.track < $1.track }
        counted.faces += list.faces.count
        visibility.endFrame()
    }

    /// Says what of a face can be seen, and where its eyes look.
    private func read(_ observation: inout FaceObservation, track: Int, in image: PlanarImage) throws {
        try networks.see(&observation.face, crop: observation.crop, track: track, in: image, memory: &visibility)
        observation.face.quality *= Visibility.quality(of: observation.face.visible)
        observation.face.gaze = try networks.gaze(of: observation.face, crop: observation.crop, in: image)
    }
}

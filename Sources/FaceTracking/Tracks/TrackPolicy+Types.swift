/// One face that was found in a frame, before it is known whose it is.
package struct TrackSighting: Sendable {
    /// The track whose landmarks of the previous frame led to it; nil when a detector found it.
    package var source: Int?
    /// Bounds in pixels.
    package var minimum: SIMD2<Float>
    package var maximum: SIMD2<Float>
    /// Who it is: the identity network's embedding, or the frame's signature (`FaceSignature`) where there is no such network; empty when the
    /// face is too small, blurred or turned to tell anything, and when nobody asked (`TrackPolicy.wantsSignature`).
    package var signature: [Float]
    /// What it looks like in this very frame (`FaceSignature`), to be compared with the frame before; empty when that tells nothing.
    package var look: [Float]
    /// How sure it is that there is a face, 0-1.
    package var presence: Float

    package init(
        source: Int?, minimum: SIMD2<Float>, maximum: SIMD2<Float>, signature: [Float], look: [Float]? = nil,
        presence: Float = 1
    ) {
        self.source = source
        self.minimum = minimum
        self.maximum = maximum
        self.signature = signature
        self.look = look ?? signature
        self.presence = presence
    }

    var centre: SIMD2<Float> { (minimum + maximum) / 2 }
    var size: Float { max(maximum.x - minimum.x, maximum.y - minimum.y) }
}

/// What the policy says of a sighting.
package enum TrackVerdict: Sendable, Equatable {
    /// It belongs to a track. `reported` is false while the track awaits its confirmation.
    case track(id: Int, certain: Bool, reported: Bool)
    /// Another sighting shows the same face.
    case duplicate
    /// There are as many faces as may be followed.
    case refused
}

/// When tracks begin and end, and what counts as the same person.
package struct TrackRules: Sendable, Equatable {
    /// Faces followed at the same time.
    package var maximumFaces = 8
    /// Frames that a new face must be seen in before it is reported. One is enough where detector and mesh agree.
    package var minHits = 1
    /// How long a face that is not seen keeps its track waiting in its place, in seconds.
    package var maxAge = 1.0
    /// How long an ended track is remembered, in seconds, and how many are.
    package var reidentificationWindow = 120.0
    package var memoryCount = 64
    /// Two sightings that overlap by more than this (intersection over union) show the same face.
    package var sameFace: Float = 0.5
    /// A sighting of which more than this lies within another, larger one, is part of the same face.
    package var within: Float = 0.75
    /// Distance of the signatures of two frames, one right after the other, from which on they show two pictures.
    package var jump: Float = 0.6
    /// Distance of signatures at which somebody who was in the picture before a cut is known again in the first frame behind it.
    package var sure: Float = 0.65
    /// Distance of signatures below which two are the same person, and above which they are not.
    package var alike: Float = 0.6
    package var unlike: Float = 0.95
    /// By how much a distance must be the smaller one to decide between two.
    package var margin: Float = 0.15
    /// Whether signatures are embeddings of a network, which know a person in another light, too: a face that goes on looking otherwise is then
    /// another one.
    package var knowsPeople = false
    /// Frames of a face beyond doubt after which its signature is asked for again; 1 asks for all.
    package var signatureEvery = 1
    /// Telling frames of evidence that settle a doubt.
    package var evidence = 5
    /// Telling frames in a row with somebody else's appearance that raise one.
    package var strangeFrames = 3
    /// Seconds after which a face that was followed all the while and looks otherwise is taken for its track's person again: spectacles
    /// were put on, a lamp was lit.
    package var acceptance = 30.0

    package init() {}

    /// The rules with an identity network, whose distances decide.
    mutating func use(_ thresholds: IdentityThresholds) {
        (alike, unlike, sure, margin) = (thresholds.alike, thresholds.unlike, thresholds.sure, thresholds.margin)
        knowsPeople = true
        signatureEvery = 8
        // Only asks the network; it is no verdict.
        jump = 0.35
    }
}

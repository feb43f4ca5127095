public import Faces
public import Records

/// How a source's pipeline is run.
public struct PipelineOptions: Sendable, Equatable {
    /// The source's name in records.
    public var name: String
    /// What happens when the analysis is slower than the source.
    public var policy: QueuePolicy
    /// Frames that may wait between the source and the tracker.
    public var frameCapacity: Int
    /// Frames that may wait between the tracker and the networks.
    public var batchCapacity: Int
    /// Which frames are analysed at all.
    public var selection = FrameSelection.all
    /// How the source is thinned under load; nil never.
    public var thinning: ThinningRules?
    /// Seconds of the stream from which on the faces of the first frame that has any are taken for neutral; nil never.
    public var neutralAt: Double?
    /// How many faces are followed at most, where that is nobody's choice: records with so many are counted, for there may be more. nil counts none.
    public var facesNotChosen: Int?
    /// Faces of less quality are left out of the records, 0-1. They are counted.
    public var minimumQuality: Float = 0
    /// Which landmarks records show.
    public var landmarks = LandmarkSet.none
    /// What records show of faces beside what all show, but for landmarks.
    public var optionalParts: RecordFields = []
    /// Focal length in square pixels; nil takes the longer side of the picture.
    public var focal: Double?
    /// Whether events are told also where the records' format has no place for them.
    public var tellsEvents = false
    /// The number of the first record.
    public var firstSequence = 0

    /// A pipeline for a file: the reader waits, nothing is lost.
    public static func file(name: String) -> PipelineOptions {
        PipelineOptions(name: name, policy: .block, frameCapacity: 4, batchCapacity: 8)
    }

    /// A pipeline for a live source: the newest frame wins, and load thins the source evenly.
    public static func live(name: String) -> PipelineOptions {
        var options = PipelineOptions(name: name, policy: .dropOldest, frameCapacity: 2, batchCapacity: 1)
        options.thinning = ThinningRules()
        return options
    }

    private init(name: String, policy: QueuePolicy, frameCapacity: Int, batchCapacity: Int) {
        self.name = name
        self.policy = policy
        self.frameCapacity = frameCapacity
        self.batchCapacity = batchCapacity
    }
}

/// How a pipeline came to its end.
public enum PipelineOutcome: Sendable {
    /// The source ended, and all of it was analysed.
    case ended
    /// It was stopped.
    case stopped
    /// The source or a stage failed; what was analysed until then was written.
    case failed(any Error)
}

/// The names of what is read from a face, in the order of the networks' outputs and of the records.
public struct FaceLabels: Sendable, Equatable {
    /// Action units, `AU12`.
    public let au: [String]
    /// The action units whose left and right are told apart: a part of `au`.
    public let sides: [String]
    /// Emotions.
    public let emotions: [String]

    /// Makes the lists. `sides` must be a part of `au`.
    public init(au: [String], sides: [String], emotions: [String]) {
        self.au = au
        self.sides = sides
        self.emotions = emotions
    }
}

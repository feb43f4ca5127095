/// How an analyzer treats what the networks say.
public struct ExpressionOptions: Sendable, Equatable {
    /// How outputs are smoothed.
    public var smoothing = SmoothingOptions()
    /// How the neutral face is taken off.
    public var baseline = BaselineOptions()

    /// The defaults.
    public init() {}

    /// The defaults, with what the bundle itself says of smoothing (the key `smoothing`; names that are not known are ignored).
    public init(bundle: ExpressionBundle) {
        for (name, value) in bundle.manifest.smoothing { _ = smoothing.set(name, to: value) }
    }
}

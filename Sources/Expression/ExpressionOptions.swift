internal import Faces

/// Which picture of the common person with a face's expression an analyzer hands on.
public enum NormalizedPicture: Sendable, Equatable {
    /// None.
    case none
    /// The normalizer's, from which the classifier reads.
    case plain
    /// The larger one of the bundle's network for portraits, which is made to be looked at; the normalizer's where the bundle has none.
    case portrait
}

/// How an analyzer treats what the networks say.
public struct ExpressionOptions: Sendable, Equatable {
    /// How outputs are smoothed.
    public var smoothing = SmoothingOptions()
    /// How the neutral face is taken off.
    public var baseline = BaselineOptions()

    /// Intensities from which on AUs count as present, by the AUs' names, in the place of the bundle's. The intensity below which one
    /// is no longer present keeps its ratio to it.
    public var thresholds: [String: Double] = [:]
    /// Which normalized picture faces get.
    public var picture = NormalizedPicture.none

    /// The defaults.
    public init() {}

    /// The defaults, with what the bundle itself says of smoothing (the key `smoothing`; names that are not known are ignored).
    public init(bundle: ExpressionBundle) {
        for (name, value) in bundle.manifest.smoothing { _ = smoothing.set(name, to: value) }
    }

    /// Checks that a bundle can do what is asked for.
    ///
    /// - Throws: `unknownLabel` when a threshold is for an AU that the bundle does not read.
    public func check(against bundle: ExpressionBundle) throws(ExpressionError) { _ = try thresholds(of: bundle) }

    /// The thresholds in force, in the order of the bundle's AUs.
    ///
    /// - Throws: `unknownLabel` when a threshold is for an AU that the bundle does not read.
    func thresholds(of bundle: ExpressionBundle) throws(ExpressionError) -> [BundleManifest.Threshold] {
        let names = bundle.labels.au
        for name in thresholds.keys.sorted() where !names.contains(name) {
            throw ExpressionError(
                .unknownLabel, "a threshold for \(name): \(bundle.name) reads \(names.joined(separator: ", "))")
        }
        return zip(names, bundle.manifest.thresholds).map { name, threshold in
            guard let wanted = thresholds[name].map({ Float($0) }) else { return threshold }
            let ratio = threshold.on > 0 ? threshold.off / threshold.on : 1
            return BundleManifest.Threshold(on: wanted, off: wanted * ratio)
        }
    }
}

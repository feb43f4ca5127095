internal import Faces

/// Where each intensity lies in the flat list that the filters work on: all AUs, then the left sides, then the right sides.
struct ChannelLayout: Sendable {
    /// The channels of one AU, which the filters treat alike so that they cannot drift apart.
    struct Unit: Sendable {
        /// The whole; also the AU's index in the labels.
        let whole: Int
        /// Left and right, where the labels have sides for the AU.
        let sides: (left: Int, right: Int)?

        /// The whole and its sides.
        var channels: [Int] { sides.map { [whole, $0.left, $0.right] } ?? [whole] }
    }

    let units: [Unit]
    let auCount: Int
    let sideCount: Int
    /// Which AU a channel belongs to.
    let owner: [Int]
    var count: Int { auCount + 2 * sideCount }

    init(_ labels: FaceLabels) {
        let auCount = labels.au.count
        let sideCount = labels.sides.count
        units = labels.au.enumerated().map { index, name in
            let side = labels.sides.firstIndex(of: name)
            return Unit(whole: index, sides: side.map { (auCount + $0, auCount + sideCount + $0) })
        }
        var owner = [Int](repeating: 0, count: auCount + 2 * sideCount)
        for unit in units {
            for channel in unit.channels { owner[channel] = unit.whole }
        }
        self.owner = owner
        self.auCount = auCount
        self.sideCount = sideCount
    }

    /// Lowers sides that are above their whole: an AU is as strong as its stronger side.
    func boundSides(_ channels: inout [Float]) {
        for unit in units {
            guard let sides = unit.sides else { continue }
            channels[sides.left] = min(channels[sides.left], channels[unit.whole])
            channels[sides.right] = min(channels[sides.right], channels[unit.whole])
        }
    }
}

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
    /// The regions that each channel shows in, as indices of `FaceRegionName`; it is hidden when none of them is seen. Empty for a unit of no region.
    let regions: [[Int]]
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
        var regions = [[Int]](repeating: [], count: auCount + 2 * sideCount)
        for unit in units {
            guard let (left, right) = FaceRegionName.of(unit: labels.au[unit.whole]) else { continue }
            regions[unit.whole] = [left.index, right.index]
            if let sides = unit.sides { (regions[sides.left], regions[sides.right]) = ([left.index], [right.index]) }
        }
        self.regions = regions
        self.auCount = auCount
        self.sideCount = sideCount
    }

    /// Writes which channels cannot be read because all that they show in is hidden.
    ///
    /// - Parameter visible: how far each region can be seen; empty when nothing tells, and all counts as seen.
    func hide(_ hidden: inout [Bool], visible: [Float]) {
        for channel in hidden.indices {
            hidden[channel] =
                !visible.isEmpty && !regions[channel].isEmpty
                && regions[channel].allSatisfy { visible[$0] < FaceRegionName.seen }
        }
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

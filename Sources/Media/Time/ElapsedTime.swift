/// How long a recording has run, over all its epochs. Pure.
package struct ElapsedTime {
    private var epoch: Int?
    /// The epoch's first time, and what had run before it.
    private var first = 0.0
    private var before = 0.0
    /// Seconds from the first frame to the newest.
    package private(set) var seconds = 0.0
    private var interval = 0.0

    /// No frame came yet.
    package init() {}

    /// Seconds from the first frame to the end of the newest.
    var whole: Double { epoch == nil ? 0 : seconds + interval }

    /// Takes in the next frame.
    ///
    /// - Parameter interval: seconds that a frame lasts where nothing better is known; an epoch begins so long after the last frame of
    ///   the one before.
    package mutating func frame(pts: Double, epoch: Int, interval: Double) {
        if epoch != self.epoch {
            before = whole
            first = pts
            self.epoch = epoch
        }
        self.interval = interval
        seconds = before + (pts - first)
    }
}

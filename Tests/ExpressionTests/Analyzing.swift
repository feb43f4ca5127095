import Expression
import Faces

extension ExpressionAnalyzer {
    /// The faces with what was read from them.
    func analyze(_ faces: [Face], pts: Double, epoch: Int) throws(ExpressionError) -> [Face] {
        var faces = faces
        try analyze(&faces, pts: pts, epoch: epoch)
        return faces
    }
}

extension Face {
    /// A face as the tracker hands it on.
    init(track: Int, crop: [UInt8], geometry: [Float], quality: Float) {
        self.init()
        self.track = track
        self.crop = crop
        self.geometry = geometry
        self.quality = quality
    }
}

internal import Glibc
internal import Synchronization

/// Counts the errors that a decoder writes to libav's log: of some faults, such as a frame that HEVC cannot find, it says nothing else.
///
/// The decoder's context leads here (`AVCodecContext.opaque`), and the contexts of its threads do. Written by any of them.
final class DecoderFaults: Sendable {
    private let count = Atomic<Int>(0)

    /// Lines that libav writes as errors though no frame suffers, by their beginnings.
    static let harmless = ["mmco: unref short failure"]

    /// A decoder whose context leads to `opaque` wrote a line of this form.
    static func add(to opaque: UnsafeMutableRawPointer, _ format: UnsafePointer<CChar>) {
        if harmless.contains(where: { strncmp(format, $0, $0.utf8.count) == 0 }) { return }
        Unmanaged<DecoderFaults>.fromOpaque(opaque).takeUnretainedValue().count.add(1, ordering: .relaxed)
    }

    /// What the decoder's context is given. The caller keeps `self` alive until the context is gone.
    var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Whether there were any since this was last asked.
    func take() -> Bool { count.load(ordering: .relaxed) != 0 && count.exchange(0, ordering: .relaxed) != 0 }
}

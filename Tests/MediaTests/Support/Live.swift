import Dispatch
import Media
import TestSupport
import Testing

/// Options with deadlines that suit tests: short, but not for a loaded machine.
func quick(open: Duration = .seconds(3), frame: Duration = .seconds(3), stall: Duration = .seconds(2)) -> MediaOptions {
    var options = MediaOptions()
    options.deadlines = .init(open: open, firstFrame: frame, stall: stall)
    return options
}

/// Reads so many frames, fewer if the source ends.
func take(_ count: Int, from source: MediaSource) throws -> [VideoFrame] {
    var frames: [VideoFrame] = []
    while frames.count < count, let frame = try source.next() { frames.append(frame) }
    return frames
}

/// What an attempt to open a source and read it to its end gave, and how long it took.
struct Attempt {
    var frames: [VideoFrame] = []
    var error: MediaError?
    var duration: Duration

    init(_ url: String, _ options: MediaOptions = quick(), interrupter: Interrupter = Interrupter()) {
        let start = ContinuousClock.now
        do throws(MediaError) {
            let source = try MediaSource(url, options: options, interrupter: interrupter)
            while let frame = try source.next() { frames.append(frame) }
        } catch {
            self.error = error
        }
        duration = ContinuousClock.now - start
    }
}

/// Calls `body` on another thread after a while.
func after(milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: body)
}

/// Time goes forward within each epoch, and epochs go up by one.
func expectOrder(_ frames: [VideoFrame], sourceLocation: SourceLocation = #_sourceLocation) {
    for (a, b) in zip(frames, frames.dropFirst()) {
        let isOrdered = a.epoch == b.epoch ? a.pts <= b.pts : b.epoch == a.epoch + 1
        #expect(isOrdered, "\(a.timing) before \(b.timing)", sourceLocation: sourceLocation)
    }
}

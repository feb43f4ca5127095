internal import CFFmpeg
internal import Glibc

extension Demuxer {
    /// The error for one of libav's numbers.
    ///
    /// Which of our own deadlines ran is known better than libav's number tells: it reports a peer that never answers as
    /// "invalid data" here and as a time-out there.
    static func failure(
        _ status: Int32, doing what: String, location: MediaLocation, interrupter: Interrupter
    ) -> MediaError {
        if interrupter.isStopped { return MediaError(.interrupted, source: location.name, reason: "stopped") }
        if interrupter.isOverdue {
            return MediaError(.timedOut, source: location.name, reason: "no answer in time (\(what))")
        }
        if interrupter.growth.isExceeded {
            let code: MediaError.Code = what == "open" ? .cannotOpen : .readFailed
            return MediaError(
                code, source: location.name,
                reason: "cannot \(what): what the server sends takes too much memory before a frame comes of it")
        }
        if location.kind == .device, let error = deviceFailure(status, doing: what, location: location) {
            return error
        }
        let words = MediaError.words(for: status)
        if location.kind == .file {
            switch status {
            case nf_averror(EACCES), nf_averror(EPERM), nf_averror(ENAMETOOLONG):
                return MediaError(.notFound, source: location.name, reason: "cannot \(what): \(words)")
            case nf_averror(EIO), nf_averror(EMFILE), nf_averror(ENFILE), nf_averror(ENOMEM), nf_averror(ESTALE),
                nf_averror(ETIMEDOUT):
                return MediaError(.readFailed, source: location.name, reason: "cannot \(what): \(words)")
            default: break
            }
        }
        switch status {
        case nf_averror(ENOENT), nf_averror(ENODEV), nf_averror(ENXIO):
            return MediaError(.notFound, source: location.name, reason: "cannot \(what): \(words)")
        case _ where nf_averror_is_refusal(status) != 0:
            return MediaError(.notAllowed, source: location.name, reason: "cannot \(what): \(words)")
        default:
            let code: MediaError.Code = what == "open" ? .cannotOpen : .readFailed
            return MediaError(code, source: location.name, reason: "cannot \(what): \(words)")
        }
    }

    /// What a camera's errors mean; nil where libav's own words say it.
    private static func deviceFailure(_ status: Int32, doing what: String, location: MediaLocation) -> MediaError? {
        func error(_ code: MediaError.Code, _ reason: String) -> MediaError {
            MediaError(code, source: location.name, reason: reason)
        }
        guard what == "open" else {
            // A camera that is pulled out ends in one of these.
            let isGone = status == nf_averror(ENODEV) || status == nf_averror(EIO) || status == nf_averror(EBADF)
            return isGone ? error(.readFailed, "the camera is gone: \(MediaError.words(for: status))") : nil
        }
        let exists = access(location.url, F_OK) == 0
        switch status {
        case nf_averror(EBUSY):
            return error(.busy, "another program uses this camera")
        case nf_averror(EACCES), nf_averror(EPERM):
            return error(.cannotOpen, "no permission to use this camera (is the user in the group video?)")
        case nf_averror(ENOTTY):
            return error(.cannotOpen, "not a camera")
        case nf_averror(ENODEV) where exists, nf_averror(ENXIO) where exists:
            return error(.cannotOpen, "gives no frames: not a camera, or another node of one")
        case nf_averror(EINVAL):
            return error(.cannotOpen, "not a camera, or it refuses the format, size or rate that was asked of it")
        default:
            return nil
        }
    }
}

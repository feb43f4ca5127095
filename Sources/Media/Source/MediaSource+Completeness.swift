internal import CFFmpeg
internal import Platform

extension MediaSource {
    /// What was read so far, held against what the container says is there; nil for what is live. It is a verdict once `next()` has
    /// given nil, or thrown.
    public var completeness: MediaCompleteness? {
        if info.isLive { return nil }
        // Of a part nobody has counted the frames; and what lies behind it was not asked for.
        if isPart {
            let failure = isPastEnd ? nil : lastFailure
            return MediaCompleteness(
                frames: counters.decoded, seconds: elapsed.whole,
                shortfall: failure.map { .unreadable(MediaError.words(for: $0)) })
        }
        let listed = demuxer.listedFrames
        var result = MediaCompleteness(
            frames: counters.decoded, seconds: elapsed.whole,
            expectedFrames: listed == nil ? demuxer.statedFrames : demuxer.listedFramesShown,
            expectedSeconds: demuxer.statedDuration ?? info.duration)
        result.shortfall = shortfall(listed: listed)
        return result
    }

    private func shortfall(listed: Int?) -> MediaCompleteness.Shortfall? {
        let packets = counters.packets
        if let extent {
            // All that a complete list names was read: what was cut off is no video.
            let isAllThere = !extent.isFragmented && listed.map { packets >= $0 } ?? false
            if let now = location.file.flatMap(ContainerExtent.size), now < extent.size, !isAllThere {
                return .shrank(from: extent.size, to: now)
            }
            if let needed = extent.needed, needed > extent.size, !isAllThere {
                return .cutOff(size: extent.size, needed: needed)
            }
        }
        if let listed, packets < listed { return .framesMissing }
        // A clock may have been rounded: half a frame more is given.
        if let stated = demuxer.statedDuration, elapsed.whole < stated - 1.5 * info.interval { return .endsEarly }
        return lastFailure.map { .unreadable(MediaError.words(for: $0)) }
    }

    /// The error for a recording of which nothing could be decoded.
    func nothingDecoded() -> MediaError {
        var reason = "not one frame could be decoded"
        if isAnimatedWebP {
            reason += ": this libav (\(LibavVersions.release)) does not know animated WebP"
        } else if let shortfall = completeness?.shortfall {
            reason += ": \(shortfall)"
        } else if counters.packets == 0 {
            reason += ": there is no data in the video stream"
        }
        return MediaError(.nothingDecoded, source: info.name, reason: reason)
    }

    /// The flag for animation in the header of an extended WebP file.
    func noteAnimation() {
        guard decoder.codec == AV_CODEC_ID_WEBP, let data = demuxer.packet.pointee.data else { return }
        let bytes = UnsafeBufferPointer(start: data, count: Int(max(0, demuxer.packet.pointee.size)))
        guard bytes.count > 20, bytes[12..<16].elementsEqual("VP8X".utf8) else { return }
        if bytes[20] & 2 != 0 { isAnimatedWebP = true }
    }
}

extension Demuxer {
    /// Frames that the container's own list of them has; nil for containers without one that is complete from the start.
    ///
    /// In MP4 and QuickTime each packet is listed, those of an edit list's lead-in too.
    var listedFrames: Int? {
        guard format.hasPrefix("mov") else { return nil }
        let count = Int(avformat_index_get_entries_count(video))
        return count > 0 ? count : nil
    }

    /// Those of the listed frames that are shown: not the lead-in that is decoded for the sake of what follows.
    var listedFramesShown: Int? {
        listedFrames.map { count in
            (0..<Int32(clamping: count)).count { index in
                let flags = avformat_index_get_entry(video, index)?.pointee.flags ?? 0
                return flags & AVINDEX_DISCARD_FRAME == 0
            }
        }
    }

    /// Frames as the container counts them; nil when it does not. AVI counts its own ticks, of which a frame may last several.
    var statedFrames: Int? {
        video.pointee.nb_frames > 0 && format != "avi" ? Int(video.pointee.nb_frames) : nil
    }

    /// Seconds that the container's header states for the video stream alone, to the frame; nil where it states none, or one for all streams.
    var statedDuration: Double? {
        guard ["mxf", "ivf", "gxf"].contains(format), video.pointee.duration > 0 else { return nil }
        let base = video.pointee.time_base
        return Double(video.pointee.duration) * Double(base.num) / Double(base.den)
    }

    /// When the recording was begun, by the first tag of container or stream that says so.
    var recordingTime: RecordingTime? {
        for tag in RecordingTime.tags {
            for metadata in [metadata, video.pointee.metadata] {
                if let entry = av_dict_get(metadata, tag, nil, 0),
                    let time = RecordingTime(String(cString: entry.pointee.value), tag: tag)
                {
                    return time
                }
            }
        }
        return nil
    }
}

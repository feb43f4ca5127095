internal import CFFmpeg

extension SourceInfo {
    /// Seconds from one frame to the next where nothing better is known; 25 a second if the container says nothing.
    var interval: Double { 1 / (nominalRate ?? 25) }

    init(demuxer: Demuxer, decoder: Decoder, isLive: Bool) {
        let stream = demuxer.video.pointee
        let parameters = stream.codecpar.pointee
        let orientation = nf_stream_display_matrix(demuxer.video).map { Orientation(displayMatrix: $0) } ?? .upright
        let average = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate
        let rate = average.num > 0 && average.den > 0 ? Double(average.num) / Double(average.den) : nil
        let unit = Double(stream.time_base.num) / Double(stream.time_base.den)
        let duration = stream.duration > 0 ? Double(stream.duration) * unit : demuxer.duration
        let estimate = rate.flatMap { rate in duration.map { Int(min($0 * rate, 1e15).rounded()) } }
        self.init(
            name: demuxer.location.name, format: demuxer.format, codec: decoder.name,
            pixelFormat: av_get_pix_fmt_name(AVPixelFormat(parameters.format)).map { String(cString: $0) } ?? "",
            width: Int(orientation.transposed ? parameters.height : parameters.width),
            height: Int(orientation.transposed ? parameters.width : parameters.height), nominalRate: rate,
            duration: duration, frameCountEstimate: stream.nb_frames > 0 ? Int(stream.nb_frames) : estimate,
            startTime: stream.start_time == nf_nopts_value() ? nil : Double(stream.start_time) * unit,
            orientation: orientation, isLive: isLive, recorded: demuxer.recordingTime)
    }
}

internal import CFFmpeg

extension MediaOptions {
    /// Whether some demuxer or protocol of this libav has an option of this name.
    package static func isKnownToLibav(_ name: String) -> Bool {
        _ = Libav.ready
        // A webcam's own options are known where webcams are.
        return nf_is_input_option(name) != 0 || (LibavDevices.problem == nil && nf_is_input_option(name) != 0)
    }
}

/// What is done to libav once, and the options that each kind of source is opened with.
enum Libav {
    /// Touched before libav is first used: sets up the network, and takes the log off standard error.
    static let ready: Void = {
        LibavLog.install()
        avformat_network_init()
    }()

    /// The protocols that a stream may lead to, by the scheme of its address. What a playlist or a redirection names beyond them (a file of this
    /// machine, a pipe, another service) is refused, whatever libav's own defaults are.
    private static func protocols(of scheme: String) -> String {
        switch scheme {
        case "http", "https": "http,https,tcp,tls,crypto,data,httpproxy"
        case "rtsp", "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy"
        case let scheme where scheme.hasPrefix("rtmp"):
            "rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,ffrtmphttp,ffrtmpcrypt,tcp,tls,http,https"
        case "rtp", "srtp": "rtp,srtp,udp"
        default: "\(scheme),udp,tcp,tls"
        }
    }

    /// Options for `avformat_open_input`. A kind's options that its demuxer does not know are left over, and no error.
    static func openOptions(for location: MediaLocation, options: MediaOptions) -> [String: String] {
        var result: [String: String] = [:]
        let kind = location.kind
        let isStream = kind == .rtsp || kind == .network
        if isStream { result["protocol_whitelist"] = protocols(of: location.scheme) }
        if let bytes = options.probeBytes ?? (isStream ? 1 << 20 : nil) { result["probesize"] = String(bytes) }
        if let duration = options.analyzeDuration ?? (isStream ? .milliseconds(500) : nil) {
            result["analyzeduration"] = String(duration.nanoseconds / 1000)
        }
        if isStream {
            // Not "nobuffer": it throws away what was read to find the streams, the first key frame with it, and the next
            // may be ten seconds away. The frames that were read ahead are decoded at once, so that they delay nothing.
            result["fflags"] = "discardcorrupt"
            // Guessing the rate takes twenty frames, which is most of a second at every reconnect, for a number of no use.
            result["fpsprobesize"] = "0"
        }
        switch kind {
        case .file:
            // A photo named "100%d.jpg" is a photo and not a sequence.
            result["pattern_type"] = "none"
        case .device:
            result["input_format"] = options.device.inputFormat
            if let width = options.device.width, let height = options.device.height {
                result["video_size"] = "\(width)x\(height)"
            }
            result["framerate"] = options.device.rate.map { String($0) }
        case .rtsp:
            result["rtsp_transport"] = options.transport.rawValue
            result["allowed_media_types"] = "video"
        case .network:
            // Of the web's protocol, and for what has an end: a connection that breaks is taken up where it was.
            result["reconnect"] = "1"
            result["reconnect_delay_max"] = "4"
        }
        return result
    }
}

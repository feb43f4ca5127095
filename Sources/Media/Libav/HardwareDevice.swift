internal import CFFmpeg

/// Devices that decode in the processor's place, as libav reaches them.
enum HardwareDevice {
    /// The kinds that this libav was built with, by its names.
    static let kinds: [String] = {
        var kinds: [String] = []
        var type = AV_HWDEVICE_TYPE_NONE
        while true {
            type = av_hwdevice_iterate_types(type)
            guard type != AV_HWDEVICE_TYPE_NONE, let name = av_hwdevice_get_type_name(type) else { return kinds }
            kinds.append(String(cString: name))
        }
    }()

    /// Opens what is chosen for a decoder.
    ///
    /// - Parameter note: what is to be told of it, in words for people.
    /// - Returns: a reference to the device, which is the caller's; nil leaves it to the processor.
    static func open(
        _ choice: MediaOptions.DecoderChoice, for decoder: UnsafePointer<AVCodec>, note: inout String?
    ) -> UnsafeMutablePointer<AVBufferRef>? {
        switch choice {
        case .software: return nil
        case .automatic: return types(of: decoder).lazy.compactMap { open($0).device }.first
        case .device(let name):
            let codec = String(cString: decoder.pointee.name)
            let type = av_hwdevice_find_type_by_name(name)
            guard types(of: decoder).contains(type) else {
                note = "\(name) does not decode \(codec) here; the processor does"
                return nil
            }
            let (device, status) = open(type)
            if device == nil {
                note = "\(name) cannot be opened (\(MediaError.words(for: status))); the processor decodes \(codec)"
            }
            return device
        }
    }

    private static func open(_ type: AVHWDeviceType) -> (device: UnsafeMutablePointer<AVBufferRef>?, status: Int32) {
        var device: UnsafeMutablePointer<AVBufferRef>?
        let status = av_hwdevice_ctx_create(&device, type, nil, nil, 0)
        return (device, status)
    }

    /// The kinds of devices that a decoder can use, its favourite first.
    private static func types(of decoder: UnsafePointer<AVCodec>) -> [AVHWDeviceType] {
        var types: [AVHWDeviceType] = []
        var index: Int32 = 0
        while let config = avcodec_get_hw_config(decoder, index) {
            index += 1
            if Int(config.pointee.methods) & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX != 0 {
                types.append(config.pointee.device_type)
            }
        }
        return types
    }
}

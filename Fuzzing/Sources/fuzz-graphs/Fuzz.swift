internal import Inference

/// What libFuzzer calls with each input: a model is made of the bytes' choices, imported, prepared and run. See README.md.
///
/// The model may be refused with an error. It must not trap, hang, or take more memory than the session's limit.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    var choices = Choices(UnsafeBufferPointer(start: bytes, count: count))
    let file = choices.once(in: 3) ? LiteGraphs.file(choices) : Graphs.file(choices)
    return file.withUnsafeBytes { file in
        do throws(InferenceError) {
            try Session(try Model(bytes: file), maximumBytes: 1 << 18).run()
            return 0
        } catch {
            // The message is part of what must not trap.
            return error.message.isEmpty ? -1 : 0
        }
    }
}

internal import Inference

/// What libFuzzer calls with each input: both importers, the passes, the plan and a run. See README.md.
///
/// An input may be refused with an error. It must not trap, hang, or take more memory than the session's limit.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let limit = 1 << 22
    do throws(InferenceError) {
        let model = try Model(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
        // Open extents are given a size, so that what lies behind them is reached.
        var shapes: [String: [Int]] = [:]
        for info in model.inputs {
            if let shape = info.shape, shape.contains(where: { $0 == nil }) {
                shapes[info.name] = shape.map { $0 ?? 2 }
            }
        }
        try Session(model, shapes: shapes, maximumBytes: limit).run()
        return 0
    } catch {
        // The message is part of what must not trap.
        return error.message.isEmpty ? -1 : 0
    }
}

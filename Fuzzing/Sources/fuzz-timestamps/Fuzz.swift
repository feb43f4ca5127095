internal import FuzzTargets

/// What libFuzzer calls with each input. See README.md.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    FuzzTargets.timestamps(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

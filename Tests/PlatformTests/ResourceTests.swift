import Platform
import Testing

struct ResourceTests {
    @Test(arguments: [
        ("Max address space         unlimited            unlimited            bytes     ", nil),
        ("Max address space         4294967296           unlimited            bytes     ", nil),
        ("Max file size             1024                 1024                 bytes     ", nil),
        ("", nil),
        (
            "Limit  Soft Limit  Hard Limit\nMax address space         614400000            614400000            bytes     \n",
            "the limit of address space (ulimit -v) is 585 MiB; 1024 MiB are needed"
        ),
    ])
    func tooLittleAddressSpaceIsAProblem(limits: String, problem: String?) {
        #expect(ResourceLimits.problem(in: limits) == problem)
    }

    @Test func residentMemoryIsWhatTheSystemSays() throws {
        let before = try #require(ResidentMemory.bytes())
        #expect(before > 1 << 20)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 20, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 1)
        // Other tests run at the same time.
        #expect(try #require(ResidentMemory.bytes()) > before + (128 << 20))
    }
}

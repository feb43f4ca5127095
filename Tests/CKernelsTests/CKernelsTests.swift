import Testing

import CKernels

struct InstructionSetTests {
    @Test func detectionIsStable() {
        #expect(nf_isa_detect() == nf_isa_detect())
    }
}

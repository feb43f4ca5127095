import CKernels
import Testing

struct InstructionSetTests {
    @Test func thePortableTableIsAlwaysThere() {
        #expect(nf_kernels_for(NF_ISA_PORTABLE) != nil)
    }

    @Test func theDetectedSetHasItsTable() {
        let isa = nf_isa_detect()
        #expect(nf_kernels_for(isa)?.pointee.isa == isa)
    }

    @Test func theCurrentSetHasItsTable() {
        #expect(nf_kernels_for(nf_isa_current()) != nil)
    }

    @Test func aNameChoosesItsSetWhereTheProcessorHasIt() {
        for isa in [NF_ISA_PORTABLE, NF_ISA_AVX2, NF_ISA_AVX512, NF_ISA_NEON] {
            #expect(nf_isa_choose(nf_isa_name(isa)) == (nf_kernels_for(isa) == nil ? nf_isa_detect() : isa))
        }
        #expect(nf_isa_choose(nil) == nf_isa_detect())
        #expect(nf_isa_choose("AVX2") == nf_isa_detect())
        #expect(nf_isa_choose("") == nf_isa_detect())
    }

    @Test func namesAreThoseOfTheEnvironmentVariable() {
        let names = [NF_ISA_PORTABLE, NF_ISA_AVX2, NF_ISA_AVX512, NF_ISA_NEON].map { String(cString: nf_isa_name($0)) }
        #expect(names == ["portable", "avx2", "avx512", "neon"])
    }
}

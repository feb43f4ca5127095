import CAllocationCounter
import Inference
import SystemPackage
import TestSupport
import Testing

/// "Running a network allocates nothing", counted.
struct AllocationTests {
    static let cannotCount: Comment = "malloc cannot be counted here (a sanitizer, or another C library)"

    /// Allocations of a hundred runs, after one that may set things up (OpenBLAS's buffers, the choice of kernels).
    static func allocations(_ session: Session) throws -> Int64 {
        try session.run()
        let before = nf_allocations()
        for _ in 0..<100 { try session.run() }
        return nf_allocations() - before
    }

    static func session(_ file: [UInt8]) throws -> Session { try Session(try TFLiteImporterTests.load(file)) }

    @Test(.enabled(if: nf_allocations() >= 0, cannotCount))
    func theCounterCounts() {
        let before = nf_allocations()
        let buffer = UnsafeMutablePointer<Float>.allocate(capacity: 1000)
        #expect(nf_allocations() > before)
        buffer.deallocate()
    }

    /// Every file of the fuzzers' corpus, which between them use most operators.
    @Test(.enabled(if: nf_allocations() >= 0, cannotCount))
    func noOperatorOfTheCorpusAllocates() throws {
        for (index, file) in (ONNXFuzzTests.corpus + TFLiteFuzzTests.corpus).enumerated() {
            #expect(try Self.allocations(try Self.session(file)) == 0, "file \(index)")
        }
    }

    @Test(.enabled(if: nf_allocations() >= 0, cannotCount))
    func theOfficialNetworksRunWithoutAllocating() throws {
        guard let folder = ConformanceData.folder else { return }
        var runs = 0
        for entry in try ConformanceData.cases(in: folder) where entry.name.hasPrefix("pytorch") {
            guard let model = try? Model.load(contentsOf: entry.folder.appending("model.onnx")),
                let session = try? Session(model)
            else { continue }
            runs += 1
            #expect(try Self.allocations(session) == 0, "\(entry.name)")
        }
        #expect(runs > 50)
    }

    @Test(
        .enabled(if: nf_allocations() >= 0, cannotCount),
        .enabled(if: !References.frontEnd.isEmpty, "Models/front-end is empty ('norface models fetch')"))
    func theFrontEndRunsWithoutAllocating() throws {
        for path in References.frontEnd {
            #expect(try Self.allocations(try Session(try Model.load(contentsOf: path))) == 0, "\(path)")
        }
    }

    @Test(
        .enabled(if: nf_allocations() >= 0, cannotCount),
        .enabled(if: !References.bundles.isEmpty, ONNXParityTests.hasNoBundle))
    func bundlesRunWithoutAllocating() throws {
        for path in References.bundles {
            let model = try Model.load(contentsOf: path)
            var shapes: [String: [Int]] = [:]
            for info in model.inputs { shapes[info.name] = info.shape?.map { $0 ?? 2 } }
            #expect(try Self.allocations(try Session(model, shapes: shapes)) == 0, "\(path)")
        }
    }
}

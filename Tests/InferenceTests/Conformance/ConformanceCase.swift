import Inference
import Platform
import SystemPackage
import TestSupport

/// One case of the official ONNX backend tests: a model, and inputs with the outputs they have to give.
struct ConformanceCase {
    /// `KIND/NAME`, such as `node/test_abs`.
    let name: String
    let folder: FilePath

    /// What came of running a case.
    enum Outcome: Equatable {
        case passed
        /// The engine says that it does not know something the case uses.
        case unclaimed(String)
        /// The engine took the case and gave something else than it should.
        case failed(String)
    }

    /// The tolerances of the official runner.
    static let relative = 1e-3
    static let absolute = 1e-7

    /// Runs every data set of the case.
    func run(optimized: Bool = true) -> Outcome {
        do throws(InferenceError) {
            let model = try Model.load(contentsOf: folder.appending("model.onnx"))
            var number = 0
            while Files.exists(folder.appending("test_data_set_\(number)")) {
                let set = folder.appending("test_data_set_\(number)")
                if let difference = try run(model, set, optimized: optimized) { return .failed(difference) }
                number += 1
            }
            return number > 0 ? .passed : .failed("there is no data")
        } catch {
            switch error.code {
            case .unsupportedOperator, .unsupportedModel: return .unclaimed(text(of: error))
            default: return .failed(text(of: error))
            }
        }
    }

    /// The message without the folder, which differs from machine to machine.
    private func text(of error: InferenceError) -> String {
        let path = "\(folder.appending("model.onnx")): "
        return error.message.hasPrefix(path) ? String(error.message.dropFirst(path.utf8.count)) : error.message
    }

    /// The first difference of a data set, or nil.
    private func run(_ model: Model, _ set: FilePath, optimized: Bool) throws(InferenceError) -> String? {
        var inputs: [String: Tensor] = [:]
        for (index, info) in model.inputs.enumerated() {
            let file = set.appending("input_\(index).pb")
            guard Files.exists(file) else { throw InferenceError(.cannotRead, "\(file) is missing") }
            inputs[info.name] = try tensor(file)
        }
        // Inputs that decide shapes are fixed when the session is made; the session says which they are.
        var values: [String: Tensor] = [:]
        var session: Session?
        while session == nil {
            do throws(InferenceError) {
                session = try Session(
                    model, shapes: inputs.mapValues(\.shape), values: values, optimized: optimized)
            } catch {
                let needed = error.neededInputs.filter { values[$0] == nil }
                guard error.code == .valueNeeded, !needed.isEmpty else { throw error }
                for name in needed { values[name] = inputs[name] }
            }
        }
        guard let session else { return "no session" }
        for (name, tensor) in inputs where values[name] == nil {
            let target = try session.inputBytes(name)
            tensor.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        try session.run()
        for (index, info) in model.outputs.enumerated() {
            let expected = try tensor(set.appending("output_\(index).pb"))
            let spec = try session.spec(of: info.name)
            guard spec == expected.spec else { return "output \(index) is \(spec), not \(expected.spec)" }
            let actual = try Tensor(spec.type, spec.shape, bytes: try session.outputBytes(info.name))
            if let difference = Comparison.difference(
                actual, expected, relative: ConformanceCase.relative, absolute: ConformanceCase.absolute)
            {
                return "output \(index): \(difference)"
            }
        }
        return nil
    }

    private func tensor(_ file: FilePath) throws(InferenceError) -> Tensor {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file)
        } catch {
            throw InferenceError(.cannotRead, "\(file): \(error)")
        }
        let result: Result<Tensor, InferenceError> = bytes.withUnsafeBytes { bytes in
            do throws(InferenceError) {
                return .success(try ONNXTensor.read(bytes).tensor)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

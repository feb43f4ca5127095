/// The definition of an operator: how outputs follow from inputs, and the code that computes them.
///
/// One definition serves constant folding and running. See `Documentation/Operators.md`.
struct Operator: Sendable {
    /// What happens with inputs of narrow types (see `Widening`).
    enum Narrow: Sendable {
        /// Inputs are widened, the definition computes with wide elements, and its outputs of that type are narrowed again.
        case widened
        /// The definition takes them itself, as movers of elements do.
        case taken
    }

    let name: String
    let domain: String
    /// The oldest operator-set version whose definition is understood; every later one is too, up to `Operator.newestVersion`.
    let since: Int
    let narrow: Narrow
    let prepare: @Sendable (NodeContext) throws(InferenceError) -> Prepared

    /// The operator-set version of ONNX 1.23, the newest that the definitions were checked against.
    static let newestVersion = 28

    init(
        _ name: String, since: Int = 1, domain: String = "", narrow: Narrow = .widened,
        prepare: @escaping @Sendable (NodeContext) throws(InferenceError) -> Prepared
    ) {
        self.name = name
        self.domain = domain
        self.since = since
        self.narrow = narrow
        self.prepare = prepare
    }
}

/// The code of one node of one session, made once and run for every frame. It allocates nothing.
typealias Step = () throws(InferenceError) -> Void

/// A node whose shapes are settled.
struct Prepared {
    /// How the outputs come about.
    enum Body {
        /// Code that writes the outputs. It is asked for once, with the addresses that the plan has given.
        case compute((Binding) throws(InferenceError) -> Step)
        /// The first output is the first input's bytes under another shape.
        case view
        /// The outputs are known already.
        case constants([Tensor])
    }

    var outputs: [TensorSpec]
    /// Bytes the step needs for itself while it runs.
    var scratch = 0
    /// Bytes that the step keeps for itself beside the plan, such as tables of positions. They are made when the step is, after the
    /// plan has found room for them.
    var tables = 0
    /// Inputs that the first output may be laid over, because each element is read before its place is written.
    var overwritable: [Int] = []
    var body: Body

    /// Outputs that code computes.
    ///
    /// Where all of them are empty there is none to run: walking an output of `[262144, 154, 8, 0]` row by row would take seconds.
    static func compute(
        _ outputs: [TensorSpec], scratch: Int = 0, tables: Int = 0, overwritable: [Int] = [],
        _ bind: @escaping (Binding) throws(InferenceError) -> Step
    ) -> Prepared {
        if !outputs.isEmpty, outputs.allSatisfy({ $0.count == 0 }) {
            return Prepared(outputs: outputs, body: .compute { _ in {} })
        }
        return Prepared(
            outputs: outputs, scratch: scratch, tables: tables, overwritable: overwritable, body: .compute(bind))
    }

    static func view(_ output: TensorSpec) -> Prepared { Prepared(outputs: [output], body: .view) }

    static func constants(_ tensors: [Tensor]) -> Prepared {
        Prepared(outputs: tensors.map(\.spec), body: .constants(tensors))
    }
}

/// The addresses of a node's inputs and outputs, fixed for a session's life.
struct Binding {
    let inputs: [UnsafeRawPointer?]
    let outputs: [UnsafeMutableRawPointer?]
    /// As many bytes as `Prepared.scratch` asked for, aligned to a cache line. Contents do not last from run to run.
    let scratch: UnsafeMutableRawPointer

    /// An input that the definition knows to be there, as elements of `T`.
    func input<T>(_ index: Int, as _: T.Type = T.self) -> UnsafePointer<T> {
        inputs[index]!.assumingMemoryBound(to: T.self)
    }

    /// An optional input.
    func optionalInput<T>(_ index: Int, as _: T.Type = T.self) -> UnsafePointer<T>? {
        index < inputs.count ? inputs[index]?.assumingMemoryBound(to: T.self) : nil
    }

    /// An output that the definition knows to be wanted, as elements of `T`.
    func output<T>(_ index: Int, as _: T.Type = T.self) -> UnsafeMutablePointer<T> {
        outputs[index]!.assumingMemoryBound(to: T.self)
    }

    /// An output that may be left out.
    func optionalOutput<T>(_ index: Int, as _: T.Type = T.self) -> UnsafeMutablePointer<T>? {
        index < outputs.count ? outputs[index]?.assumingMemoryBound(to: T.self) : nil
    }
}

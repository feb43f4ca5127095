public import Platform
public import Records
package import Settings

/// An output of the daemon that is open.
public protocol Output: AnyObject, Sendable {
    /// Its name in metrics and in the status.
    var name: String { get }
    /// What takes its lines.
    var sink: any RecordSink { get }

    /// Whether it takes the lines of a source.
    func takes(_ source: String) -> Bool

    /// Nothing can fail any more: the outputs that were asked for are all open. What it takes over from a former output becomes its own.
    func begin()

    /// The run is another than when it was opened: sources have come or gone.
    func describe(_ run: RunInfo)

    /// Looks after itself, about once a second: what others have taken away is made again.
    ///
    /// - Returns: what was done, in words; nil when all was well.
    /// - Throws: `Failure` that says what is wrong and could not be mended.
    func tend() throws(Failure) -> String?
}

extension Output {
    /// It takes over nothing.
    public func begin() {}

    /// It makes no difference.
    public func describe(_ run: RunInfo) {}

    /// All is well.
    public func tend() throws(Failure) -> String? { nil }
}

/// What an output may ask of the daemon.
public struct OutputContext: Sendable {
    /// Names of the sources that are watched, in the order of the configuration.
    public var sources: [String]
    /// What is true of the records of some sources.
    public var run: @Sendable (_ sources: [String]) -> RunInfo
    /// The descriptor of a name that the service manager has handed over; it can be copied as often as wanted.
    public var handed: @Sendable (_ name: String) -> Int32?
    /// The answer to whoever asks for the daemon's status.
    public var status: @Sendable () -> EncodedLine
    /// Has the next record of every source carry a marker.
    public var marker: @Sendable (String) -> Void

    /// Makes a context.
    public init(
        sources: [String], run: @escaping @Sendable ([String]) -> RunInfo,
        handed: @escaping @Sendable (String) -> Int32?, status: @escaping @Sendable () -> EncodedLine,
        marker: @escaping @Sendable (String) -> Void
    ) {
        self.sources = sources
        self.run = run
        self.handed = handed
        self.status = status
        self.marker = marker
    }
}

/// One kind of output: its settings, how they are read, and how what they ask for is opened.
///
/// A kind is a folder of this module and a line in `OutputSettings.registry`. Nothing else knows it.
package protocol OutputKind: Sendable, Equatable {
    /// Its key below `outputs`.
    static var key: String { get }

    /// Whether what is open depends on the sources that there are.
    static var isBySource: Bool { get }

    /// The defaults.
    init()

    /// Reads it from what stands below `outputs`.
    static func read(_ outputs: SectionReader) -> Self

    /// Complains about what no key by itself can get wrong.
    ///
    /// - Parameter sources: the names of all sources.
    func check(sources: [String], _ context: ReadingContext)

    /// Opens what is asked for. What is open and the same is taken over; nothing is closed.
    ///
    /// - Parameters:
    ///   - opened: is given each output as soon as it is open.
    ///   - before: the outputs that are open, of all kinds.
    /// - Throws: `Failure` that names the setting or file.
    func open(into opened: inout [any Output], keeping before: [any Output], _ context: OutputContext) throws(Failure)
}

extension OutputKind {
    /// It does not.
    package static var isBySource: Bool { false }

    /// Nothing can be wrong.
    package func check(sources: [String], _ context: ReadingContext) {}

    fileprivate func isEqual(to other: any OutputKind) -> Bool { (other as? Self) == self }
}

/// Where records go: the settings of every kind of output.
public struct OutputSettings: Sendable, Equatable {
    /// Every kind of output, in the order of the shipped configuration. Another one is a folder of its own and a line here.
    package static let registry: [any OutputKind.Type] = [
        StdoutSettings.self,
        SocketSettings.self,
        FilesSettings.self,
    ]

    /// One of each kind, in the order of the registry.
    private var kinds: [any OutputKind]

    /// The defaults.
    public init() { kinds = Self.registry.map { $0.init() } }

    /// Whether every kind is set the same.
    public static func == (a: OutputSettings, b: OutputSettings) -> Bool { a.changes(from: b).isEmpty }

    /// The keys of the kinds that are set otherwise than in `other`; all of them when there is none.
    ///
    /// - Parameter hasOtherSources: whether the sources are others, which makes other outputs of kinds that go by them.
    package func changes(from other: OutputSettings?, hasOtherSources: Bool = false) -> [String] {
        guard let other else { return Self.registry.map { $0.key } }
        return zip(kinds, other.kinds).compactMap { kind, other in
            let isOther = (hasOtherSources && type(of: kind).isBySource) || !kind.isEqual(to: other)
            return isOther ? type(of: kind).key : nil
        }
    }

    /// The settings of one kind.
    package subscript<Kind: OutputKind>(_ kind: Kind.Type) -> Kind {
        get { kinds.lazy.compactMap { $0 as? Kind }.first ?? Kind() }
        set { kinds = kinds.map { $0 is Kind ? newValue : $0 } }
    }

    /// Reads all kinds.
    package static func read(_ reader: SectionReader) -> OutputSettings {
        var result = OutputSettings()
        result.kinds = registry.map { $0.read(reader) }
        reader.finish()
        return result
    }

    /// Complains about what no key by itself can get wrong.
    package func check(sources: [String], _ context: ReadingContext) {
        for kind in kinds { kind.check(sources: sources, context) }
    }

    fileprivate func open(
        into opened: inout [any Output], keeping before: [any Output], _ context: OutputContext
    ) throws(Failure) {
        // From the last to the first: a folder that is not there is found out before a socket is made.
        for kind in kinds.reversed() { try kind.open(into: &opened, keeping: before, context) }
    }
}

/// The open outputs of the daemon. Going over to others makes a new value; what nobody wants any more is closed by the owner.
public struct Outputs: Sendable {
    /// In the order in which they are shown.
    public private(set) var all: [any Output] = []

    /// None.
    public init() {}

    /// The outputs of a source.
    public func sinks(for source: String) -> [any RecordSink] { all.filter { $0.takes(source) }.map(\.sink) }

    /// What settings ask for, with what is open already and the same; the rest is opened.
    ///
    /// - Throws: `Failure` when one cannot be opened; those that were opened before it are closed again, and everything is as it was.
    public func opened(_ settings: OutputSettings, _ context: OutputContext) throws(Failure) -> Outputs {
        var next = Outputs()
        do throws(Failure) {
            try settings.open(into: &next.all, keeping: all, context)
        } catch {
            for sink in next.leftOver(by: self) { sink.close() }
            throw error
        }
        for output in next.all { output.begin() }
        return next
    }

    /// What is open here and not in `next`.
    public func leftOver(by next: Outputs) -> [any RecordSink] {
        all.map(\.sink).filter { sink in !next.all.contains { $0.sink === sink } }
    }
}

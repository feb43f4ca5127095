/// The one shape of the errors that people read: what is wrong, where, and what to do about it.
///
/// A module says what it knows; the text is made here, for every one of them.
public protocol Fault: Error, Sendable, CustomStringConvertible {
    /// What the process exits with when this ends it.
    var exitCode: Failure.Code { get }
    /// The file, source, model or setting at fault; nil where `problem` names it.
    var place: String? { get }
    /// What is wrong, in one sentence.
    var problem: String { get }
    /// What to do about it; nil where that is plain.
    var advice: String? { get }
}

extension Fault {
    /// `failed`.
    public var exitCode: Failure.Code { .failed }
    /// None.
    public var place: String? { nil }
    /// None.
    public var advice: String? { nil }
    /// "PLACE: PROBLEM; ADVICE", without what is not said.
    public var description: String {
        (place.map { "\($0): " } ?? "") + problem + (advice.map { "; \($0)" } ?? "")
    }
}

public import Platform

/// Why a line is no record, with its place.
public struct RecordError: Fault, Equatable {
    /// Name of the file; nil where it is not known.
    public var file: String?
    /// Number of the line in it, from 1.
    public var line: Int?
    /// The key at fault, from the line's root (`faces[0].au.AU12`); empty where it is the line itself.
    public var key: String
    /// What is wrong with it.
    public var reason: String

    /// Makes an error.
    public init(file: String? = nil, line: Int? = nil, key: String = "", _ reason: String) {
        self.file = file
        self.line = line
        self.key = key
        self.reason = reason
    }

    /// What was to be read cannot be.
    public var exitCode: Failure.Code { .inputOutput }
    /// `FILE:LINE`.
    public var place: String? {
        switch (file, line) {
        case (let file?, let line?): "\(file):\(line)"
        case (let file?, nil): file
        case (nil, let line?): "line \(line)"
        case (nil, nil): nil
        }
    }
    /// The key and what is wrong with it.
    public var problem: String { key.isEmpty ? reason : "'\(key)' \(reason)" }
}

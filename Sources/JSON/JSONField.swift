internal import Platform

/// A value of a JSON file and the place where it stands, so that whoever reads it can name both in an error.
public struct JSONField<Failure: Error> {
    /// Name of the file, for errors.
    public let file: String
    /// Keys from the file's root, joined by dots; empty for the root.
    public let place: String
    /// What stands there.
    public let value: JSONValue
    /// Makes the error of a sentence that names file and place.
    private let error: (String) -> Failure

    /// The root of a JSON file.
    ///
    /// - Parameter error: makes the caller's own error of a sentence that names file and place.
    /// - Throws: that error where the text is not JSON.
    public init(file: String, text: [UInt8], error makeError: @escaping (String) -> Failure) throws(Failure) {
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: text)
        } catch {
            throw makeError("\(file): \(error)")
        }
        self.file = file
        self.place = ""
        error = makeError
    }

    private init(_ parent: JSONField, _ key: String, _ value: JSONValue) {
        file = parent.file
        place = parent.place.isEmpty ? key : "\(parent.place).\(key)"
        self.value = value
        error = parent.error
    }

    /// An error that names this place.
    public func failure(_ text: String) -> Failure {
        error(place.isEmpty ? "\(file): \(text)" : "\(file): '\(place)' \(text)")
    }

    private func mistyped(_ expected: String) -> Failure {
        failure("is \(value.kind), where \(expected) is expected")
    }

    /// The member of that name, or nil if there is none.
    public func optional(_ key: String) throws(Failure) -> JSONField? {
        guard case .object = value else { throw mistyped("an object") }
        return value[key].map { JSONField(self, key, $0) }
    }

    /// The member of that name. Without one, the error says what was expected.
    public func member(_ key: String, _ expected: String) throws(Failure) -> JSONField {
        if let field = try optional(key) { return field }
        let name = place.isEmpty ? key : "\(place).\(key)"
        throw error("\(file): '\(name)' is missing (\(expected) is expected)")
    }

    /// The member of that name, an object.
    public func object(_ key: String) throws(Failure) -> JSONField {
        let field = try member(key, "an object")
        guard case .object = field.value else { throw field.mistyped("an object") }
        return field
    }

    /// The member of that name, a string that is not empty.
    public func string(_ key: String) throws(Failure) -> String {
        try member(key, "a string").string()
    }

    /// This value, a string that is not empty.
    public func string() throws(Failure) -> String {
        guard let text = value.string, !text.isEmpty else { throw mistyped("a string that is not empty") }
        return text
    }

    /// The member of that name, a number.
    public func number(_ key: String) throws(Failure) -> Double {
        try member(key, "a number").number()
    }

    /// This value, a number.
    public func number() throws(Failure) -> Double {
        guard let number = value.number else { throw mistyped("a number") }
        return number
    }

    /// The member of that name, a whole number in a range.
    public func integer(_ key: String, in range: ClosedRange<Int>) throws(Failure) -> Int {
        try member(key, "a whole number").integer(in: range)
    }

    /// This value, a whole number in a range.
    public func integer(in range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let number = value.integer, range.contains(number) else {
            throw mistyped("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The elements of the member of that name.
    public func array(_ key: String) throws(Failure) -> [JSONField] {
        let field = try member(key, "an array")
        guard let elements = field.value.array else { throw field.mistyped("an array") }
        return elements.enumerated().map { JSONField(field, "\($0.offset)", $0.element) }
    }

    /// All members of an object.
    public func members() throws(Failure) -> [(key: String, field: JSONField)] {
        guard case .object(let members) = value else { throw mistyped("an object") }
        return members.map { ($0.key, JSONField(self, $0.key, $0.value)) }
    }
}

extension JSONValue {
    /// What a value is, for messages.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        case .string(let text): text.isEmpty ? "an empty string" : "the string \"\(text.prefix(40))\""
        case .array: "an array"
        case .object: "an object"
        }
    }
}

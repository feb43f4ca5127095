internal import Records
internal import SystemPackage

/// A value of a JSON file and the place where it stands, so that whoever reads it can name both in an error.
struct JSONField {
    let file: FilePath
    /// Keys from the file's root, joined by dots; empty for the root.
    let place: String
    let value: JSONValue
    /// The code of the errors thrown.
    let code: ExpressionError.Code

    /// The root of a JSON file.
    init(file: FilePath, text: [UInt8], code: ExpressionError.Code) throws(ExpressionError) {
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: text)
        } catch {
            throw ExpressionError(code, "\(file): \(error)")
        }
        self.file = file
        self.place = ""
        self.code = code
    }

    private init(_ parent: JSONField, _ key: String, _ value: JSONValue) {
        file = parent.file
        place = parent.place.isEmpty ? key : "\(parent.place).\(key)"
        self.value = value
        code = parent.code
    }

    /// An error that names this place.
    func failure(_ text: String) -> ExpressionError {
        ExpressionError(code, place.isEmpty ? "\(file): \(text)" : "\(file): '\(place)' \(text)")
    }

    private func mistyped(_ expected: String) -> ExpressionError {
        failure("is \(value.kind), where \(expected) is expected")
    }

    /// The member of that name, or nil if there is none.
    func optional(_ key: String) throws(ExpressionError) -> JSONField? {
        guard case .object = value else { throw mistyped("an object") }
        return value[key].map { JSONField(self, key, $0) }
    }

    /// The member of that name. Without one, the error says what was expected.
    func member(_ key: String, _ expected: String) throws(ExpressionError) -> JSONField {
        if let field = try optional(key) { return field }
        let name = place.isEmpty ? key : "\(place).\(key)"
        throw ExpressionError(code, "\(file): '\(name)' is missing (\(expected) is expected)")
    }

    func object(_ key: String) throws(ExpressionError) -> JSONField {
        let field = try member(key, "an object")
        guard case .object = field.value else { throw field.mistyped("an object") }
        return field
    }

    func string(_ key: String) throws(ExpressionError) -> String {
        try member(key, "a string").string()
    }

    func string() throws(ExpressionError) -> String {
        guard let text = value.string, !text.isEmpty else { throw mistyped("a string that is not empty") }
        return text
    }

    func number(_ key: String) throws(ExpressionError) -> Double {
        try member(key, "a number").number()
    }

    func number() throws(ExpressionError) -> Double {
        guard let number = value.number else { throw mistyped("a number") }
        return number
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(ExpressionError) -> Int {
        try member(key, "a whole number").integer(in: range)
    }

    func integer(in range: ClosedRange<Int>) throws(ExpressionError) -> Int {
        guard let number = value.integer, range.contains(number) else {
            throw mistyped("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func array(_ key: String) throws(ExpressionError) -> [JSONField] {
        let field = try member(key, "an array")
        guard let elements = field.value.array else { throw field.mistyped("an array") }
        return elements.enumerated().map { JSONField(field, "\($0.offset)", $0.element) }
    }

    /// All members of an object.
    func members() throws(ExpressionError) -> [(key: String, field: JSONField)] {
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

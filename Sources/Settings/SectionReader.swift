internal import Platform
internal import Yams

/// Reads the keys of one mapping; what was never asked for is unknown.
package final class SectionReader {
    package let context: ReadingContext
    package let path: [String]
    /// What stands there; nil where nothing does.
    let node: Node?
    /// The mapping; nil where it is not written.
    let mapping: Node.Mapping?
    private var known: [String] = []

    init(context: ReadingContext, path: [String], node: Node?) {
        self.context = context
        self.path = path
        self.node = node
        switch node {
        case .mapping(let mapping)?:
            self.mapping = mapping
        case .scalar(let scalar)? where scalar.string.isEmpty && scalar.style == .plain:
            // "capture:" with nothing below it.
            mapping = nil
        case nil:
            mapping = nil
        case let node?:
            mapping = nil
            context.complain("keys below it are expected", at: context.place(node), path: path)
        }
    }

    /// Reads a text.
    ///
    /// - Throws: `ConfigurationError` when it is not YAML, with what is wrong and where.
    package convenience init(parsing text: String, context: ReadingContext) throws(ConfigurationError) {
        let name = context.fileName
        // Before libyaml sees it: it would read on behind a NUL, and its own recursion has a limit but ours is lower.
        guard !text.utf8.contains(0) else { throw ConfigurationError(place: name, "there is a NUL in it") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw YAMLTrouble.explain(error, text: text, name: name)
        } catch {
            throw ConfigurationError(place: name, "\(error)")
        }
        self.init(context: context, path: [], node: root)
    }

    /// Where it stands, for messages.
    package var place: String { context.place(node) }

    private func child(_ key: String) -> Node? {
        known.append(key)
        return mapping?.first { $0.key.scalar?.string == key }?.value
    }

    /// The value of a key.
    ///
    /// - Parameters:
    ///   - inherited: the path that gives the default, where that is not the program itself.
    ///   - show: how the value is shown; for secrets.
    package func value<Value: SettingValue>(
        _ key: String, default standard: Value, inherited: String? = nil, show: ((Value) -> String)? = nil,
        check: ((Value) -> String?)? = nil
    ) -> Value {
        read(key, default: standard, inherited: inherited) { text, isPlain in
            Self.parse(text, isPlain: isPlain, check: check)
        } show: {
            show?($0) ?? Self.shown($0)
        }
    }

    /// The value of a key that may be `none`.
    package func optional<Value: SettingValue>(
        _ key: String, default standard: Value? = nil, inherited: String? = nil, show: ((Value) -> String)? = nil,
        check: ((Value) -> String?)? = nil
    ) -> Value? {
        read(key, default: standard, inherited: inherited) { text, isPlain in
            if text == "none" { return .success(nil) }
            return Self.parse(text, isPlain: isPlain, check: check).map { $0 }
        } show: { value in
            guard let value else { return "none" }
            return show?(value) ?? Self.shown(value)
        }
    }

    /// A list of texts; in the environment and flags they are parted by commas.
    package func list(_ key: String, default standard: [String], inherited: String? = nil) -> [String] {
        let node = child(key)
        var result = standard
        var origin: ConfigurationReport.Origin = inherited.map { .inherited("\($0).\(key)") } ?? .builtIn
        if let node {
            let place = context.place(node)
            origin = .file(place)
            if case .sequence(let sequence) = node {
                result = sequence.compactMap { element in
                    guard let scalar = element.scalar else {
                        context.complain("a list of texts is expected", at: context.place(element), path: path + [key])
                        return nil
                    }
                    return text(of: scalar, key: key, as: String.self)
                }
            } else {
                context.complain("a list is expected: [a, b]", at: place, path: path + [key])
            }
        }
        for override in context.overrides(of: path + [key]) {
            result = override.text.split(separator: ",").map { String($0.drop { $0 == " " }) }
            origin = override.origin
        }
        let shown = "[" + result.map(ConfigurationReport.quoted).joined(separator: ", ") + "]"
        context.report.entries.append(.init(path: path + [key], text: shown, origin: origin))
        return result
    }

    /// Names and texts that the program does not know; in the environment and flags `a=1,b=2`.
    package func texts(
        _ key: String, default standard: [String: String], inherited: String? = nil, isSecret: Bool = false,
        check: ((String, String) -> String?)? = nil
    ) -> [String: String] {
        let node = child(key)
        var result = standard
        var origin: ConfigurationReport.Origin = inherited.map { .inherited("\($0).\(key)") } ?? .builtIn
        if let node {
            origin = .file(context.place(node))
            result = [:]
            if case .mapping(let mapping) = node {
                for (name, value) in mapping {
                    let (name, scalar) = (name.scalar?.string ?? "?", value.scalar)
                    if let problem = scalar == nil ? "a text is expected" : check?(name, scalar?.string ?? "") {
                        context.complain(problem, at: context.place(value), path: path + [key, name])
                    }
                    result[name] = scalar?.string
                }
            } else {
                context.complain("names and values are expected: {a: 1}", at: context.place(node), path: path + [key])
            }
        }
        for override in context.overrides(of: path + [key]) {
            result = [:]
            origin = override.origin
            for pair in override.text.split(separator: ",") {
                guard let equals = pair.firstIndex(of: "=") else {
                    context.complain("a=1,b=2 is expected", at: override.place, path: path + [key])
                    continue
                }
                let (name, value) = (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
                if let problem = check?(name, value) {
                    context.complain(problem, at: override.place, path: path + [key, name])
                }
                result[name] = value
            }
        }
        let pairs = result.sorted { $0.key < $1.key }.map { name, value in
            "\(ConfigurationReport.quoted(name)): \(isSecret ? "'\(RedactedURL.mask)'" : ConfigurationReport.quoted(value))"
        }
        let shown = "{" + pairs.joined(separator: ", ") + "}"
        context.report.entries.append(.init(path: path + [key], text: shown, origin: origin))
        return result
    }

    /// The mapping below a key.
    package func section(_ key: String) -> SectionReader {
        SectionReader(context: context, path: path + [key], node: child(key))
    }

    /// The mappings below a key, by the names that the user gave them, in the order of the file.
    package func named(_ key: String) -> [(name: String, reader: SectionReader)] {
        let node = child(key)
        let all = SectionReader(context: context, path: path + [key], node: node)
        var names: [String] = []
        for (keyNode, _) in all.mapping ?? .init([]) {
            guard let name = keyNode.scalar?.string, Self.isName(name) else {
                context.complain(
                    "a name of letters, digits, - and _ is expected, 64 at most", at: context.place(keyNode),
                    path: all.path + [keyNode.scalar?.string ?? "?"])
                continue
            }
            names.append(name)
        }
        if names.isEmpty {
            context.report.entries.append(
                .init(path: all.path, text: "{}", origin: node.map { .file(context.place($0)) } ?? .builtIn))
        }
        return names.map { ($0, all.section($0)) }
    }

    /// Complains about keys that nobody asked for. To be called when all were.
    package func finish() {
        for (keyNode, _) in mapping ?? .init([]) {
            let place = context.place(keyNode)
            guard let key = keyNode.scalar?.string else {
                context.complain("a key is a single word", at: place, path: path)
                continue
            }
            guard !known.contains(key) else { continue }
            var near = NearestName.phrase(for: key, among: known)
            if key == "<<" { near = "merging (<<) is not supported: set shared values once, at the top" }
            context.complain(["unknown key", near].joined(), at: place, path: path + [key])
        }
    }

    package static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    // MARK: One value

    /// As it must be written to be read back: a text in quotes where YAML would take it for something else, `[::1]:80` too.
    private static func shown<Value: SettingValue>(_ value: Value) -> String {
        let text = value.settingText
        let isQuoted = value is String || text.contains("[")
        return isQuoted ? ConfigurationReport.quoted(text) : text
    }

    private enum Parsed<Value> {
        case success(Value)
        case failure(String)

        func map<Other>(_ body: (Value) -> Other) -> Parsed<Other> {
            switch self {
            case .success(let value): .success(body(value))
            case .failure(let text): .failure(text)
            }
        }
    }

    private static func parse<Value: SettingValue>(
        _ text: String, isPlain: Bool, check: ((Value) -> String?)?
    ) -> Parsed<Value> {
        if Value.self == String.self, isPlain, let meaning = YAMLWords.otherMeaning(of: text) {
            return .failure("\(text.isEmpty ? "an empty value" : text) is \(meaning) in YAML 1.1: put it in quotes")
        }
        guard let value = Value(setting: text) else {
            return .failure(
                [
                    "\(Value.expected) is expected, not '\(RedactedURL.scrub(String(text.prefix(60))))'",
                    Value.hint(for: text),
                ].joined())
        }
        return check?(value).map { .failure($0) } ?? .success(value)
    }

    private func text<Value: SettingValue>(of scalar: Node.Scalar, key: String, as type: Value.Type) -> Value? {
        switch Self.parse(scalar.string, isPlain: scalar.style == .plain, check: nil) as Parsed<Value> {
        case .success(let value): return value
        case .failure(let problem):
            context.complain(problem, at: context.place(.scalar(scalar)), path: path + [key])
            return nil
        }
    }

    private func read<Value>(
        _ key: String, default standard: Value, inherited: String?,
        parse: (String, Bool) -> Parsed<Value>, show: (Value) -> String
    ) -> Value {
        let path = self.path + [key]
        var result = standard
        var origin: ConfigurationReport.Origin = inherited.map { .inherited("\($0).\(key)") } ?? .builtIn
        func take(_ text: String, isPlain: Bool, origin new: ConfigurationReport.Origin, place: String) {
            switch parse(text, isPlain) {
            case .success(let value): (result, origin) = (value, new)
            case .failure(let problem): context.complain(problem, at: place, path: path)
            }
        }
        if let node = child(key) {
            let place = context.place(node)
            if let scalar = node.scalar, isPlainOrTextTag(scalar) {
                take(scalar.string, isPlain: scalar.style == .plain, origin: .file(place), place: place)
            } else {
                context.complain("a single value is expected", at: place, path: path)
            }
        }
        for override in context.overrides(of: path) {
            take(override.text, isPlain: false, origin: override.origin, place: override.place)
        }
        context.report.entries.append(.init(path: path, text: show(result), origin: origin))
        return result
    }

    /// A tag of the user's own (`!secret`, or an unquoted password that begins with `!`) is no value.
    private func isPlainOrTextTag(_ scalar: Node.Scalar) -> Bool {
        let name = scalar.tag.description
        return !name.hasPrefix("!") || name == "!"
    }
}

/// The command line.
struct Options {
    var model = ""
    var runs = 200
    var serves = false
    var listsLayers = false
    var outputs: String?
    var shapes: [String: [Int]] = [:]
    var inputs: [String: String] = [:]

    static let usage = """
        usage: norface-bench MODEL [--runs N] [--layers] [--serve] [--shape NAME=1x2x3]... [--input NAME=FILE]...
                             [--outputs FOLDER]
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func pair(_ text: String?) throws -> (String, String) {
            guard let text, let equals = text.lastIndex(of: "=") else { throw Failure(Options.usage) }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--runs":
                guard let text = rest.popFirst(), let number = Int(text), number > 0 else {
                    throw Failure(Options.usage)
                }
                runs = number
            case "--serve": serves = true
            case "--layers": listsLayers = true
            case "--outputs": outputs = rest.popFirst()
            case "--shape":
                let (name, text) = try pair(rest.popFirst())
                shapes[name] = text.split(separator: "x").compactMap { Int($0) }
            case "--input":
                let (name, path) = try pair(rest.popFirst())
                inputs[name] = path
            default:
                guard !argument.hasPrefix("-"), model.isEmpty else { throw Failure(Options.usage) }
                model = argument
            }
        }
        guard !model.isEmpty else { throw Failure(Options.usage) }
    }
}

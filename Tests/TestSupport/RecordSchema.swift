internal import SystemPackage

/// The JSON Schema of records in `Documentation/`, judged by an implementation that is not ours: Python's `jsonschema`.
public enum RecordSchema {
    /// The Python of the environment, or the system's.
    private static let python = Environment.value("NORFACE_PYTHON") ?? "python3"

    /// Whether the judge is there.
    public static let isAvailable = (try? Command.run(python, "-c", "import jsonschema")) != nil

    /// Why tests that need it are passed over.
    public static let reason = "needs Python's jsonschema (NORFACE_PYTHON names a Python that has it)"

    /// What is wrong with the first line that is no record; nil when there is at least one line and all of them are records.
    public static func fault(in text: some Sequence<UInt8>) throws -> String? {
        let folder = try TemporaryFolder()
        let lines = folder.path.appending("lines")
        try File.write(text, to: lines)
        let schema = Paths.package.appending("Documentation/records.schema.json")
        let script = """
            import json, sys, jsonschema
            validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
            validator.check_schema(validator.schema)
            lines = open(sys.argv[2]).read().splitlines()
            for number, line in enumerate(lines, 1):
                for fault in validator.iter_errors(json.loads(line)):
                    sys.exit(print(f"line {number}: {fault.json_path}: {fault.message}"))
            print("ok" if lines else "no line at all")
            """
        let word = try Command.run(python, "-c", script, schema.string, lines.string)
        let verdict =
            String(decoding: word, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "nothing said"
        return verdict == "ok" ? nil : verdict
    }
}

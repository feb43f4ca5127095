import Glibc
import Records
import SystemPackage
import TestSupport
import Testing

/// The JSON Schema in `Documentation/` holds for real output, judged by an independent implementation.
struct SchemaTests {
    private static let python = "python3 -c 'import jsonschema' 2>/dev/null"

    /// Whether the judge, Python's `jsonschema`, is installed.
    static let isAvailable = system(python) == 0

    private func validates(_ text: [UInt8]) throws -> Bool {
        let schema = Paths.package.appending("Documentation/records.schema.json")
        var path = Array("/tmp/norface-schema-XXXXXX".utf8CString)
        let descriptor = FileDescriptor(rawValue: mkstemp(&path))
        defer { unlink(path) }
        try descriptor.closeAfter { _ = try descriptor.writeAll(text) }
        let script = """
            import json, sys, jsonschema
            validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
            validator.check_schema(validator.schema)
            lines = [json.loads(line) for line in open(sys.argv[2])]
            sys.exit(0 if lines and all(validator.is_valid(line) for line in lines) else 1)
            """
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return system("python3 -c '\(script)' '\(schema.string)' '\(name)'") == 0
    }

    @Test(.enabled(if: isAvailable, "needs Python's jsonschema")) func recordsFollowTheSchema() throws {
        let encoder = JSONLinesEncoder(labels: Samples.labels)
        var lines = encoder.line(Samples.record()).bytes
        lines += encoder.line(Samples.record(faces: [], dropped: 3, markers: ["a", "b"])).bytes
        lines += encoder.line(Samples.record(), fields: [.au]).bytes
        var unknown = Samples.record(faces: [Samples.face(value: .nan)])
        unknown.time = nil
        unknown.pts = .infinity
        lines += encoder.line(unknown).bytes
        #expect(try validates(lines))
    }

    @Test(
        .enabled(if: isAvailable, "needs Python's jsonschema"),
        arguments: [
            (#""v":1"#, #""v":2"#), (#""seq":812"#, #""seq":812.5"#), (#""dropped":0"#, #""dropped":-1"#),
            (#""AU12":2.250"#, #""AU12":5.250"#), (#""settled""#, #""done""#), (#""score":0.98"#, #""certainty":0.98"#),
            (#"27.066Z"#, #"27Z"#),
        ])
    func theSchemaRefusesWhatIsNoRecord(text: String, wrong: String) throws {
        let line = Samples.text(JSONLinesEncoder(labels: Samples.labels).line(Samples.record()))
        #expect(line.contains(text))
        let damaged = line.split(separator: text, maxSplits: 1, omittingEmptySubsequences: false)
            .joined(separator: wrong)
        #expect(try !validates(Array(damaged.utf8)))
    }
}

import JSON
import TestSupport
import Testing

struct JSONValueTests {
    @Test func valuesOfAllKindsAreRead() throws {
        let value = try JSONValue(
            parsing: #" {"a":[1,-2.5e2,true,false,null],"b":"\u00e9\ud83d\ude00\n","c":{}} "#.utf8)
        #expect(value["a"] == .array([.number(1), .number(-250), .bool(true), .bool(false), .null]))
        #expect(value["b"]?.string == "é😀\n")
        #expect(value["c"] == .object([]))
        #expect(value["a"]?.array?.first?.integer == 1)
        #expect(value["a"]?.array?[1].integer == -250)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "01", "1.", "-", "+1", ".5", "1e",
        "1e999",
        "nul", "truex", "\"a", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
        "\"\u{1}\"", "1 2", "{\"a\":1,\"a\":2}", "NaN", "Infinity", "'a'", "{a:1}", "//", "\"\\u+123\"",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONSyntaxError(offset: 3, reason: "not UTF-8")) {
            try JSONValue(parsing: [0x22, 0xFF, 0x22] as [UInt8])
        }
    }

    @Test func deepNestingIsRefusedBeforeTheStackEnds() {
        let hostile = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: hostile) }
    }

    @Test func everyStringSurvivesWritingAndReading() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                let limit: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x11_0000
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            var writer = JSONWriter()
            writer.string(text)
            #expect(try JSONValue(parsing: writer.bytes) == .string(text))
        }
    }
}

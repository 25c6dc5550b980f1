import Bytes
import Foundation
import JSON
import TestSupport
import Testing

struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "[1,2.50,1e5,-0]", #"{"b":1,"a":{"d":[],"c":{}}}"#, #""\"\\é😀""#, "[[[]]]",
        "123456789012345678901234567890.10",
    ])
    func `compact documents survive parsing and writing byte by byte`(_ text: String) throws {
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test
    func `writing removes white space and needless escapes, and nothing else`() throws {
        let value = try JSONValue(parsing: #" { "\u0061" : [ 1 , "\/\u00e9" ] } "#)
        #expect(value.text == #"{"a":[1,"/é"]}"#)
    }

    @Test(arguments: [#"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"x":{"a":1,"b":2,"a":3}}]"#])
    func `a name that comes twice is refused`(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test
    func `names that look alike but differ in bytes are two members`() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test
    func `large objects keep their order and find members by name`() throws {
        var object = JSONObject()
        for number in 0..<2_000 { object["k\(number)"] = .int(number) }
        object["k5"] = nil
        object["k6"] = "six"
        #expect(object.count == 1_999)
        #expect(object["k5"] == nil)
        #expect(object["k6"] == "six")
        #expect(object["k1999"] == 1_999)
        #expect(try JSONValue(parsing: JSONValue.object(object).text) == .object(object))
        for number in 10..<1_995 { object["k\(number)"] = nil }
        #expect(
            object.members.map(\.key) == ["k0", "k1", "k2", "k3", "k4", "k6", "k7", "k8", "k9"]
                + (1_995..<2_000).map { "k\($0)" }
        )
        #expect(object["k7"] == 7)
    }

    @Test
    func `literals and accessors give the expected values`() {
        let value: JSONValue = [
            "s": "x", "n": 3, "f": 2.5, "b": true, "z": nil, "a": [1, "two"], "o": ["k": "v"],
        ]
        #expect(value["s"]?.stringValue == "x")
        #expect(value["n"]?.intValue == 3)
        #expect(value["f"]?.intValue == nil)
        #expect(value["f"]?.doubleValue == 2.5)
        #expect(value["b"]?.boolValue == true)
        #expect(value["z"]?.isNull == true)
        #expect(value["a"]?[1] == "two")
        #expect(value["a"]?[2] == nil)
        #expect(value["o"]?["k"] == "v")
        #expect(value["missing"] == nil)
        #expect(value.text == #"{"s":"x","n":3,"f":2.5,"b":true,"z":null,"a":[1,"two"],"o":{"k":"v"}}"#)
        #expect(JSONValue.double(.infinity) == .null)
    }

    @Test
    func `the canonical form ignores order, white space and escapes, and nothing else`() throws {
        let one = try JSONValue(parsing: #"{"b":[1, 2],"a":{"y":"\u00e9","x":null}}"#)
        let other = try JSONValue(parsing: #"{ "a" : {"x":null,"y":"é"},"\u0062":[1,2] }"#)
        #expect(one.canonical().text == #"{"a":{"x":null,"y":"é"},"b":[1,2]}"#)
        #expect(one.canonical() == other.canonical())
        #expect(one == other)
        for changed in [#"{"a":1.0}"#, #"{"a":"1"}"#, #"{"A":1}"#, #"{"a":[1]}"#] {
            #expect(
                try JSONValue(parsing: changed).canonical() != JSONValue(parsing: #"{"a":1}"#).canonical()
            )
        }
    }

    /// Uses the JSON Schema suite's files, made by others: many real documents of every shape.
    @Test
    func `every shared document survives parsing and writing`() throws {
        guard let folder = SharedVectors.folder("json-schema"),
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        else { return }
        var count = 0
        for case let file as URL in files where file.pathExtension == "json" {
            let bytes = [UInt8](try Data(contentsOf: file))
            let value = try JSONValue(parsing: bytes.span)
            let written = value.text
            #expect(try JSONValue(parsing: written) == value, "\(file.lastPathComponent)")
            #expect(try JSONValue(parsing: written).text == written)
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            let ours = try JSONSerialization.jsonObject(
                with: Data(written.utf8),
                options: [.fragmentsAllowed]
            )
            #expect((ours as? NSObject) == (theirs as? NSObject), "\(file.lastPathComponent)")
            count += 1
        }
        if count == 0 { print("absent: \(folder.path)/json-schema; the project's own documents were run") }
    }
}

struct JSONNumberTests {
    struct Row: Sendable {
        let text: String
        let int: Int?
        init(_ text: String, _ int: Int?) {
            self.text = text
            self.int = int
        }
    }

    @Test(arguments: [
        Row("0", 0), Row("-0", 0), Row("0.000", 0), Row("0e99", 0), Row("42", 42), Row("42.0", 42),
        Row("4.2e1", 42),
        Row("420e-1", 42), Row("0.42e2", 42), Row("-7", -7), Row("1.5", nil), Row("1e-1", nil),
        Row("100", 100),
        Row("1e2", 100), Row("10.0e1", 100), Row("9223372036854775807", Int.max),
        Row("9223372036854775808", nil), Row("-9223372036854775808", Int.min),
        Row("-9223372036854775809", nil),
        Row("1e18", 1_000_000_000_000_000_000), Row("1e19", nil), Row("1e999999999999999999999", nil),
        Row("1e-999999999999999999999", nil), Row("1020300", 1_020_300), Row("1.0203e6", 1_020_300),
        Row("true", nil), Row("\"1\"", nil),
    ])
    func `an integral number that fits is an Int`(_ row: Row) {
        #expect(JSON.int(row.text.utf8.span, at: 0..<row.text.utf8.count) == row.int)
    }

    @Test(arguments: [
        ("42", "42.0", true), ("42", "4.2e1", true), ("42", "43", false), ("-1", "1", false),
        ("0", "-0.0e5", true),
        ("0.1", "1e-1", true), ("0.1", "0.10", true), ("0.1", "0.01", false), ("100", "1e2", true),
        ("10", "100", false),
        ("12345678901234567890123", "12345678901234567890123.0", true),
        ("12345678901234567890123", "12345678901234567890124", false), ("1.23", "123e-2", true),
        ("12.3", "1.23", false),
        ("1002", "1.002e3", true), ("120", "12", false),
    ])
    func `numbers compare by value, without rounding`(_ left: String, _ right: String, _ isEqual: Bool) throws
    {
        let found = (
            JSONNumber(left.utf8.span, at: 0..<left.utf8.count),
            JSONNumber(right.utf8.span, at: 0..<right.utf8.count)
        )
        let one = try #require(found.0)
        let other = try #require(found.1)
        #expect(one.equals(other, in: left.utf8.span, otherBytes: right.utf8.span) == isEqual)
        #expect(other.equals(one, in: right.utf8.span, otherBytes: left.utf8.span) == isEqual)
    }
}

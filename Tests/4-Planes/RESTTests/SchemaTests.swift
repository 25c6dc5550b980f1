import JSON
import REST
import Testing

struct SchemaTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let value: String
        let faults: [String]

        var testDescription: String { value }
    }

    private static let schema = Schema.object([
        .required("name", .string(1...3)),
        .optional("size", .integer(1...9).orNull),
        .optional("kind", .oneOf(["a", "b"])),
        .optional("on", .boolean()),
        .optional("tags", .array(.string(0...2), max: 2)),
        .optional("labels", .map(.string(0...2), max: 1)),
        .optional("other", .reference("Other")),
    ])
    private static let components: Schema.Components = ["Other": .object([.required("x", .any)])]

    @Test(arguments: [
        Row(
            value: #"{"name":"abc","size":null,"kind":"b","on":true,"tags":["x"],"labels":{"k":"v"}}"#,
            faults: []
        ),
        Row(value: #"{"name":"abc","other":{"x":null}}"#, faults: []),
        Row(value: #"{}"#, faults: ["/name is missing"]),
        Row(value: #"[]"#, faults: [" is an array; an object is wanted"]),
        Row(value: #"{"name":7}"#, faults: ["/name is a number; a string is wanted"]),
        Row(value: #"{"name":null}"#, faults: ["/name is null; a string is wanted"]),
        Row(value: #"{"name":""}"#, faults: ["/name has 0 characters; 1 to 3 are allowed"]),
        Row(value: #"{"name":"👩‍👩‍👧"}"#, faults: ["/name has 5 characters; 1 to 3 are allowed"]),
        Row(value: #"{"name":"a","size":10}"#, faults: ["/size is 10; 1 to 9 is allowed"]),
        Row(value: #"{"name":"a","size":1.5}"#, faults: ["/size is a number; an integer or null is wanted"]),
        Row(value: #"{"name":"a","size":3.0}"#, faults: []),
        Row(value: #"{"name":"a","kind":"c"}"#, faults: ["/kind must be one of a, b"]),
        Row(value: #"{"name":"a","on":"true"}"#, faults: ["/on is a string; true or false is wanted"]),
        Row(value: #"{"name":"a","tags":["x",1]}"#, faults: ["/tags/1 is a number; a string is wanted"]),
        Row(value: #"{"name":"a","tags":["x","y","z"]}"#, faults: ["/tags has 3 elements; 2 are allowed"]),
        Row(
            value: #"{"name":"a","labels":{"a/b~":"xxx"}}"#,
            faults: ["/labels/a~1b~0 has 3 characters; 0 to 2 are allowed"]
        ),
        Row(
            value: #"{"name":"a","labels":{"a":"","b":""}}"#,
            faults: ["/labels has 2 members; 1 are allowed"]
        ),
        Row(value: #"{"name":"a","other":{}}"#, faults: ["/other/x is missing"]),
        Row(
            value: #"{"name":"a","Name":"a"}"#,
            faults: ["/Name is unknown here; known: name, size, kind, on, tags, labels, other"]
        ),
    ])
    func `a value is checked by its schema, and every fault has a place and a text`(_ row: Row) throws {
        let value = try JSONValue(parsing: row.value)
        let faults = Self.schema.faults(in: value, at: "", Self.components)
        #expect(faults.map { "\($0.field) \($0.detail)" } == row.faults)
    }
}

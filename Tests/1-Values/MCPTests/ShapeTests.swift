import JSON
import Testing

@testable import MCP

struct ShapeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let given: String
        var fits: String?
        var leftOut: [String] = []
        var fault: String?
        var testDescription: String { given }
    }

    private static let shape = Shape.object(
        ObjectShape([
            .required("id", .text), .vital("list", .list(of: .text)), .optional("title", .text),
            .optional("kind", .word(["a", "b"])), .optional("on", .bool), .optional("count", .integer),
            .optional("share", .number(in: 0...1)), .optional("notes", .annotations),
            .optional("icons", .icons), .optional("_meta", .meta), .optional("schema", .schema),
        ])
    )

    @Test(arguments: [
        Row(given: #"{"id":"x"}"#, fits: #"{"id":"x"}"#),
        Row(
            given: #"{"own":1.50,"id":"x","other":{"a":null}}"#,
            fits: #"{"own":1.50,"id":"x","other":{"a":null}}"#
        ),
        Row(given: #"{"title":null,"id":"x","own":null}"#, fits: #"{"id":"x"}"#),
        Row(given: #"{"id":"x","title":5}"#, fits: #"{"id":"x"}"#, leftOut: ["title must be a string"]),
        Row(given: #"{"id":"x","kind":"c"}"#, fits: #"{"id":"x"}"#, leftOut: ["kind must be one of a, b"]),
        Row(given: #"{"id":"x","on":"true"}"#, fits: #"{"id":"x"}"#, leftOut: ["on must be true or false"]),
        Row(given: #"{"id":"x","count":3.0}"#, fits: #"{"id":"x","count":3.0}"#),
        Row(
            given: #"{"id":"x","count":3.5}"#,
            fits: #"{"id":"x"}"#,
            leftOut: ["count must be a whole number"]
        ),
        Row(
            given: #"{"id":"x","share":1.5}"#,
            fits: #"{"id":"x"}"#,
            leftOut: ["share must be a number from 0.0 to 1.0"]
        ),
        Row(
            given:
                #"{"id":"x","notes":{"audience":null,"priority":"high","lastModified":"2026-11-29T08:00:00Z"}}"#,
            fits: #"{"id":"x","notes":{"lastModified":"2026-11-29T08:00:00Z"}}"#,
            leftOut: ["notes.priority must be a number from 0.0 to 1.0"]
        ),
        Row(
            given: #"{"id":"x","icons":[{"src":"a","sizes":"48x48"},{"src":"b","theme":null}]}"#,
            fits: #"{"id":"x","icons":[{"src":"a"},{"src":"b"}]}"#,
            leftOut: ["icons[0].sizes must be a list, each element a string"]
        ),
        Row(
            given: #"{"id":"x","icons":[{"src":"a","sizes":3},{"x":1}]}"#,
            fits: #"{"id":"x"}"#,
            leftOut: ["icons can't be served: icons[1].src is missing; it must be a string"]
        ),
        Row(
            given: #"{"id":"x","icons":[null]}"#,
            fits: #"{"id":"x"}"#,
            leftOut: ["icons can't be served: icons[0] must be an object"]
        ),
        Row(given: #"{"id":"x","_meta":{"a":null}}"#, fits: #"{"id":"x","_meta":{"a":null}}"#),
        Row(given: #"{"id":"x","_meta":[]}"#, fits: #"{"id":"x","_meta":{}}"#),
        Row(given: #"{"id":"x","_meta":[1]}"#, fits: #"{"id":"x"}"#, leftOut: ["_meta must be an object"]),
        Row(given: #"{"id":"x","schema":true}"#, fits: #"{"id":"x","schema":{}}"#),
        Row(given: #"{"id":"x","schema":false}"#, fits: #"{"id":"x","schema":{"not":{}}}"#),
        Row(given: #"{"id":"x","list":null}"#, fits: #"{"id":"x"}"#),
        Row(given: #"{"id":"x","list":["a",1]}"#, fault: "list[1] must be a string"),
        Row(given: #"{"id":"x","list":"a"}"#, fault: "list must be a list, each element a string"),
        Row(given: #"{"id":null}"#, fault: "id is missing; it must be a string"),
        Row(given: #"{}"#, fault: "id is missing; it must be a string"),
        Row(given: #"{"id":5}"#, fault: "id must be a string"),
        Row(given: "[1]", fault: "it must be an object"),
    ])
    func `a value gets its shape, and parts that can't are reported`(_ row: Row) throws {
        let given = try JSONValue(parsing: row.given)
        do throws(ShapeFault) {
            let shaped = try Self.shape.fit(given)
            #expect(shaped.value.text == row.fits)
            #expect(shaped.leftOut.map { "\($0.member) \($0.reason)" } == row.leftOut)
            #expect(shaped.isChanged == (row.fits != row.given))
            #expect(row.fault == nil)
        } catch {
            #expect(error.description == row.fault)
        }
    }
}

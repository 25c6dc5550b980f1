import Bytes
import Foundation
import JSON
import MCP
import TestSupport
import Testing

struct ServedDefinitionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let members: String
        /// The served members after the name; `nil` when the target's own bytes are served.
        var served: String?
        var notes: [String] = []
        var testDescription: String { members }
    }

    private static func read(_ text: String, allowsHidden: Bool = false) throws(ToolDefinitionFault)
        -> ToolDefinition
    {
        let bytes = Array(text.utf8)
        return try ToolDefinition(bytes.span, in: 0..<bytes.count, allowsHidden: allowsHidden)
    }

    private static func text(_ note: ToolDefinitionNote) -> String {
        "\(note.isLeftOut ? "-" : "")\(note.member) \(note.reason)"
    }

    private static let input = #""inputSchema":{"type":"object"}"#

    @Test(arguments: [
        Row(members: input), Row(members: #""own":[null,1.50,{"a":null}],\#(input)"#),
        Row(members: #"\#(input),"description":"\u00e9\/""#),
        Row(members: #"\#(input),"_meta":{"a":null}"#),
        Row(members: #""title":null,"annotations":null,\#(input)"#, served: input),
        Row(
            members: #"\#(input),"annotations":{"title":null,"readOnlyHint":null,"x":1}"#,
            served: #"\#(input),"annotations":{"x":1}"#
        ),
        Row(members: #"\#(input),"title":5"#, served: input, notes: ["-title must be a string"]),
        Row(members: #"\#(input),"description":[]"#, served: input, notes: ["-description must be a string"]),
        Row(
            members: #"\#(input),"execution":{"taskSupport":"maybe"}"#,
            served: #"\#(input),"execution":{}"#,
            notes: ["-execution.taskSupport must be one of forbidden, optional, required"]
        ),
        Row(
            members: #"\#(input),"icons":[{"src":"a","sizes":"48x48"}]"#,
            served: #"\#(input),"icons":[{"src":"a"}]"#,
            notes: ["-icons[0].sizes must be a list, each element a string"]
        ),
        Row(
            members:
                #""inputSchema":{"type":"object","properties":{"a":true,"b":false,"c":[],"d":null},"required":null}"#,
            served: #""inputSchema":{"type":"object","properties":{"a":{},"b":{"not":{}},"c":{}}}"#
        ),
        Row(members: #""inputSchema":{"type":"object","properties":{"a":{"default":null,"const":null}}}"#),
        Row(
            members: #"\#(input),"outputSchema":{"type":"object","properties":{"a":true},"required":["a"]}"#,
            served: #"\#(input),"outputSchema":{"type":"object","properties":{"a":{}},"required":["a"]}"#
        ),
        Row(
            members: #"\#(input),"outputSchema":{"type":"object","required":"a"}"#,
            served: input,
            notes: [
                "-outputSchema can't be served: outputSchema.required must be a list, each element a string"
            ]
        ),
        Row(
            members: #"\#(input),"outputSchema":{"properties":{"a":{"pattern":"(?P<x>a)"}}}"#,
            served: input,
            notes: [
                "-outputSchema clients can't compile: outputSchema.properties.a.pattern holds \"(?P<x>a)\", "
                    + "which is not an ECMAScript pattern: an unknown kind of group at character 3"
            ]
        ),
        Row(
            members: ##""inputSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/B"}}}"##,
            notes: [
                ##"inputSchema.properties.a.$ref leads nowhere: "#/$defs/B"; arguments can't be checked against it"##
            ]
        ),
    ])
    func `a member that can't be valid is left out and noted, and the rest is served`(_ row: Row) throws {
        let definition = try Self.read(#"{"name":"a",\#(row.members)}"#)
        #expect(definition.served?.text == row.served.map { #"{"name":"a",\#($0)}"# })
        #expect(definition.notes.map { Self.text($0) } == row.notes)
    }

    @Test(arguments: [
        (#""inputSchema":{"type":"object","required":"a"}"#, "inputSchema.required"),
        (#""inputSchema":{"type":"object","required":["a",1]}"#, "inputSchema.required[1]"),
        (#""inputSchema":{"type":"object","properties":{"a":5}}"#, "inputSchema.properties.a"),
        (#""inputSchema":{"type":"object","properties":[1]}"#, "inputSchema.properties"),
        (#""inputSchema":{"type":"object","$schema":7}"#, "inputSchema.$schema"),
        (#""inputSchema":null"#, "inputSchema"),
        (#"\#(input),"annotations":{"title":"\ud800"}"#, "annotations.title"),
        (#"\#(input),"_meta":{"a":["x","\udc00\ud800"]}"#, "_meta.a[1]"),
        (#"\#(input),"_meta":{"a":{"\ud83d":1}}"#, "_meta.a"),
        (#"\#(input),"_meta":{"a":1e400}"#, "_meta.a"),
        (
            #""inputSchema":{"type":"object","minimum":-\#(String(repeating: "7", count: 1_000))}"#,
            "inputSchema.minimum"
        ),
        (
            #"\#(input),"x":\#(String(repeating: "[", count: 60))\#(String(repeating: "]", count: 60))"#,
            "x" + String(repeating: "[0]", count: 59)
        ),
    ])
    func `a definition that a strict parser or a caller can't read is refused with the place`(
        _ members: String,
        _ place: String
    ) {
        let fault = #expect(throws: ToolDefinitionFault.self) { try Self.read(#"{"name":"a",\#(members)}"#) }
        #expect(fault?.member == place, "\(fault?.description ?? "")")
    }

    @Test func `surrogate pairs, long numbers and deep values within the bounds are served`() throws {
        let digits = String(repeating: "7", count: 300)
        let deep = String(repeating: "[", count: 59) + String(repeating: "]", count: 59)
        let text = #"{"name":"a","\ud83d\ude00":"\ud83d\ude00","n":\#(digits),"x":\#(deep),\#(Self.input)}"#
        #expect(try Self.read(text).served == nil)
    }

    @Test func `hashes are of what the target sent, not of what is served`() throws {
        let whole = try Self.read(#"{"name":"a","title":null,"icons":"x",\#(Self.input)}"#)
        #expect(
            whole.canonical.text == #"{"icons":"x","inputSchema":{"type":"object"},"name":"a","title":null}"#
        )
        #expect(whole.served?.text == #"{"name":"a",\#(Self.input)}"#)
    }

    @Test func `hidden characters are served and noted if the operator allows them`() throws {
        let text = #"{"name":"a","description":"x\u200by",\#(Self.input)}"#
        #expect(throws: ToolDefinitionFault.hiddenCharacter("\u{200B}", path: "description")) {
            try Self.read(text)
        }
        let definition = try Self.read(text, allowsHidden: true)
        #expect(definition.served == nil && definition.description == "x\u{200B}y")
        #expect(
            definition.notes.map { Self.text($0) }
                == ["description holds the invisible character U+200B, as the target may"]
        )
        #expect(throws: ToolDefinitionFault.self) {
            try Self.read(#"{"name":"a","description":"\ud800",\#(Self.input)}"#, allowsHidden: true)
        }
    }

    @Test func `definitions that real functions send have the expected outcomes`() throws {
        guard let folder = SharedVectors.folder("odd-answers") else { return }
        let data = try Data(contentsOf: folder.appendingPathComponent("odd-answers.json"))
        let rows = try JSONValue(parsing: [UInt8](data).span)["definitions"]?.arrayValue ?? []
        #expect(rows.count >= 23)
        for row in rows {
            let label = row["label"]?.stringValue ?? ""
            let text = Self.text(of: row)
            let words = (row["expect"]?.stringValue ?? "").split(separator: " ", maxSplits: 1).map {
                String($0)
            }
            do throws(ToolDefinitionFault) {
                let definition = try Self.read(text)
                let leftOut = definition.notes.filter { $0.isLeftOut }.map { $0.member }
                switch words.first {
                case "served": #expect(leftOut.isEmpty, "\(label)")
                case "served-without": #expect(leftOut == [words[1]], "\(label)")
                case "served-as":
                    let schema = try? JSONValue(parsing: words[1])
                    #expect(definition.inputSchema == schema, "\(label)")
                default: Issue.record("\(label) is served")
                }
            } catch {
                #expect(words.first == "refused", "\(label): \(error)")
                #expect(error.member.hasPrefix(words.last ?? "?"), "\(label): \(error.member)")
            }
        }
    }

    /// The text of a row: `raw` if the exact text matters; in `rawPattern`, `D*N` is the digit D, N times.
    private static func text(of row: JSONValue) -> String {
        if let raw = row["raw"]?.stringValue { return raw }
        if let pattern = row["rawPattern"]?.stringValue {
            let parts = pattern.components(separatedBy: "1*5000")
            return parts.joined(separator: String(repeating: "1", count: 5_000))
        }
        return row["definition"]?.text ?? ""
    }
}

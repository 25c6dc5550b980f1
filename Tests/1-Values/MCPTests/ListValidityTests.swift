import Bytes
import Foundation
import JSON
import MCP
import TestSupport
import Testing

/// Checks lists with independent judges: each revision's schema.json, and the official Python client.
struct ListValidityTests {
    private static let names = [
        "title", "description", "annotations", "icons", "execution", "_meta", "outputSchema", "inputSchema",
        "own",
    ]
    /// Values that are wrong for nearly every member, and right for some.
    private static let values = [
        "null", "5", "\"x\"", "true", "[]", "{}", "[null]", "[1]", "[\"a\"]",
        #"{"title":5,"readOnlyHint":"maybe"}"#,
        #"{"title":null,"readOnlyHint":true,"destructiveHint":1}"#, #"[{"src":"a"}]"#, #"[{"src":5}]"#,
        #"[{"src":"a","sizes":"48x48","theme":"blue"}]"#, #"[{"x":1}]"#, #"{"taskSupport":"maybe"}"#,
        #"{"taskSupport":null}"#, #"{"type":"object"}"#, #"{"type":"object","properties":[]}"#,
        #"{"type":"object","properties":{"a":true,"b":false,"c":[],"d":null}}"#,
        #"{"type":"object","required":null}"#,
        #"{"type":"object","required":"a"}"#, #"{"type":"object","properties":{"a":5}}"#,
        ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/B"}}}"##, #"{"type":"array"}"#,
        #"{"type":"object","properties":{"a":{"type":"strin"}}}"#, #"{"type":"object","$schema":5}"#,
        #"{"type":"object","properties":{"a":{"pattern":"(?P<x>a)"}}}"#, "\"\\ud800\"", "1e999",
    ]

    @Test
    func
        `whatever a target sends, each served tool is valid in every revision and the client takes the list`()
        throws
    {
        guard let schemas = SharedVectors.folder("mcp-schema") else { return }
        var definitions: [String] = []
        for name in Self.names {
            for value in Self.values {
                let schema = name == "inputSchema" ? "" : #","inputSchema":{"type":"object"}"#
                definitions.append(#"{"name":"t\#(definitions.count)","\#(name)":\#(value)\#(schema)}"#)
            }
        }
        var random = SeededGenerator(state: 11)
        for _ in 0..<1_500 {
            var members = #"{"name":"t\#(definitions.count)""#
            for name in Self.names.shuffled(using: &random).prefix(4) where name != "inputSchema" {
                members += #","\#(name)":\#(Self.values.randomElement(using: &random) ?? "0")"#
            }
            definitions.append(members + #","inputSchema":{"type":"object"}}"#)
        }
        var served: [ByteBuffer] = []
        for text in definitions {
            let bytes = Array(text.utf8)
            guard let read = try? ToolDefinition(bytes.span, in: 0..<bytes.count) else { continue }
            served.append(read.served ?? ByteBuffer(text))
        }
        #expect(served.count > 1_000 && served.count < definitions.count)
        var lines = ""
        for version in ProtocolVersion.allCases {
            let writer = ListWriter(version: version, identity: ServerIdentity(name: "gw", version: "1"))
            var out = ByteBuffer()
            writer.begin(&out)
            for (number, definition) in served.enumerated() {
                try writer.append(definition.bytes.span, exposedName: "a___t\(number)", to: &out)
            }
            writer.end(nextCursor: nil, ttlMs: 1, to: &out)
            lines += #"{"version":"\#(version.rawValue)","result":\#(out.text)}"# + "\n"
        }
        let verdict = try judge(lines, schemas)
        #expect(verdict == "judged \(4 * served.count) tools\n")
    }

    struct Kind: Sendable {
        let kind: CatalogKind
        let start: String
        let names: [String]
    }

    @Test(arguments: [
        Kind(
            kind: .prompt,
            start: #""name":"t""#,
            names: ["title", "description", "arguments", "icons", "_meta"]
        ),
        Kind(
            kind: .resource,
            start: #""uri":"test://t","name":"t""#,
            names: ["title", "description", "mimeType", "size", "annotations", "icons", "_meta"]
        ),
        Kind(
            kind: .template,
            start: #""uriTemplate":"test://{t}","name":"t""#,
            names: ["title", "description", "mimeType", "annotations", "icons", "_meta"]
        ),
    ])
    func `whatever a target sends, each served entry is valid in every revision`(_ row: Kind) throws {
        guard let schemas = SharedVectors.folder("mcp-schema") else { return }
        let values =
            Self.values + [
                #"[{"name":"a","required":"yes"}]"#, #"[{"name":"a","title":5,"description":null}]"#,
                #"[{"name":5}]"#, #"{"audience":["user",5],"priority":2}"#, #"{"lastModified":"today"}"#,
                "7.5",
                "-1",
            ]
        var served: [ByteBuffer] = []
        for name in row.names {
            for value in values {
                let text = #"{\#(row.start),"\#(name)":\#(value)}"#
                let bytes = Array(text.utf8)
                guard let read = try? EntryDefinition(row.kind, bytes.span, in: 0..<bytes.count) else {
                    continue
                }
                served.append(read.served ?? ByteBuffer(text))
            }
        }
        #expect(served.count > 60)
        var lines = ""
        for version in ProtocolVersion.allCases {
            let writer = ListWriter(
                version: version,
                identity: ServerIdentity(name: "gw", version: "1"),
                kind: row.kind
            )
            var out = ByteBuffer()
            writer.begin(&out)
            for (number, definition) in served.enumerated() {
                let name = row.kind == .prompt ? "a___t\(number)" : "mcp-gateway://a/test://t\(number)"
                try writer.append(definition.bytes.span, exposedName: name, to: &out)
            }
            writer.end(nextCursor: nil, ttlMs: 1, to: &out)
            lines += #"{"version":"\#(version.rawValue)","result":\#(out.text)}"# + "\n"
        }
        #expect(try judge(lines, schemas) == "judged \(4 * served.count) \(row.kind.listMember)\n")
    }

    private func judge(_ lines: String, _ schemas: URL) throws -> String {
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("lists-\(UUID()).jsonl")
        try Data(lines.utf8).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let process = Process()
        process.executableURL = Repository.root.appendingPathComponent(".venv/bin/python")
        process.arguments = [Repository.path("Tests/Python/list_judge.py"), schemas.path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}

/// A repeatable stream of numbers. SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

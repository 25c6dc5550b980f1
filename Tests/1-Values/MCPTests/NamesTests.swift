import Bytes
import JSON
import MCP
import Testing

struct ToolNameTests {
    @Test(arguments: [
        ("time___now", "time", "now"), ("a___b___c", "a", "b___c"), ("a____b", "a", "_b"),
        ("my-target-2___X.y_z-1", "my-target-2", "X.y_z-1"),
    ])
    func `an exposed name splits at its first three underscores`(
        _ exposed: String,
        _ target: String,
        _ tool: String
    ) throws {
        let name = try #require(ToolName(exposed: exposed))
        #expect(name.target == target)
        #expect(name.tool == tool)
        #expect(name.exposed == exposed)
    }

    @Test(arguments: [
        "", "time", "time__now", "___now", "time___", "Time___now", "ti me___now", "time___n ow", "-a___b",
        "a--b___c", "time___é",
    ])
    func `text that isn't an exposed name is refused`(_ exposed: String) {
        #expect(ToolName(exposed: exposed) == nil)
    }

    @Test(arguments: [
        ("a", true), ("a1-b2-c3", true), ("0", true), (String(repeating: "a", count: 50), true), ("", false),
        ("-a", false),
        ("a-", false), ("a--b", false), ("A", false), ("a_b", false), ("a.b", false),
        (String(repeating: "a", count: 51), false),
    ])
    func `a target's name follows its grammar`(_ name: String, _ isTarget: Bool) {
        #expect(ToolName.isTarget(name) == isTarget)
    }

    @Test
    func `a name that is too long is refused with an alias that fits`() throws {
        let tool = String(repeating: "x", count: 70)
        let fault = #expect(throws: ToolNameFault.self) { try ToolName(target: "weather", tool: tool) }
        guard case .tooLong(let exposed, 64, let alias?) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(exposed == "weather___" + tool)
        #expect(try ToolName(target: "weather", tool: alias).exposed.utf8.count == 64)
        #expect(fault?.description.contains(alias) == true)
        let other = #expect(throws: ToolNameFault.self) { try ToolName(target: "weather", tool: tool + "y") }
        #expect(other?.description.contains(alias) == false)
        #expect(throws: Never.self) { try ToolName(target: "weather", tool: tool, lengthMax: 128) }
        #expect(throws: ToolNameFault.self) {
            try ToolName(target: "weather", tool: String(repeating: "x", count: 128), lengthMax: 1_000)
        }
    }

    struct Naming: Sendable, CustomTestStringConvertible {
        let tool: String
        /// `nil` when it can't be exposed.
        let exposed: String?
        var says = ""

        var testDescription: String { tool }
    }

    @Test(arguments: [
        Naming(tool: "now", exposed: "time___now"),
        Naming(tool: "long", exposed: "time___short"),
        // The names of two tools are swapped.
        Naming(tool: "left", exposed: "time___right"),
        Naming(tool: "right", exposed: "time___left"),
        Naming(tool: "short", exposed: nil, says: "alias of the tool \"long\""),
        Naming(tool: "a/b c", exposed: "time___a-b-c"),
        Naming(tool: "a/b", exposed: nil, says: "letters, digits, underscores, dots and hyphens"),
        Naming(tool: "a b", exposed: nil, says: "1 to 128"),
        Naming(tool: "", exposed: nil, says: "1 to 128"),
        Naming(
            tool: String(repeating: "n", count: 13),
            exposed: "time___" + String(repeating: "n", count: 13)
        ),
        Naming(tool: String(repeating: "n", count: 14), exposed: nil, says: "21 characters, more than 20"),
        Naming(tool: "stretched", exposed: nil, says: "21 characters, more than 20"),
    ])
    func `a tool is exposed by its alias, or by its own name where that is free and fits`(_ row: Naming)
        throws
    {
        let naming = ToolNaming(
            target: "time",
            aliases: [
                "long": "short", "left": "right", "right": "left", "a/b c": "a-b-c", "gone": "away",
                "stretched": String(repeating: "s", count: 14),
            ],
            lengthMax: 20
        )
        guard let exposed = row.exposed else {
            let fault = #expect(throws: ToolNameFault.self) { try naming.exposed(row.tool) }
            #expect(fault?.description.contains(row.says) == true, "\(String(describing: fault))")
            return
        }
        #expect(try naming.exposed(row.tool).exposed == exposed)
    }

    @Test
    func `a name that breaks its grammar is in the error`() {
        #expect(throws: ToolNameFault.invalidTarget("A")) { try ToolName(target: "A", tool: "b") }
        #expect(throws: ToolNameFault.invalidTool("b c")) { try ToolName(target: "a", tool: "b c") }
        #expect(!ToolNameFault.invalidTool("x\u{202E}y").description.contains("\u{202E}"))
    }
}

struct CursorTests {
    @Test(arguments: ["", "a", "time___now", "ab", "abc", String(repeating: "x", count: 128)])
    func `a cursor is read back from its text`(_ name: String) {
        let text = Cursor(after: name).text
        #expect(Cursor(text)?.lastName == name)
        #expect(text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || $0 == 45 || $0 == 95 })
    }

    @Test
    func `any changed, cut or foreign cursor is refused`() {
        let text = Cursor(after: "time___now").text
        for index in text.utf8.indices {
            for byte in Array("Az09-_=+ ".utf8) where text.utf8[index] != byte {
                var bytes = Array(text.utf8)
                bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] = byte
                #expect(Cursor(String(decoding: bytes, as: UTF8.self)) == nil)
            }
        }
        for count in 0..<text.count { #expect(Cursor(String(text.prefix(count))) == nil) }
        for foreign in ["", "1", "eyJvZmZzZXQiOjEwfQ", "page2", "é", String(repeating: "A", count: 100_000)] {
            #expect(Cursor(foreign) == nil)
        }
    }
}

struct ToolDefinitionTests {
    @Test
    func `a valid definition is read with its header parameters and canonical form`() throws {
        let text =
            #" {"inputSchema":{"type":"object","properties":{"r":{"type":"string","x-mcp-header":"R"}}},"name":"a","title":null,"description":"l1\n\tl2"} "#
        let bytes = Array(text.utf8)
        let definition = try ToolDefinition(bytes.span, in: 0..<bytes.count)
        #expect(definition.name == "a")
        #expect(definition.title == nil)
        #expect(definition.description == "l1\n\tl2")
        #expect(definition.headerParameters.parameters.map(\.header) == ["mcp-param-r"])
        #expect(definition.canonical.text.hasPrefix(#"{"description":"#))
    }

    @Test(arguments: [
        ("[]", "not an object"), ("{", "too early"), (#"{"name":"a","name":"b"}"#, "twice"),
        ("{}", "name is missing"),
        (#"{"name":1}"#, "name must be"),
        (#"{"name":"a"}"#, "inputSchema is missing"),
        (#"{"name":"a","inputSchema":[]}"#, "inputSchema.type is missing"),
        (#"{"name":"a","inputSchema":{}}"#, "inputSchema.type"),
        (#"{"name":"a","inputSchema":{"type":"array"}}"#, "inputSchema.type"),
        (
            #"{"name":"a","description":"x\u0000","inputSchema":{"type":"object"}}"#,
            "description holds the invisible character U+0000"
        ),
        (
            #"{"name":"a","title":"x\u202ey","inputSchema":{"type":"object"}}"#,
            "title holds the invisible character U+202E"
        ),
        (#"{"name":"a","description":"\u200b","inputSchema":{"type":"object"}}"#, "U+200B"),
        (#"{"name":"a","description":"\udb40\udc41","inputSchema":{"type":"object"}}"#, "U+E0041"),
        (
            #"{"name":"a","inputSchema":{"type":"object","properties":{"p":{"description":"\u2066"}}}}"#,
            "inputSchema.properties.p.description holds the invisible character U+2066"
        ),
        (#"{"name":"a","inputSchema":{"type":"object","properties":{"p\u200d":{}}}}"#, "U+200D"),
        (#"{"name":"a","inputSchema":{"type":"object","anyOf":[{"title":"\ufeff"}]}}"#, "anyOf[0].title"),
        (#"{"name":"a","inputSchema":{"type":"object","x-mcp-header":"X"}}"#, "x-mcp-header"),
        (
            #"{"name":"a","inputSchema":{"type":"object","properties":{"x":{"enum":["one","t\u200Bwo"]}}}}"#,
            "inputSchema.properties.x.enum[1] holds the invisible character U+200B"
        ),
        (
            #"{"name":"a","inputSchema":{"type":"object"},"annotations":{"note":"\u202Eevil"}}"#,
            "annotations.note holds the invisible character U+202E"
        ),
    ])
    func `a definition that would break a client or hide something from a reviewer is refused`(
        _ text: String,
        _ part: String
    ) {
        let bytes = Array(text.utf8)
        let fault = #expect(throws: ToolDefinitionFault.self) {
            try ToolDefinition(bytes.span, in: 0..<bytes.count)
        }
        #expect(fault?.description.contains(part) == true, "\(fault?.description ?? "")")
    }

    @Test
    func `a definition beyond the bound is refused without reading it`() {
        let bytes = [UInt8](repeating: 0x20, count: 300_000)
        #expect(throws: ToolDefinitionFault.tooLarge(count: 300_000, bytesMax: 262_144)) {
            try ToolDefinition(bytes.span, in: 0..<bytes.count)
        }
    }
}

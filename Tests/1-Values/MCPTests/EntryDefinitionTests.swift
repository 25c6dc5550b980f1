import Bytes
import JSON
import MCP
import Testing

/// Which prompts, resources and templates are listed, and in which form.
struct EntryDefinitionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: CatalogKind
        let definition: String
        /// The own name, of one that is fit.
        var name: String?
        /// What is served, where that isn't what was sent.
        var served: String?
        var notes: [String] = []
        /// The words of the fault, of one that isn't.
        var fault: String?

        init(
            _ kind: CatalogKind,
            _ definition: String,
            name: String? = nil,
            served: String? = nil,
            notes: [String] = [],
            fault: String? = nil
        ) {
            self.kind = kind
            self.definition = definition
            self.name = name
            self.served = served
            self.notes = notes
            self.fault = fault
        }

        var testDescription: String { "\(kind) \(definition)" }
    }

    private static func read(_ row: Row, allowsHidden: Bool = false) throws(ToolDefinitionFault)
        -> EntryDefinition
    {
        let bytes = Array(row.definition.utf8)
        return try EntryDefinition(row.kind, bytes.span, in: 0..<bytes.count, allowsHidden: allowsHidden)
    }

    @Test(arguments: [
        Row(.prompt, #"{"name":"summary"}"#, name: "summary"),
        Row(.prompt, #"{"name":"Wöchentlicher Bericht","x-own":[1.50]}"#, name: "Wöchentlicher Bericht"),
        Row(
            .prompt,
            #"{"name":"p","title":7,"arguments":[{"name":"a","required":true,"title":null}]}"#,
            name: "p",
            served: #"{"name":"p","arguments":[{"name":"a","required":true}]}"#,
            notes: ["title must be a string"]
        ),
        Row(.resource, #"{"uri":"file:///a.txt","name":"a","size":7}"#, name: "file:///a.txt"),
        Row(
            .resource,
            #"{"uri":"test://a","name":"a","size":"7","annotations":{"priority":2}}"#,
            name: "test://a",
            served: #"{"uri":"test://a","name":"a","annotations":{}}"#,
            notes: ["size must be a whole number", "annotations.priority must be a number from 0.0 to 1.0"]
        ),
        Row(.template, #"{"uriTemplate":"db://{table}/rows","name":"rows"}"#, name: "db://{table}/rows"),
        Row(.instructions, #"{"instructions":"Be brief."}"#, name: ""),
    ])
    func `what is sound is listed, without the optional members that aren't`(_ row: Row) throws {
        let read = try Self.read(row)
        #expect(read.ownName == row.name)
        #expect(read.served?.text == row.served)
        #expect(read.notes.map { "\($0.member) \($0.reason)" } == row.notes)
    }

    @Test(arguments: [
        Row(.prompt, "[]", fault: "is not an object"),
        Row(.prompt, "{}", fault: "name is missing"),
        Row(.prompt, #"{"name":7}"#, fault: "name must be a string"),
        Row(.prompt, #"{"name":""}"#, fault: "1 to 128 bytes"),
        Row(.prompt, #"{"name":"\#(String(repeating: "n", count: 129))"}"#, fault: "1 to 128 bytes"),
        Row(.prompt, #"{"name":" p"}"#, fault: "begin or end with a space"),
        Row(.prompt, #"{"name":"a\nb"}"#, fault: "can't be seen"),
        Row(.prompt, #"{"name":"a\u200bb"}"#, fault: "U+200B"),
        Row(.prompt, #"{"name":"p","description":"a\u2066b"}"#, fault: "U+2066"),
        Row(.prompt, #"{"name":"p","arguments":[{"title":"x"}]}"#, fault: "arguments[0].name is missing"),
        Row(.prompt, #"{"name":"p","arguments":{"a":1}}"#, fault: "arguments must be a list"),
        Row(
            .prompt,
            #"{"name":"p","arguments":[\#((0...100).map { #"{"name":"a\#($0)"}"# }.joined(separator: ","))]}"#,
            fault: "at most 100"
        ),
        Row(.prompt, #"{"name":"p","name":"q"}"#, fault: "not sound"),
        Row(.resource, #"{"name":"a"}"#, fault: "uri is missing"),
        Row(.resource, #"{"uri":"test://a"}"#, fault: "name is missing"),
        Row(.resource, #"{"uri":"a.txt","name":"a"}"#, fault: "an absolute URI"),
        Row(.resource, #"{"uri":"test://a b","name":"a"}"#, fault: "encode others"),
        Row(.resource, #"{"uri":"test://ä","name":"a"}"#, fault: "encode others"),
        Row(.resource, #"{"uri":"mcp-gateway://time/x:y","name":"a"}"#, fault: "mcp-gateway:"),
        Row(.resource, #"{"uri":"MCP-Gateway://time/x:y","name":"a"}"#, fault: "mcp-gateway:"),
        Row(
            .resource,
            #"{"uri":"test://\#(String(repeating: "a", count: 2_050))","name":"a"}"#,
            fault: "1 to 2048 bytes"
        ),
        Row(.template, #"{"uriTemplate":"{+any}","name":"a"}"#, fault: "begin with a scheme"),
        Row(.template, #"{"uriTemplate":"a/{b}","name":"a"}"#, fault: "begin with a scheme"),
        Row(.template, #"{"uriTemplate":"a:{b","name":"a"}"#, fault: "close its braces"),
        Row(.template, #"{"uriTemplate":"a:{}","name":"a"}"#, fault: "a name inside"),
        Row(.template, #"{"uriTemplate":"a:{b{c}}","name":"a"}"#, fault: "no brace inside"),
        Row(.template, #"{"uriTemplate":"a:}b","name":"a"}"#, fault: "a name inside"),
        Row(.template, #"{"uriTemplate":"a:{b c}","name":"a"}"#, fault: "RFC 6570"),
        Row(
            .template,
            #"{"uriTemplate":"a:\#(String(repeating: "{b}", count: 21))","name":"a"}"#,
            fault: "at most 20"
        ),
        Row(.template, #"{"uriTemplate":"mcp-gateway://t/{a}","name":"a"}"#, fault: "mcp-gateway:"),
        Row(.instructions, #"{"instructions":""}"#, fault: "1 to 4096 bytes"),
        Row(
            .instructions,
            #"{"instructions":"\#(String(repeating: "a", count: 4_097))"}"#,
            fault: "1 to 4096 bytes"
        ),
        Row(.instructions, #"{"instructions":"a\u202eb"}"#, fault: "U+202E"),
    ])
    func `what no client could use is refused, and the member named`(_ row: Row) throws {
        let fault = #expect(throws: ToolDefinitionFault.self) { try Self.read(row) }
        let told = "\(fault?.member ?? "") \(fault?.description ?? "")"
        #expect(told.contains(row.fault ?? "-"), "\(told)")
    }

    @Test func `a target that may hides characters in texts, and never in a prompt's name`() throws {
        let text = try Self.read(
            Row(.prompt, #"{"name":"p","description":"a\u200bb"}"#),
            allowsHidden: true
        )
        #expect(text.notes.count == 1)
        #expect(throws: ToolDefinitionFault.self) {
            try Self.read(Row(.prompt, #"{"name":"a\u200bb"}"#), allowsHidden: true)
        }
    }

    @Test func `20,000 mutated definitions are served as sound JSON or refused, and never crash`() {
        let seeds: [(CatalogKind, String)] = [
            (
                .prompt,
                #"{"name":"p","title":"T","arguments":[{"name":"a","required":true}],"icons":[{"src":"a"}]}"#
            ),
            (
                .resource,
                #"{"uri":"file:///a/%41?b#c","name":"n","size":7,"annotations":{"audience":["user"]}}"#
            ),
            (.template, #"{"uriTemplate":"db://{a}/{+b}{?c,d*}","name":"n","mimeType":"text/plain"}"#),
            (.instructions, #"{"instructions":"Use \"a\" first.\nThen b."}"#),
        ]
        var state: UInt64 = 3
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let alphabet = Array("{}[]\",:\\u0aE.-+%/#?*&nt \n".utf8) + [0, 0x7F, 0x80, 0xE2, 0xFF]
        var fit = 0
        for round in 0..<20_000 {
            let (kind, text) = seeds[round % seeds.count]
            var bytes = Array(text.utf8)
            for _ in 0..<below(4) {
                let place = below(bytes.count)
                switch below(3) {
                case 0: bytes[place] = alphabet[below(alphabet.count)]
                case 1: bytes.insert(alphabet[below(alphabet.count)], at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + below(9)))
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
            }
            guard let read = try? EntryDefinition(kind, bytes.span, in: 0..<bytes.count) else { continue }
            fit += 1
            let served = read.served?.bytes ?? bytes
            #expect((try? JSONValue(parsing: served.span)) != nil)
            if kind == .resource || kind == .template {
                #expect(read.ownName.utf8.allSatisfy { 0x21...0x7E ~= $0 })
            }
        }
        #expect(fit > 3_000)
    }
}

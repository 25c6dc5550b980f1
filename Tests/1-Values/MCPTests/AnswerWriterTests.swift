import Bytes
import JSON
import MCP
import Testing

/// What becomes of a target's prompt, resource or completion.
struct AnswerWriterTests {
    enum Kind: Sendable { case prompt, contents, completion }

    struct Row: Sendable, CustomTestStringConvertible {
        let kind: Kind
        let result: String
        var version = ProtocolVersion.v20251125
        /// What is written; or the words of the fault.
        var written: String?
        var fault: String?

        var testDescription: String { "\(version.rawValue) \(result)" }
    }

    private static func write(_ row: Row) throws(ToolResultFault) -> String {
        let writer = AnswerWriter(
            version: row.version,
            identity: ServerIdentity(name: "gw", version: "1")
        )
        let bytes = Array("  \(row.result) ".utf8)
        let range = 2..<bytes.count - 1
        var out = ByteBuffer("[")
        do throws(ToolResultFault) {
            switch row.kind {
            case .prompt: try writer.appendPrompt(range, in: bytes.span, to: &out)
            case .contents: try writer.appendContents(range, in: bytes.span, to: &out)
            case .completion: try writer.appendCompletion(range, in: bytes.span, to: &out)
            }
        } catch {
            #expect(out.text == "[")
            throw error
        }
        return String(out.text.dropFirst())
    }

    private static let meta = #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1"}}"#
    private static let message = #"{"role":"user","content":{"type":"text","text":"\u00e9\/ 1.50"}}"#

    @Test(arguments: [
        Row(kind: .prompt, result: #"{"messages":[]}"#, written: #"{"messages":[]}"#),
        Row(
            kind: .prompt,
            result: #"{ "description":"d", "messages" : [\#(message)] , "x-own":[1E2,null],"gone":null}"#,
            written: #"{"description":"d","messages":[\#(message)],"x-own":[1E2,null]}"#
        ),
        Row(
            kind: .prompt,
            result: #"{"description":7,"messages":[\#(message)],"_meta":{"a":1},"ttlMs":5}"#,
            version: .v20260728,
            written:
                #"{"resultType":"complete","messages":[\#(message)],"_meta":{"a":1,\#(meta.dropFirst(9).dropLast())}}"#
        ),
        Row(
            kind: .prompt,
            result:
                #"{"messages":[{"role":"assistant","content":{"type":"resource_link","uri":"a:b","name":"n"}}]}"#,
            version: .v20250326,
            written: #"{"messages":[{"role":"assistant","content":{"type":"text","text":"n: a:b"}}]}"#
        ),
        Row(
            kind: .contents,
            result: #"{"contents":[{"uri":"a:b","text":"x","mimeType":null},{"uri":"a:c","blob":"AA=="}]}"#,
            written: #"{"contents":[{"uri":"a:b","text":"x"},{"uri":"a:c","blob":"AA=="}]}"#
        ),
        Row(
            kind: .contents,
            result:
                #"{"resultType":"complete","contents":[{"uri":"a:b","text":"x"}],"ttlMs":250,"cacheScope":"public"}"#,
            version: .v20260728,
            written:
                #"{"resultType":"complete","contents":[{"uri":"a:b","text":"x"}],"ttlMs":250,"cacheScope":"private",\#(meta)}"#
        ),
        Row(
            kind: .contents,
            result: #"{"contents":[{"uri":"a:b","text":"x"}],"ttlMs":-1}"#,
            version: .v20260728,
            written:
                #"{"resultType":"complete","contents":[{"uri":"a:b","text":"x"}],"ttlMs":0,"cacheScope":"private",\#(meta)}"#
        ),
        Row(
            kind: .completion,
            result: #"{"completion":{"values":["a","b"],"total":7,"hasMore":true,"x":1}}"#,
            written: #"{"completion":{"values":["a","b"],"total":7,"hasMore":true}}"#
        ),
        Row(
            kind: .completion,
            result: #"{"completion":{"values":[\#((0..<101).map { "\"\($0)\"" }.joined(separator: ","))]}}"#,
            written:
                #"{"completion":{"values":[\#((0..<100).map { "\"\($0)\"" }.joined(separator: ","))],"total":101,"hasMore":true}}"#
        ),
    ])
    func `what is in order keeps its bytes, and what the revision doesn't know goes`(_ row: Row) throws {
        #expect(try Self.write(row) == row.written)
    }

    @Test(arguments: [
        Row(kind: .prompt, result: "{}", fault: "no member messages"),
        Row(kind: .prompt, result: "[]", fault: "not an object"),
        Row(
            kind: .prompt,
            result: #"{"messages":{}}"#,
            fault: "messages of the target's result is not a list"
        ),
        Row(kind: .prompt, result: #"{"messages":[7]}"#, fault: "messages[0] must be an object"),
        Row(
            kind: .prompt,
            result: #"{"messages":[{"role":"system","content":{}}]}"#,
            fault: "messages[0].role"
        ),
        Row(
            kind: .prompt,
            result: #"{"messages":[{"role":"user"}]}"#,
            fault: "messages[0].content is missing"
        ),
        Row(
            kind: .prompt,
            result: #"{"messages":[{"role":"user","content":"text"}]}"#,
            fault: "messages[0].content must be an object"
        ),
        Row(
            kind: .prompt,
            result: #"{"messages":[{"role":"user","content":{"type":"video"}}]}"#,
            fault: "messages[0].content.type"
        ),
        Row(kind: .prompt, result: #"{"messages":[],"messages":[]}"#, fault: "not sound"),
        Row(kind: .prompt, result: #"{"resultType":"input_required"}"#, fault: "asks for further input"),
        Row(kind: .prompt, result: #"{"resultType":"task","messages":[]}"#, fault: "unknown resultType"),
        Row(kind: .contents, result: #"{"contents":[]}"#, fault: "no contents"),
        Row(kind: .contents, result: #"{"contents":[{"text":"x"}]}"#, fault: "contents[0].uri is missing"),
        Row(kind: .contents, result: #"{"contents":[{"uri":"a:b"}]}"#, fault: "contents[0].blob is missing"),
        Row(kind: .contents, result: #"{"contents":[{"uri":"a:b","blob":"?"}]}"#, fault: "must be Base64"),
        Row(kind: .completion, result: #"{"completion":[]}"#, fault: "completion.values"),
        Row(kind: .completion, result: #"{"completion":{"values":[1]}}"#, fault: "completion.values"),
    ])
    func `what no client could read is refused, and the place named`(_ row: Row) throws {
        let fault = #expect(throws: ToolResultFault.self) { try Self.write(row) }
        #expect(fault?.description.contains(row.fault ?? "-") == true, "\(fault?.description ?? "")")
    }

    @Test func `12,000 mutated results are written as sound JSON or refused, and never crash`() {
        let seeds: [(Kind, String)] = [
            (
                .prompt,
                #"{"description":"d","messages":[{"role":"user","content":{"type":"text","text":"\ud83d\ude00"}}]}"#
            ),
            (
                .prompt,
                #"{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"a:b","text":"t"}}}]}"#
            ),
            (.contents, #"{"contents":[{"uri":"a:b","text":"x"},{"uri":"a:c","blob":"AA=="}],"ttlMs":5}"#),
            (.completion, #"{"completion":{"values":["a","b"],"total":2,"hasMore":false}}"#),
        ]
        var state: UInt64 = 8
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let alphabet = Array("{}[]\",:\\u0aE.-+nt \n".utf8) + [0, 0x80, 0xED, 0xFF]
        var written = 0
        for round in 0..<12_000 {
            let (kind, text) = seeds[round % seeds.count]
            var bytes = Array(text.utf8)
            for _ in 0..<below(4) {
                let place = below(bytes.count)
                if below(2) == 0 {
                    bytes[place] = alphabet[below(alphabet.count)]
                } else {
                    bytes.insert(alphabet[below(alphabet.count)], at: place)
                }
            }
            // Contracts hand on sound JSON alone.
            guard let range = try? JSON.validate(bytes.span) else { continue }
            let writer = AnswerWriter(
                version: ProtocolVersion.allCases[round % ProtocolVersion.allCases.count],
                identity: ServerIdentity(name: "gw", version: "1")
            )
            var out = ByteBuffer()
            do throws(ToolResultFault) {
                switch kind {
                case .prompt: try writer.appendPrompt(range, in: bytes.span, to: &out)
                case .contents: try writer.appendContents(range, in: bytes.span, to: &out)
                case .completion: try writer.appendCompletion(range, in: bytes.span, to: &out)
                }
                written += 1
                #expect((try? JSONValue(parsing: out.text)) != nil, "\(out.text)")
            } catch {
                #expect(out.count == 0)
            }
            _ = ResultURIs.rewritten(range, in: bytes.span, of: .promptsGet) { "x-\($0)" }
        }
        #expect(written > 2_000)
    }

    struct Rewriting: Sendable {
        let method: MCPMethod
        let result: String
        let written: String?
    }

    @Test(arguments: [
        Rewriting(method: .toolsCall, result: #"{"content":[{"type":"text","text":"a:b"}]}"#, written: nil),
        Rewriting(
            method: .toolsCall,
            result:
                #"{"content":[{"type":"resource_link","uri":"a:b","name":"n"} , {"type":"resource","resource":{"uri":"a:\u0063","text":"a:b"}}],"x":1.0}"#,
            written:
                #"{"content":[{"type":"resource_link","uri":"g:a:b","name":"n"} , {"type":"resource","resource":{"uri":"g:a:c","text":"a:b"}}],"x":1.0}"#
        ),
        Rewriting(
            method: .promptsGet,
            result:
                #"{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"a:b","text":"t"}}}]}"#,
            written:
                #"{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"g:a:b","text":"t"}}}]}"#
        ),
        Rewriting(
            method: .resourcesRead,
            result: #"{"contents":[{"uri":"a:b","text":"t"},{"uri":"other:c","text":"t"}]}"#,
            written: #"{"contents":[{"uri":"g:a:b","text":"t"},{"uri":"other:c","text":"t"}]}"#
        ),
        Rewriting(method: .resourcesRead, result: #"{"contents":"a:b"}"#, written: nil),
    ])
    func `URIs inside a result are rewritten where they name a resource, and nowhere else`(_ row: Rewriting) {
        let bytes = Array(row.result.utf8)
        let written = ResultURIs.rewritten(0..<bytes.count, in: bytes.span, of: row.method) { uri in
            uri.hasPrefix("a:") ? "g:\(uri)" : uri
        }
        #expect(written?.text == row.written)
    }
}

import Bytes
import Foundation
import Gateway
import JSON
import TestSupport
import Testing

/// Answers that real functions send, collected outside the project, and the result that each agent gets: `odd-answers`
/// of the shared vectors.
struct OddAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let label: String
        /// The answer of a function under `mcp-wrapper`.
        let payload: String
        /// The same result from a function under `jsonrpc`; nil for a row about wrappers.
        let envelope: String?
        let expect: JSONValue
        var testDescription: String { label }
    }

    /// The rows of both tables; empty, with a notice on stdout, when the vectors aren't there.
    static let rows: [Row] = {
        guard let file = SharedVectors.folder("odd-answers")?.appendingPathComponent("odd-answers.json"),
            let data = FileManager.default.contents(atPath: file.path),
            let table = try? JSONValue(parsing: Array(data).span)
        else { return [] }
        let results = (table["results"]?.arrayValue ?? []).map { row in
            let result = row["result"]?.text ?? ""
            return Row(
                label: row["label"]?.stringValue ?? "",
                payload: wrapped(result),
                envelope: #"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#,
                expect: row["expect"] ?? .null
            )
        }
        let wrappers = (table["wrappers"]?.arrayValue ?? []).map { row in
            Row(
                label: row["label"]?.stringValue ?? "",
                payload: row["answer"]?.text ?? "",
                envelope: nil,
                expect: row["expect"] ?? .null
            )
        }
        return results + wrappers
    }()

    private static func wrapped(_ body: String) -> String {
        var out = ByteBuffer(#"{"statusCode":200,"body":"#)
        JSON.appendString(body, to: &out)
        out.append("}")
        return out.text
    }

    @Test(arguments: rows)
    func `each agent gets the expected result for each odd answer`(_ row: Row) async throws {
        try await withAgents { agents in
            for (tool, payload) in [("time___now", row.payload), ("rpc___echo", row.envelope)] {
                guard let payload else { continue }
                agents.upstream.respond = { _ in FakeUpstream.answer(payload) }
                for ask in [
                    Ask.modernCall(tool), .legacyCall(tool, version: "2025-11-25"), .legacyCall(tool),
                    .legacyCall(tool, version: "2025-03-26"),
                ] {
                    check(row.expect, try await agents.expect(200, ask), ask)
                }
            }
            let isError = row.expect["isError"]?.boolValue == true
            let isBad = row.expect["code"] != nil || row.label == "redirect"
            let outcome = isBad ? "bad_answer" : isError ? "tool_error" : "ok"
            let metric = #"mcp_gateway_calls_total{target="time",tool="now",outcome="\#(outcome)"}"#
            #expect(agents.metric(metric) == "4")
        }
    }

    private func check(_ expected: JSONValue, _ reply: Reply, _ ask: Ask) {
        let result = reply.result
        let isOldest = ask.testDescription.contains("2025-03-26")
        #expect(
            result["isError"]?.boolValue ?? false == expected["isError"]?.boolValue ?? false,
            "\(reply.body)"
        )
        if let text = expected["text"] { #expect(result["content"] == [["type": "text", "text": text]]) }
        if let code = expected["code"] {
            #expect(reply.failure["code"] == code)
            #expect(reply.text?.contains("content[0]") == true && reply.text?.contains("The block: ") == true)
        }
        if let block = expected["block"] { #expect(result["content"] == [block]) }
        if let structured = expected["structuredContent"] {
            #expect(result["structuredContent"] == (isOldest ? JSONValue?.none : structured))
            // Clients without structured content, and results without other content, have it as text.
            #expect(reply.text == structured.text)
        }
        if let text = expected["legacyText"], isOldest { #expect(reply.text == text.stringValue) }
    }

    @Test func `a failure in any form is counted as a tool error`() async throws {
        try await withAgents { agents in
            let forms = [
                #"{"isError":true,"message":"boom"}"#, #"{"isError":true,"content":null}"#,
                #"{"is_error":true,"content":[]}"#, #"{"error":"boom"}"#,
                #"{"statusCode":500,"body":"{\"content\":[]}"}"#,
                #"{"errorMessage":"boom","errorType":"ValueError"}"#,
            ]
            for form in forms {
                agents.upstream.respond = { _ in FakeUpstream.answer(form) }
                let reply = try await agents.expect(200, .modernCall("time___now"))
                #expect(reply.result["isError"]?.boolValue == true, "\(form)")
            }
            let metric = #"mcp_gateway_calls_total{target="time",tool="now",outcome="tool_error"}"#
            #expect(agents.metric(metric) == "\(forms.count)")
        }
    }

    @Test func `lone surrogates in texts arrive as U+FFFD`() async throws {
        try await withAgents { agents in
            for payload in [
                #"{"content":[{"type":"text","text":"a\udcffb.txt"}],"structuredContent":{"f":"\udcff"}}"#,
                #"{"statusCode":200,"body":"{\"content\":[{\"type\":\"text\",\"text\":\"a\\udcffb.txt\"}],\"structuredContent\":{\"f\":\"\\udcff\"}}"}"#,
            ] {
                agents.upstream.respond = { _ in FakeUpstream.answer(payload) }
                for ask in [Ask.modernCall("time___now"), .legacyCall("time___now")] {
                    let reply = try await agents.expect(200, ask)
                    #expect(reply.text == "a\u{FFFD}b.txt")
                    #expect(reply.result["structuredContent"] == ["f": "\u{FFFD}"])
                    #expect(!reply.body.contains(#"\udcff"#))
                }
            }
        }
    }
}

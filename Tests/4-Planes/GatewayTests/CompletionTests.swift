import EventLoop
import Gateway
import JSON
import TestSupport
import Testing

/// `completion/complete`: for prompts and templates, by the same decision.
struct CompletionTests {
    struct Row: Sendable {
        let ref: String
        /// The reference as its function gets it.
        let sent: String
    }

    @Test(arguments: [
        Row(
            ref: #"{"type":"ref/prompt","name":"docs___search"}"#,
            sent: #"{"type":"ref/prompt","name":"search"}"#
        ),
        Row(
            ref: #"{"type":"ref/resource","uri":"file:///{+path}"}"#,
            sent: #"{"type":"ref/resource","uri":"file:///{+path}"}"#
        ),
        Row(
            ref: #"{"uri":"mcp-gateway://docs/file:///{+path}","type":"ref/resource"}"#,
            sent: #"{"type":"ref/resource","uri":"file:///{+path}"}"#
        ),
        Row(
            ref: #"{"type":"ref/resource","uri":"mcp-gateway://docs/same:x"}"#,
            sent: #"{"type":"ref/resource","uri":"same:x"}"#
        ),
    ])
    func `what is referred to is named to its function as that calls it`(_ row: Row) async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"completion":{"values":["Oslo"],"total":1}}"#, for: "jsonrpc")
            }
            for isModern in [true, false] {
                let reply = try await agents.expect(200, .complete(row.ref, isModern: isModern))
                #expect(reply.result["completion"] == (["values": ["Oslo"], "total": 1] as JSONValue))
                #expect((reply.result["resultType"] != nil) == isModern)
            }
            let params =
                #"{"ref":\#(row.sent),"argument":{"name":"city","value":"Os"},"context":{"arguments":{"a":"b"}}}"#
            #expect(agents.upstream.sent.allSatisfy { $0.payload.contains(#""params":\#(params)"#) })
        }
    }

    @Test func `a target that completes nothing offers nothing`() async throws {
        try await withAgents(Library.snapshot()) { agents in
            agents.upstream.respond = { _ in
                FakeUpstream.answer(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#)
            }
            for isModern in [true, false] {
                let ref = #"{"type":"ref/prompt","name":"docs___search"}"#
                let reply = try await agents.expect(200, .complete(ref, isModern: isModern))
                #expect(reply.result["completion"]?["values"]?.arrayValue?.isEmpty == true)
            }
        }
    }

    struct Refusal: Sendable {
        let params: String
        let words: String
    }

    private static let argument = #""argument":{"name":"a","value":"b"}"#

    @Test(arguments: [
        Refusal(params: argument, words: "params.ref must be an object."),
        Refusal(
            params: #""ref":{"type":"ref/prompt","name":"docs___search"}"#,
            words: "params.argument must"
        ),
        Refusal(params: #""ref":{},\#(argument)"#, words: "params.ref.type must be a string."),
        Refusal(params: #""ref":{"type":"ref/tool"},\#(argument)"#, words: "ref/prompt or ref/resource"),
        Refusal(params: #""ref":{"type":"ref/prompt"},\#(argument)"#, words: "params.ref.name must"),
        Refusal(
            params: #""ref":{"type":"ref/prompt","name":"docs___search"},"argument":{"name":"a","value":7}"#,
            words: "params.argument.value must be a string."
        ),
        Refusal(
            params: #""ref":{"type":"ref/prompt","name":"docs___held"},\#(argument)"#,
            words: "Unknown prompt: docs___held"
        ),
        Refusal(
            params: #""ref":{"type":"ref/resource","uri":"same:{x}"},\#(argument)"#,
            words: "Unknown resource: same:{x}"
        ),
    ])
    func `a reference to nothing that the caller has is refused, and no function asked`(
        _ row: Refusal
    ) async throws {
        try await withAgents(Library.snapshot()) { agents in
            let reply = try await agents.expect(
                400,
                .message("completion/complete", row.params, isModern: true)
            )
            #expect(reply.code == -32602 && reply.message?.contains(row.words) == true, "\(reply.body)")
            #expect(agents.upstream.sent.isEmpty)
        }
    }
}

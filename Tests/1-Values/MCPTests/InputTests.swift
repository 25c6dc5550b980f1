import Bytes
import JSON
import MCP
import Testing

/// What a client can be asked for, and what becomes of a target's request for input.
struct InputTests {
    private static func capabilities(_ text: String) -> InputCapabilities {
        let bytes = Array(text.utf8)
        return InputCapabilities(0..<bytes.count, in: bytes.span)
    }

    struct Declared: Sendable {
        let declared: String
        let relayed: String
    }

    @Test(arguments: [
        Declared(declared: "{}", relayed: "{}"),
        Declared(declared: #"{"elicitation":{}}"#, relayed: #"{"elicitation":{}}"#),
        Declared(declared: #"{"elicitation":{"form":{}}}"#, relayed: #"{"elicitation":{}}"#),
        Declared(declared: #"{"elicitation":{"url":{}}}"#, relayed: #"{"elicitation":{"url":{}}}"#),
        Declared(
            declared: #"{"elicitation":{"url":{},"form":{"x":1}}}"#,
            relayed: #"{"elicitation":{"form":{},"url":{}}}"#
        ),
        Declared(
            declared:
                #"{"roots":{"listChanged":true},"sampling":{"tools":{},"context":{}},"extensions":{"io.x/tasks":{}}}"#,
            relayed: #"{"sampling":{"context":{},"tools":{}},"roots":{}}"#
        ),
        Declared(declared: #"{"sampling":true,"elicitation":null,"roots":[],"tasks":{}}"#, relayed: "{}"),
        Declared(declared: #"{"experimental":{"sampling":{}}}"#, relayed: "{}"),
    ])
    func `of a client's capabilities those are relayed that a target can use through the gateway`(
        _ row: Declared
    ) {
        let capabilities = Self.capabilities(row.declared)
        var out = ByteBuffer()
        capabilities.append(to: &out)
        #expect(out.text == row.relayed)
        #expect(Self.capabilities(out.text) == capabilities)
    }

    private static func write(
        _ result: String,
        _ states: (String) -> String = { "<\($0)>" }
    ) throws(ToolResultFault) -> (text: String, needed: InputCapabilities) {
        let writer = AnswerWriter(version: .v20260728, identity: ServerIdentity(name: "gw", version: "1"))
        let bytes = Array("  \(result) ".utf8)
        var out = ByteBuffer("[")
        do throws(ToolResultFault) {
            let needed = try writer.appendInputRequired(2..<bytes.count - 1, in: bytes.span, to: &out) {
                state in
                states(state.text(0..<state.count))
            }
            return (String(out.text.dropFirst()), needed)
        } catch {
            #expect(out.text == "[")
            throw error
        }
    }

    private static let form =
        #"{"method":"elicitation/create","params":{"message":"\u00e9\/ 1","requestedSchema":{"type":"object","x":[1E2]}}}"#

    @Test func `a request for input keeps its bytes, but for the state and what is the gateway's to say`()
        throws
    {
        let result =
            #"{"inputRequests": {"a" : \#(Self.form)},"requestState":"s\"1","x-own":[1.50],"ttlMs":5,"#
            + #""resultType":"input_required","gone":null,"#
            + #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"t","version":"2"},"k":1E3}}"#
        let written = try Self.write(result)
        #expect(
            written.text == #"{"resultType":"input_required","inputRequests":{"a" : \#(Self.form)},"#
                + #""requestState":"<\"s\\\"1\">","x-own":[1.50],"_meta":{"k":1E3,"#
                + #""io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1"}}}"#
        )
        #expect(written.needed == .form)
    }

    struct Need: Sendable {
        let requests: String
        let needed: InputCapabilities
    }

    private static let messages = #""messages":[],"maxTokens":5"#

    @Test(arguments: [
        Need(requests: #""a":\#(form)"#, needed: .form),
        Need(
            requests:
                #""a":{"method":"elicitation/create","params":{"mode":"url","message":"m","url":"https://a"}}"#,
            needed: .url
        ),
        Need(
            requests: #""a":{"method":"roots/list"},"b":{"method":"roots/list","params":{}}"#,
            needed: .roots
        ),
        Need(
            requests:
                #""a":{"method":"sampling/createMessage","params":{\#(messages),"includeContext":"none"}}"#,
            needed: .sampling
        ),
        Need(
            requests: #""a":{"method":"sampling/createMessage","params":{\#(messages),"tools":[]}}"#,
            needed: [.sampling, .samplingTools]
        ),
        Need(
            requests:
                #""a":{"method":"sampling/createMessage","params":{\#(messages),"includeContext":"thisServer"}},"r":{"method":"roots/list"}"#,
            needed: [.sampling, .samplingContext, .roots]
        ),
    ])
    func `what a client must declare follows from what is asked`(_ row: Need) throws {
        let result = #"{"resultType":"input_required","inputRequests":{\#(row.requests)}}"#
        #expect(try Self.write(result).needed == row.needed)
    }

    @Test func `a state alone asks for nothing, and half a surrogate pair is mended`() throws {
        #expect(try Self.write(#"{"requestState":""}"#).needed == [])
        let mended = try Self.write(
            #"{"requestState":"\ud800","inputRequests":{"\ud800":{"method":"roots/list"}}}"#
        )
        #expect(!mended.text.contains("ud800"))
    }

    struct Bad: Sendable {
        let result: String
        let words: String
    }

    @Test(arguments: [
        Bad(result: "{}", words: "neither inputRequests nor requestState"),
        Bad(
            result: #"{"inputRequests":{},"requestState":null}"#,
            words: "neither inputRequests nor requestState"
        ),
        Bad(result: #"{"inputRequests":[]}"#, words: "inputRequests must be an object"),
        Bad(result: #"{"requestState":5}"#, words: "requestState must be a string"),
        Bad(
            result: #"{"inputRequests":{"a\u001b":{"method":"tools/call"}}}"#,
            words: "inputRequests.a<U+001B>.method must be elicitation/create"
        ),
        Bad(result: #"{"inputRequests":{"a":5}}"#, words: "inputRequests.a.method must be"),
        Bad(
            result: #"{"inputRequests":{"a":{"method":"elicitation/create"}}}"#,
            words: "inputRequests.a.params.message must be a string"
        ),
        Bad(
            result: #"{"inputRequests":{"a":{"method":"elicitation/create","params":{"message":"m"}}}}"#,
            words: "inputRequests.a.params.requestedSchema must be an object"
        ),
        Bad(
            result:
                #"{"inputRequests":{"a":{"method":"elicitation/create","params":{"message":"m","mode":"voice"}}}}"#,
            words: "inputRequests.a.params.mode must be form or url"
        ),
        Bad(
            result:
                #"{"inputRequests":{"a":{"method":"elicitation/create","params":{"message":"m","mode":"url"}}}}"#,
            words: "inputRequests.a.params.url must be a string"
        ),
        Bad(
            result: #"{"inputRequests":{"a":{"method":"sampling/createMessage","params":{"messages":[]}}}}"#,
            words: "inputRequests.a.params.maxTokens must be a number"
        ),
        Bad(
            result: #"{"inputRequests":{"a":{"method":"roots/list","params":[]}}}"#,
            words: "inputRequests.a.params must be an object"
        ),
        Bad(result: #"{"requestState":"a","requestState":"b"}"#, words: "not sound"),
        Bad(
            result: #"{"inputRequests":{"a":{"method":"roots/list","method":"roots/list"}}}"#,
            words: "not sound"
        ),
        Bad(
            result: #"{"requestState":"\#(String(repeating: "x", count: 65_535))"}"#,
            words: "requestState has 65537 bytes, and at most 65536"
        ),
        Bad(
            result:
                #"{"inputRequests":{\#((0...64).map { #""\#($0)":{"method":"roots/list"}"# }.joined(separator: ","))}}"#,
            words: "inputRequests has 65 members, and at most 64"
        ),
        Bad(
            result: #"{"requestState":"a","n":\#(String(repeating: "1", count: 2_000))}"#,
            words: "a number of 2000 characters"
        ),
    ])
    func `a request for input that no client could read is refused with the place of the fault`(_ row: Bad) {
        do throws(ToolResultFault) {
            let written = try Self.write(row.result)
            Issue.record("it was written as \(written.text)")
        } catch {
            #expect(error.description.contains(row.words), "\(error.description)")
        }
    }
}

import Bytes
import Contracts
import JSON
import MCP
import Testing

/// What a contract finds out about a result spares the writer a second reading. Both ways must write the same.
struct ResultFormTests {
    struct Row: Sendable {
        let result: String
        let form: ResultForm
    }

    private static let block = #"{"type":"text","text":"Oslo \"4\" °"}"#

    @Test(arguments: [
        Row(result: #"{"content":[\#(block)]}"#, form: .content),
        Row(result: #"{ "isError" : true , "content" : [\#(block), \#(block)] }"#, form: .content),
        Row(
            result: #"{"content":[\#(block)],"structuredContent":{"a":1},"isError":false}"#,
            form: .structuredContent
        ),
        Row(result: #"{"content":[]}"#, form: .unknown),
        Row(result: #"{"content":[{"type":"text","text":"x","annotations":{}}]}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"_meta":{"a":1}}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"resultType":"complete"}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"isError":null}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"isError":"true"}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"structuredContent":null}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"structuredContent":[1]}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"own":1}"#, form: .unknown),
        Row(result: #"{"content":[\#(block)],"is_error":false}"#, form: .unknown),
    ])
    func `a result of ordinary blocks and nothing that has to be changed is known as one`(_ row: Row) {
        #expect(answer(.mcpWrapper, wrapped(row.result)).form == row.form)
        #expect(answer(.function, row.result).form == row.form)
        #expect(
            answer(.mcpWrapper, wrapped(#"{"jsonrpc":"2.0","id":1,"result":\#(row.result)}"#)).form
                == row.form
        )
    }

    @Test func `a result whose status says failure is read again`() {
        #expect(answer(.mcpWrapper, wrapped(#"{"content":[\#(Self.block)]}"#, status: 500)).form == .unknown)
        let failed = #"{"content":[\#(Self.block)],"isError":true}"#
        #expect(answer(.mcpWrapper, wrapped(failed, status: 500)).form == .content)
    }

    /// 6,000 results of members that are usual, odd and wrong, in three wrappings, for each version.
    @Test func `the form of a result changes nothing about what is written`() throws {
        var random = Numbers(state: 20_261_130)
        var counts: [ResultForm: Int] = [:]
        for round in 0..<2_000 {
            let count = Int.random(in: 0...4, using: &random)
            let members = (0..<count).map { _ in Self.members.randomElement(using: &random) ?? "" }
            let space = round % 5 == 0 ? " " : ""
            let result = "{\(space)\(members.joined(separator: ",\(space)"))\(space)}"
            for payload in [
                result, wrapped(result, status: round % 7 == 0 ? 500 : 200),
                wrapped(#"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#),
            ] {
                let answer = answer(.mcpWrapper, payload)
                guard case .result(let range, let isError) = answer.kind else { continue }
                counts[answer.form, default: 0] += 1
                for version in ProtocolVersion.served {
                    let known = Self.write(answer, range, isError, answer.form, version)
                    let read = Self.write(answer, range, isError, .unknown, version)
                    #expect(known == read, "\(payload) for \(version)")
                }
            }
        }
        #expect((counts[.content] ?? 0) > 100 && (counts[.structuredContent] ?? 0) > 30)
        #expect((counts[.unknown] ?? 0) > 300)
    }

    private static let members = [
        #""content":[\#(block)]"#, #""content":[\#(block)]"#,
        #""content":[\#(block),{"type":"image","data":"QQ==","mimeType":"a/b"}]"#,
        #""content":[{"type":"text","text":"\ud800"}]"#, #""content":[]"#, #""content":"text""#,
        #""content":[{"type":"text","text":"x","_meta":null}]"#, #""content":[{"type":"odd"}]"#,
        #""content":null"#,
        #""isError":false"#, #""isError":true"#, #""isError":null"#, #""isErr\u006fr":true"#, #""isError":0"#,
        #""structuredContent":{"a":[1e2,"\ud800x"]}"#, #""structuredContent":{"a":1}"#,
        #""structuredContent":[1]"#,
        #""structuredContent":null"#, #""_meta":{"a":1}"#,
        #""_meta":{"io.modelcontextprotocol/serverInfo":1}"#,
        #""resultType":"complete""#, #""ttlMs":1"#, #""own":{"n":1}"#, #""is_error":true"#,
        #""structuredContent":{"n":\#(String(repeating: "9", count: 1_001))}"#,
    ]

    private static let identity = ServerIdentity(name: "gateway", version: "1")

    private static func write(
        _ answer: CallAnswer,
        _ range: Range<Int>,
        _ isError: Bool,
        _ form: ResultForm,
        _ version: ProtocolVersion
    ) -> Result<String, ToolResultFault> {
        var out = ByteBuffer()
        do throws(ToolResultFault) {
            try ToolResultWriter(version: version, identity: identity)
                .append(range, in: answer.bytes.span, isError: isError, form: form, to: &out)
        } catch {
            return .failure(error)
        }
        // Data with a member twice stays as it is, and has no other form than its bytes.
        guard let value = try? JSONValue(parsing: out.bytes.span, in: 0..<out.count) else {
            return .success(out.text)
        }
        var compact = ByteBuffer()
        value.write(to: &compact)
        return .success(compact.text)
    }

    private func answer(_ contract: Contract, _ payload: String) -> CallAnswer {
        let bytes = Array(payload.utf8)
        return contract.readCallAnswer(bytes, payload: 0..<bytes.count)
    }
}

/// SplitMix64: the same numbers in each run.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

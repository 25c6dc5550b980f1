import Bytes
import HTTP
import JSON
import MCP
import Testing

struct RPCMessageTests {
    @Test
    func `all parts of a modern call are found in one reading`() throws {
        let text = """
             {"params": {"_meta": {"tracestate":"a=b","traceparent":"00-1-2-01","progressToken": "p1" ,
            "io.modelcontextprotocol/clientCapabilities" : {"x":[{}]},"io.modelcontextprotocol/protocolVersion":"2026-07-28"},
            "arguments" : {"name":"inner","_meta":1} , "n\\u0061me":"a\\u005f__b"},"id" : "i\\"d", "extra":[1,{"id":2}],
            "method":"tools\\/call", "jsonrpc":"2.0"}\n
            """
        let bytes = Array(text.utf8)
        let message = try RPCMessage(bytes.span, in: 0..<bytes.count)
        func slice(_ range: Range<Int>?) -> String? { range.map { bytes.span.text($0) } }
        #expect(message.isRequest)
        #expect(message.method == .toolsCall)
        #expect(slice(message.id) == #""i\"d""#)
        #expect(message.name?.text(in: bytes.span) == "a___b")
        #expect(message.name?.hasEscapes == true)
        #expect(slice(message.arguments) == #"{"name":"inner","_meta":1}"#)
        #expect(slice(message.progressToken) == "\"p1\"")
        #expect(message.claimedVersion?.text(in: bytes.span) == "2026-07-28")
        #expect(slice(message.clientCapabilities) == #"{"x":[{}]}"#)
        #expect(message.traceparent?.text(in: bytes.span) == "00-1-2-01")
        #expect(message.tracestate?.text(in: bytes.span) == "a=b")
        #expect(slice(message.meta)?.hasPrefix(#"{"tracestate""#) == true)
        #expect(slice(message.params)?.hasSuffix(#"b"}"#) == true)
        #expect(message.isModernClaim)
        #expect(!message.continuesEarlierCall)
    }

    @Test(arguments: ["inputResponses", "requestState"])
    func `a call that continues an earlier one is marked`(_ member: String) throws {
        let text = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\#(member)":{}}}"#
        let bytes = Array(text.utf8)
        #expect(try RPCMessage(bytes.span, in: 0..<bytes.count).continuesEarlierCall)
    }

    @Test
    func `every method of the enumeration is recognised, and other names are kept`() throws {
        for method in MCPMethod.allCases where method != .unknown {
            let bytes = Array(#"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)"}"#.utf8)
            #expect(try RPCMessage(bytes.span, in: 0..<bytes.count).method == method)
        }
        let bytes = Array(#"{"jsonrpc":"2.0","id":1,"method":"x/\u0079"}"#.utf8)
        let message = try RPCMessage(bytes.span, in: 0..<bytes.count)
        #expect(message.method == .unknown)
        #expect(message.methodName?.text(in: bytes.span) == "x/y")
    }

    @Test
    func `an envelope with very many members is refused in bounded time`() {
        let members = (0..<100_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        let bytes = Array("{\(members)}".utf8)
        let error = #expect(throws: RPCFault.self) { try RPCMessage(bytes.span, in: 0..<bytes.count) }
        #expect(error?.error.code == .invalidRequest)
    }

    @Test
    func `the arguments may be nested as deeply as a whole document allows`() {
        for (depth, isSound) in [(126, true), (127, false)] {
            let deep =
                #"{"a":"# + String(repeating: "[", count: depth - 1)
                + String(repeating: "]", count: depth - 1) + "}"
            let text =
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":\#(deep)}}"#
            let bytes = Array(text.utf8)
            let isRead = (try? RPCMessage(bytes.span, in: 0..<bytes.count)) != nil
            #expect(isRead == isSound, "\(depth)")
            #expect(isRead == ((try? JSON.validate(bytes.span)) != nil), "\(depth)")
        }
    }

    /// Uses mutated requests: nothing may crash, and bytes that aren't JSON must not be dispatched.
    @Test
    func `mutated requests never crash, and invalid JSON is never accepted`() {
        var random = SplitMix(state: 0xC1A551F1)
        let seeds = [
            Post.modern(), Post.modern("tools/list", params: #""cursor":"abc""#, name: nil),
            Post(
                #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"}]"#
            ),
            Post(
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a___b","arguments":{"x":"\u00e9"}}}"#
            ),
        ]
        let interesting = Array("\"\\{}[]:,01.eE-tfn_?= \u{0}".utf8) + [0xC3, 0xFF]
        var passed = 0
        for round in 0..<20_000 {
            var post = seeds[round % seeds.count]
            var body = Array(post.body.utf8)
            for _ in 0...Int(random.next() % 3) where !body.isEmpty {
                let at = Int(random.next() % UInt64(body.count))
                switch random.next() % 4 {
                case 0: body[at] = interesting[Int(random.next() % UInt64(interesting.count))]
                case 1: body.insert(interesting[Int(random.next() % UInt64(interesting.count))], at: at)
                case 2: body.removeSubrange(at..<min(body.count, at + Int(random.next() % 12)))
                default:
                    body.insert(contentsOf: body[at..<min(body.count, at + Int(random.next() % 30))], at: at)
                }
            }
            if round % 5 == 0, !post.fields.isEmpty {
                let field = Int(random.next() % UInt64(post.fields.count))
                post.fields[field].1 = String(
                    post.fields[field].1.shuffled(using: &random).prefix(Int(random.next() % 40))
                )
            }
            let request = post.request(body: body)
            switch Inbound.classify(request) {
            case .rejected(let rejection):
                let answer = rejection.body(in: request.bytes.span)
                #expect((try? JSON.validate(answer.bytes.span)) != nil)
                #expect([400, 404, 406, 415, 200].contains(rejection.status))
            case .accepted, .modern, .legacy, .batch:
                passed += 1
                #expect((try? JSON.validate(body.span)) != nil)
            }
        }
        #expect(passed > 500)
    }
}

/// A small generator with a known start, so that a failing round can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

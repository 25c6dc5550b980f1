import Bytes
import HTTP
import JSON
import MCP
import Testing

/// The reading of requests for a stream, and the writing of events.
struct EventStreamTests {
    private static let key = "io.modelcontextprotocol/subscriptionId"

    private static func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var out = ByteBuffer()
        write(&out)
        return out.text
    }

    @Test(arguments: ["7", #""listen-1""#, #""\u0041\"""#])
    func `a subscription's messages carry its id unchanged`(_ id: String) {
        let raw = Array(id.utf8)
        let acknowledgement = Self.written {
            EventStream.appendAcknowledgement(.init(.tools), subscription: raw, to: &$0)
        }
        #expect(
            acknowledgement == """
                event: message
                data: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged",\
                "params":{"_meta":{"\(Self.key)":\(id)},"notifications":{"toolsListChanged":true}}}


                """
        )
        #expect(
            Self.written { EventStream.appendListChanged(.tools, subscription: raw, to: &$0) } == """
                event: message
                data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed",\
                "params":{"_meta":{"\(Self.key)":\(id)}}}


                """
        )
        let identity = ServerIdentity(name: "gw", version: "1.0", instructions: "Be kind.")
        #expect(
            Self.written { EventStream.appendListenResult(subscription: raw, identity, to: &$0) } == """
                event: message
                data: {"jsonrpc":"2.0","id":\(id),"result":{"resultType":"complete","_meta":{"\(Self.key)":\(id),\
                "io.modelcontextprotocol/serverInfo":{"name":"gw","version":"1.0"}}}}


                """
        )
    }

    @Test
    func `an empty acknowledgement, a legacy notification, a comment and a retry have their forms`() {
        let acknowledgement = Self.written {
            EventStream.appendAcknowledgement(.init([]), subscription: [49], to: &$0)
        }
        #expect(acknowledgement.hasSuffix("\"notifications\":{}}}\n\n"))
        #expect(
            Self.written { EventStream.appendListChanged(.tools, subscription: nil, to: &$0) }
                == "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n"
        )
        #expect(Self.written { EventStream.appendKeepAlive(to: &$0) } == ":\n\n")
        #expect(Self.written { EventStream.appendRetry(to: &$0) } == "retry: 5000\n\n")
    }

    @Test(arguments: [nil, "7"])
    func `an update names the resource as the client wrote it`(_ id: String?) {
        let meta = id.map { #""_meta":{"\#(Self.key)":\#($0)},"# } ?? ""
        let written = Self.written {
            EventStream.appendResourceUpdated(
                "a:\"\u{e9}%20",
                subscription: id.map { Array($0.utf8) },
                to: &$0
            )
        }
        #expect(
            written == """
                event: message
                data: {"jsonrpc":"2.0","method":"notifications/resources/updated",\
                "params":{\(meta)"uri":"a:\\"\u{e9}%20"}}


                """
        )
        let acknowledgement = Self.written {
            let filter = ListenFilter(.tools, resources: ["a:1", "b:\""])
            EventStream.appendAcknowledgement(filter, subscription: [49], to: &$0)
        }
        let notifications = #"{"toolsListChanged":true,"resourceSubscriptions":["a:1","b:\""]}"#
        #expect(acknowledgement.hasSuffix("\"notifications\":\(notifications)}}\n\n"))
        let alone = Self.written {
            EventStream.appendAcknowledgement(
                ListenFilter([], resources: ["a:1"]),
                subscription: [49],
                to: &$0
            )
        }
        #expect(alone.hasSuffix(#""notifications":{"resourceSubscriptions":["a:1"]}}}"# + "\n\n"))
    }

    @Test(
        arguments: [
            (#"["a:1","a:2","a:1"]"#, 3, ["a:1", "a:2"]), (#"["a:\u0031"]"#, 1, ["a:1"]), ("[]", 1, []),
            ("null", 1, []), (#"["a:1","a:2"]"#, 0, []),
            (#"["e\u0301","\u00e9"]"#, 2, ["e\u{301}", "\u{e9}"]),
            (#"["a:1","a:1"]"#, 1, nil), (#"["a:1",null]"#, 3, nil), (#"["a:1",["b"]]"#, 0, nil),
            ("7", 1, nil),
        ] as [(String, Int, [String]?)]
    )
    func `single resources are read once each, up to a bound`(_ list: String, _ max: Int, _ uris: [String]?)
        throws
    {
        let params = #"{"notifications":{"resourceSubscriptions":\#(list),"toolsListChanged":true}}"#
        switch try Self.filter(params, resourcesMax: max) {
        case .success(let filter):
            #expect(filter.resources.map { Array($0.utf8) } == uris?.map { Array($0.utf8) })
            #expect(filter.lists == .tools)
        case .failure(let error):
            #expect(uris == nil && error.code == .invalidParams)
            #expect(error.message.hasPrefix("params.notifications.resourceSubscriptions "))
        }
    }

    /// The filter, or the message with which it is refused.
    private static func filter(_ params: String, resourcesMax: Int = 0) throws -> Result<
        ListenFilter, RPCError
    > {
        let bytes = Array(
            #"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":\#(params)}"#.utf8
        )
        let message = try RPCMessage(bytes.span, in: 0..<bytes.count)
        return Result { () throws(RPCError) in
            try ListenFilter(message, in: bytes.span, resourcesMax: resourcesMax)
        }
    }

    @Test(
        arguments: [
            (#"{"notifications":{"toolsListChanged":true}}"#, .tools),
            (#"{"notifications":{"t\u006folsListChanged":true,"x":{"toolsListChanged":false}}}"#, .tools),
            (#"{"notifications":{}}"#, []), (#"{"notifications":{"promptsListChanged":true}}"#, .prompts),
            (
                #"{"notifications":{"resourcesListChanged":true,"promptsListChanged":true}}"#,
                [.prompts, .resources]
            ),
            (#"{"notifications":{"resourcesListChanged":false}}"#, []),
            (#"{"toolsListChanged":true,"notifications":{}}"#, []),
        ] as [(String, ListChanges)]
    )
    func `a filter is read by its members' meaning`(_ params: String, _ lists: ListChanges) throws {
        #expect(try Self.filter(params) == .success(ListenFilter(lists)))
    }

    @Test(arguments: [
        ("{}", "params.notifications is missing."),
        (#"{"notifications":true}"#, "params.notifications must be an object."),
        (#"{"notifications":{"toolsListChanged":"true"}}"#, "toolsListChanged must be a boolean."),
        (#"{"notifications":{"resourceSubscriptions":"a"}}"#, "resourceSubscriptions must be an array."),
        (#"{"notifications":{"toolsListChanged":true,"toolsListChanged":true}}"#, "refused"),
    ])
    func `a filter with a fault is refused, and the error names the fault`(_ params: String, _ words: String)
        throws
    {
        guard case .failure(let error) = try Self.filter(params) else {
            Issue.record("\(params) is accepted")
            return
        }
        #expect(error.code == .invalidParams)
        #expect(error.message.hasSuffix(words) || error.message.contains(words), "\(error.message)")
    }

    @Test func `2,000 mutated filters are read or refused`() throws {
        let seed = Array(
            #"{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["a","b"],"x":{"y":[1]}}}"#
                .utf8
        )
        var state: UInt64 = 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var (read, refused) = (0, 0)
        for _ in 0..<2000 {
            var bytes = seed
            for _ in 0...random(3) {
                bytes[random(bytes.count)] = Array(#"{}[]":,\atrue1 n"#.utf8)[random(15)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // One that isn't a JSON-RPC message is no filter.
            guard let outcome = try? Self.filter(text, resourcesMax: 1 + random(3)) else { continue }
            switch outcome {
            case .success(let filter):
                read += 1
                #expect(filter.resources.count <= 3)
            case .failure(let error):
                refused += 1
                #expect(error.code == .invalidParams)
            }
        }
        #expect(read > 50 && refused > 50, "\(read) read, \(refused) refused")
    }

    private static let gets: [([(String, String)], Int)] = [
        ([("Accept", "text/event-stream")], 0), ([("Accept", "application/json, text/event-stream")], 0),
        ([], 0), ([("Accept", "")], 0), ([("Accept", ""), ("Accept", "application/json")], 406),
        ([("Accept", "*/*")], 0), ([("Accept", "application/json")], 406),
        ([("Accept", "text/event-stream;q=0")], 406),
        ([("Accept", "text/event-stream"), ("MCP-Protocol-Version", "2025-06-18")], 0),
        ([("Accept", "text/event-stream"), ("MCP-Protocol-Version", "2024-11-05")], 400),
        (
            [("MCP-Protocol-Version", "2025-06-18"), ("MCP-Protocol-Version", "2025-06-18")], 400
        ),
    ]

    @Test(arguments: gets)
    func `a GET must accept events and name a served version, if any`(
        _ fields: [(String, String)],
        _ status: Int
    ) {
        var post = Post("")
        post.fields = fields
        switch Inbound.openStream(post.request()) {
        case .success(let version):
            #expect(status == 0)
            #expect((version == .v20250618) == fields.contains { $0.0 == "MCP-Protocol-Version" })
        case .failure(let rejection):
            #expect(rejection.status == status)
            #expect(!rejection.isModern)
        }
    }
}

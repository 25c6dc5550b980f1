@testable import AdminCLI
import Bytes
import EventLoop
import FoundationEssentials
import HTTP
import HTTPServer
import JSON
import Sockets
import Synchronization
import TestSupport
import Testing

/// The arguments of `call`, and the requests that it sends for them.
struct CallFormTests {
    private static let schema = #"""
        {"type":"object","properties":{"n":{"type":"integer"},"x":{"type":["number","null"]},"s":{"type":"string"},
        "b":{"type":"boolean"},"l":{"type":"array"},"o":{"type":"object"},"any":{},"sn":{"type":["string","integer"]},
        "on":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null},
        "os":{"anyOf":[{"type":"string"},{"type":"null"}]},"oo":{"oneOf":[{"$ref":"#/$defs/P"},{"type":"null"}]},
        "oa":{"anyOf":[{},{"type":"null"}]},"e":{"enum":[1,2]},"loop":{"$ref":"#/$defs/L"}},
        "$defs":{"P":{"type":"object"},"L":{"anyOf":[{"$ref":"#/$defs/L"}]}}}
        """#

    /// What a gateway received: the methods, and for calls the arguments.
    private final class Sent: Sendable {
        private let texts = Locked<[String]>([])

        var all: [String] { texts.withLock { $0 } }

        func add(_ message: JSONValue) {
            let text =
                message["method"] == "tools/call"
                ? message["params"]?["arguments"]?.text : message["method"]?.stringValue
            texts.withLock { $0.append(text ?? "") }
        }
    }

    /// A gateway with two pages of tools that remembers the arguments of each call.
    private func withGateway(
        tls: TLSContextBox? = nil,
        _ body: (_ cli: CommandLine, _ url: String, _ sent: Sent) async throws -> Void
    ) async throws {
        let sent = Sent()
        try await withServer(
            tls: tls,
            handler: { exchange in
                let request = exchange.request
                let message = (try? JSONValue(parsing: request.bytes.span, in: request.body)) ?? .null
                sent.add(message)
                exchange.respond(
                    Response(status: 200, contentType: .json, body: ByteBuffer(Self.answer(message)))
                )
            }
        ) { port, _ in
            try await withCommandLine(environment: ["MCP_GATEWAY_KEY": "mgw_12345678_x"]) { cli in
                try await body(cli, "http://127.0.0.1:\(port)/mcp", sent)
            }
        }
    }

    private static func answer(_ message: JSONValue) -> String {
        guard message["method"] == "tools/list" else {
            return #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"ok"}]}}"#
        }
        let isFirst = message["params"]?["cursor"] == nil
        let tool =
            isFirst
            ? #"{"name":"a___b","description":"Does \u001b[2J b. And more.\nLines.","inputSchema":\#(schema)}"#
            : #"{"name":"c___d","title":"D","inputSchema":{"type":"object"}}"#
        let next = isFirst ? #","nextCursor":"2""# : ""
        return #"{"jsonrpc":"2.0","id":1,"result":{"tools":[\#(tool)]\#(next)}}"#
    }

    struct Form: Sendable, CustomTestStringConvertible {
        let words: [String]
        let sends: String
        /// Whether the tools had to be listed first.
        var asks = false

        var testDescription: String { words.joined(separator: " ") }
    }

    @Test(arguments: [
        Form(words: [], sends: "{}"), Form(words: [#"{"a":1.0}"#], sends: #"{"a":1.0}"#),
        Form(words: ["s=a=b c", "any=x"], sends: #"{"s":"a=b c","any":"x"}"#, asks: true),
        Form(words: ["s=5"], sends: #"{"s":"5"}"#, asks: true),
        Form(words: ["n=5", "x=1.50", "b=true"], sends: #"{"n":5,"x":1.50,"b":true}"#, asks: true),
        Form(words: ["x=null", "l=[1,2]", "o={}"], sends: #"{"x":null,"l":[1,2],"o":{}}"#, asks: true),
        Form(words: ["sn=5", "any=5", "new=5"], sends: #"{"sn":"5","any":"5","new":"5"}"#, asks: true),
        Form(words: ["s:=5", "a.b:={\"c\":[]}"], sends: #"{"s":5,"a.b":{"c":[]}}"#),
        Form(words: [#"{"s":"a","k":1}"#, "s=b"], sends: #"{"s":"b","k":1}"#, asks: true),
        Form(words: ["s="], sends: #"{"s":""}"#, asks: true),
        Form(words: ["ключ=é\u{1F600}"], sends: "{\"ключ\":\"é\u{1F600}\"}", asks: true),
        Form(words: ["on=5", "os=5", "oo={}"], sends: #"{"on":5,"os":"5","oo":{}}"#, asks: true),
        Form(words: ["on=null", "os=null"], sends: #"{"on":null,"os":"null"}"#, asks: true),
        Form(words: ["oa=5", "loop=5", "e=2"], sends: #"{"oa":"5","loop":"5","e":2}"#, asks: true),
    ])
    func `arguments are a document, pairs, or pairs over a document`(_ form: Form) async throws {
        try await withGateway { cli, url, sent in
            let outcome = await cli.run(words: ["call", "a___b"] + form.words + ["--url", url])
            #expect(outcome.status == 0 && outcome.out == "ok\n", "\(outcome.err)")
            #expect(sent.all == (form.asks ? ["tools/list"] : []) + [form.sends])
        }
    }

    @Test func `arguments come from a file`() async throws {
        try await withGateway { cli, url, sent in
            let file = "\(cli.folder)/args.json"
            try (Data([0xEF, 0xBB, 0xBF]) + Data("{\"a\": 1}\n".utf8)).write(to: URL(filePath: file))
            #expect(await cli.run("call", "a___b", "@\(file)", "--url", url).status == 0)
            #expect(await cli.run("call", "a___b", "@\(file)", "s=x", "--url", url).status == 0)
            #expect(sent.all == [#"{"a":1}"#, "tools/list", #"{"a":1,"s":"x"}"#])
            for text in ["[1]", "{", "{\"a\":1,\"a\":2}"] {
                try Data(text.utf8).write(to: URL(filePath: file))
                let outcome = await cli.run("call", "a___b", "@\(file)", "--url", url)
                #expect(outcome.status == 1 && outcome.err.contains(file), "\(outcome.err)")
            }
            for path in ["/nowhere", cli.folder, "/dev/zero"] {
                let outcome = await cli.run("call", "a___b", "@\(path)", "--url", url)
                #expect(outcome.status == 1 && outcome.err.contains("can't be read"), "\(outcome.err)")
            }
            #expect(sent.all.count == 3)
        }
    }

    @Test(
        arguments: [
            (["five"], 64, "arguments are a JSON object, @FILE, - or key=value"),
            (["=x"], 64, "is not one of them"),
            ([":=1"], 64, "the key before := is empty"), (["n:=five"], 64, "\"n\" is not JSON after :="),
            (["s=1", "s=2"], 64, "\"s\" is given twice"), (["s=1", "{}"], 64, "before every key=value"),
            (["@a", "-"], 64, "at most one document"), (["n=5.5"], 1, "\"n\" must be of type integer"),
            (["x=true"], 1, "\"x\" must be of type number or null"),
            (["l={}"], 1, "\"l\" must be of type array"), (["n=5x"], 1, "\"n\" must be of type integer"),
            (["on=5x"], 1, "\"on\" must be of type integer or null"),
        ] as [([String], Int32, String)]
    )
    func `an invalid argument is named by its key, and nothing is called`(
        _ words: [String],
        _ status: Int32,
        _ says: String
    ) async throws {
        try await withGateway { cli, url, sent in
            let outcome = await cli.run(words: ["call", "a___b"] + words + ["--url", url])
            #expect(outcome.status == status && outcome.err.contains(says), "\(outcome.err)")
            #expect(!sent.all.contains { $0.hasPrefix("{") })
        }
    }

    @Test func `the tools that a key sees are listed, page by page, and one with its arguments`() async throws
    {
        try await withGateway { cli, url, _ in
            let all = await cli.run("call", "--list", "--url", url)
            #expect(all.status == 0 && all.out.contains("a___b  Does <U+001B>[2J b.\n"), "\(all.out)")
            #expect(all.out.contains("c___d  D\n") && !all.out.contains("And more"))
            let json = await cli.run("call", "--list", "--url", url, "-o", "json").json
            #expect(json["tools"]?.arrayValue?.count == 2)
            let one = await cli.run("call", "--list", "a___b", "--url", url)
            #expect(one.out.contains("And more.\nLines.") && one.out.contains("\"properties\": {"))
            #expect(
                await cli.run("call", "c___d", "--list", "--url", url, "-o", "json").json["name"] == "c___d"
            )
            let none = await cli.run("call", "--list", "a___c", "--url", url)
            #expect(none.status == 1 && none.err.contains("did you mean a___b?"))
            #expect(await cli.run("call", "--url", url).status == 64)
        }
    }

    @Test
    func `a call by the current context notes where it goes, and a list doesn't`()
        async throws
    {
        try await withGateway { cli, url, _ in
            _ = await cli.run("context", "add", "gw", "--agents-url", url)
            #expect(await cli.run("call", "a___b", "--context", "gw").err.isEmpty)
            _ = await cli.run("context", "use", "gw")
            let unasked = await cli.run("call", "a___b")
            #expect(unasked.status == 0)
            #expect(
                unasked.err
                    == "note: this goes to \(url), context gw, which is current; `--context here` is this machine\n"
            )
            #expect(await cli.run("call", "--list").err.isEmpty)
            #expect(await cli.run("call", "a___b", "--url", url).err.isEmpty)
        }
    }

    enum Listener: Sendable, CaseIterable { case own, ofAnotherName, ofAChain, expired }

    @Test(arguments: Listener.allCases)
    func `this machine's gateway is called over TLS and known by its settings' certificate`(
        _ listener: Listener
    )
        async throws
    {
        let made = try TestCertificates.shared()
        let files =
            switch listener {
            case .own: made.server
            case .ofAnotherName: made.wrongHost
            case .ofAChain: made.chained
            case .expired: made.expired
            }
        let tls = try TLSContext.server(certificateFile: files.certificateFile, keyFile: files.keyFile)
        try await withGateway(tls: TLSContextBox(tls)) { cli, url, _ in
            let port = url.split(separator: ":").last?.prefix { $0 != "/" } ?? ""
            func here(_ certificate: String) async throws -> CommandLine.Outcome {
                let config = """
                    [agents]
                    listen = "127.0.0.1:\(port)"
                    [tls]
                    certificate = "\(certificate)"
                    key = "\(files.keyFile)"
                    """
                let other = try CommandLine(
                    folder: cli.folder,
                    environment: ["MCP_GATEWAY_KEY": "mgw_12345678_x"],
                    config: config
                )
                return await other.run("call", "a___b")
            }
            let outcome = try await here(files.certificateFile)
            guard listener != .expired else {
                #expect(outcome.status == 1 && outcome.err.contains("expired"))
                return
            }
            #expect(outcome.status == 0, "\(outcome.err)")
            // A gateway with another certificate of the same authority isn't accepted at that address.
            let strange = try await here(
                (listener == .ofAnotherName ? made.server : made.wrongHost).certificateFile
            )
            #expect(strange.status == 1 && strange.err.contains("--ca FILE"), "\(strange.err)")
            let advice = await cli.run("call", "a___b", "--url", "https://127.0.0.1:\(port)/mcp")
            #expect(advice.status == 1 && advice.err.contains("--url https://NAME/mcp --ca FILE"))
            guard listener != .ofAnotherName else { return }
            let told = await cli.run(
                "call",
                "a___b",
                "--url",
                "https://localhost:\(port)/mcp",
                "--ca",
                made.caFile
            )
            #expect(told.status == 0, "\(told.err)")
        }
    }
}

import Bytes
import HTTP
import HTTPServer
import JSON
import TestSupport

/// An Invoke API whose functions are closures, so that a test chooses answers, delays and disconnects exactly.
enum FakeLambda {
    /// The credentials that a gateway signs with; they are not checked.
    static let credentials = [
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret-of-aws",
        "AWS_REGION": "eu-west-1",
    ]

    /// One invocation.
    struct Call {
        let function: String
        let event: JSONValue
        let exchange: Exchange

        var isList: Bool { event["method"]?.stringValue == "tools/list" }

        /// `action` runs when the gateway hangs up before the answer.
        func onHangUp(_ action: @escaping @Sendable () -> Void) { exchange.onDisconnect = action }
    }

    /// Runs `body` with the endpoint's URL; `answer` returns the payload of each invocation.
    static func with<T: Sendable>(
        _ answer: @escaping @Sendable (Call) async -> String,
        _ body: (_ url: String) async throws -> T
    ) async throws -> T {
        try await withServer(handler: { exchange in
            let request = exchange.request
            if request.header("x-amz-invocation-type") == "DryRun" {
                return exchange.respond(Response(status: 204))
            }
            let name = request.path.split(separator: "/").dropFirst(2).first.map { String($0) } ?? ""
            let event = (try? JSONValue(parsing: request.bytes.span, in: request.body)) ?? .null
            let payload = await answer(Call(function: name, event: event, exchange: exchange))
            let fields = [ResponseField("x-amzn-RequestId", "6d1e8a4e-0000-4000-8000-3f2d6f0a7c11")]
            exchange.respond(
                Response(status: 200, contentType: .json, fields: fields, body: ByteBuffer(payload))
            )
        }) { port, _ in try await body("http://127.0.0.1:\(port)") }
    }

    /// A wrapped `tools/list` result with tools of these names.
    static func tools(_ names: [String]) -> String { tools(described: names.map { ($0, "a tool") }) }

    /// A wrapped `tools/list` result with these tools and descriptions.
    static func tools(described tools: [(name: String, description: String)]) -> String {
        let tools = tools.map { tool in
            JSONValue.object(
                JSONObject([
                    ("name", .string(tool.name)), ("description", .string(tool.description)),
                    ("inputSchema", ["type": "object"]),
                ])
            ).text
        }
        return wrapped(#"{"tools":[\#(tools.joined(separator: ","))]}"#)
    }

    /// A wrapped `tools/call` result with one text.
    static func text(_ text: String) -> String {
        wrapped(#"{"content":[{"type":"text","text":\#(JSONValue.string(text).text)}]}"#)
    }

    /// A function's answer with a result inside.
    static func wrapped(_ body: String) -> String {
        #"{"statusCode":200,"body":\#(JSONValue.string(body).text)}"#
    }
}

extension Workspace {
    /// Adds the target `shop` with the function `shop`, open to every tenant by default; its tools aren't read yet.
    /// - Parameters:
    ///   - url: the URL of a stand-in for Lambda; nil for the one in the settings.
    ///   - approval: nil for the target's own default.
    func addShop(at url: String? = nil, approval: String? = "open") async throws {
        let place = url.map { ["--endpoint", $0] } ?? []
        let wish = approval.map { ["--approval", $0] } ?? []
        let words = ["target", "add", "shop", "--function", "shop", "--contract", "mcp-wrapper"]
        try await command(words + place + wish)
    }
}

@testable import AWS
import Bytes
import EventLoop
import Foundation
import HTTP
import HTTPServer
import JSON
import SigV4
import Synchronization
import TestSupport
import Testing

/// ListTags, for many functions at once.
@Suite(.timeLimit(.minutes(2)))
struct FunctionTagsTests {
    /// The name of the function whose tags are requested.
    private static func name(_ question: AskedServer.Question) -> String {
        let path = question.target.removingPercentEncoding ?? ""
        return String(path.split(separator: ":").last ?? "")
    }

    private func arns(_ count: Int) -> [String] { (0..<count).map { Listing.arn("f\($0)") } }

    @Test func `unusual tags are returned unchanged, and a failure affects only its function`() async throws {
        let odd = [
            "": "", "a b": "c=d&e", "mcp-gateway:contract": "function", "é\u{301}\u{202E}": "\u{1F600}\"\\\n",
        ]
        let oddJSON = JSONValue.object(JSONObject(odd.map { ($0.key, .string($0.value)) })).text
        let answers: AskedServer.Answers = { question in
            switch Self.name(question) {
            case "odd": .text(200, #"{"Tags":\#(oddJSON)}"#)
            case "none": .text(200, #"{"Tags":{}}"#)
            case "null": .text(200, #"{"Tags":null}"#)
            case "left-out": .text(200, "{}")
            case "gone":
                .text(
                    404,
                    #"{"__type":"ResourceNotFoundException","Type":"User","Message":"Function not found"}"#
                )
            case "hidden": .text(403, #"{"__type":"AccessDeniedException","Message":"not authorized"}"#)
            case "numbers": .text(200, #"{"Tags":{"a":5}}"#)
            case "list": .text(200, #"{"Tags":["a"]}"#)
            case "twice": .text(200, #"{"Tags":{"a":"1","a":"2"}}"#)
            case "many":
                .text(200, #"{"Tags":{\#((0..<201).map { "\"k\($0)\":\"\"" }.joined(separator: ","))}}"#)
            default: .text(200, "<html>hush</html>")
            }
        }
        try await withAsked(answers) { server, url, network in
            let names = [
                "odd", "none", "null", "left-out", "gone", "hidden", "numbers", "list", "twice", "many",
                "html",
            ]
            let found = try await FunctionListClient(url, network).tags(
                of: names.map { Listing.arn($0) } + [Listing.arn("odd")],
                until: Listing.soon
            )
            func kind(_ name: String) -> AWSReadError.Kind? {
                if case .failure(let error)? = found[Listing.arn(name)] { error.kind } else { nil }
            }
            #expect(found.count == names.count && server.questions.count == names.count)
            #expect(found[Listing.arn("odd")] == .success(odd))
            for name in ["none", "null", "left-out"] { #expect(found[Listing.arn(name)] == .success([:])) }
            #expect(kind("gone") == .notFound)
            #expect(kind("hidden") == .denied(action: "lambda:ListTags"))
            for name in ["numbers", "list", "twice", "many", "html"] {
                #expect(kind(name) == .unreadable, "\(name)")
            }
            #expect(
                server.questions.contains {
                    $0.target
                        == "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Aodd"
                }
            )
        }
    }

    @Test func `a failure that affects all functions ends the reading early`() async throws {
        let rows: [(Int, String, AWSReadError.Kind)] = [
            (403, #"{"__type":"AccessDeniedException","Message":"no"}"#, .denied(action: "lambda:ListTags")),
            (403, #"{"__type":"InvalidSignatureException"}"#, .credentials),
            (503, "<html>hush</html>", .unavailable), (200, "<html>hush</html>", .unreadable),
        ]
        for (status, body, kind) in rows {
            try await withAsked({ _ in .text(status, body) }) { server, url, network in
                let client = try FunctionListClient(url, network)
                let error = await #expect(throws: AWSReadError.self) {
                    try await client.tags(of: arns(1_000), until: Listing.soon)
                }
                #expect(error?.kind == kind)
                #expect(server.questions.count < 200, "\(server.questions.count)")
            }
        }
    }

    @Test func `all functions being gone, or none requested, is not an error`() async throws {
        let gone = #"{"__type":"ResourceNotFoundException","Message":"Function not found"}"#
        try await withAsked({ _ in .text(404, gone) }) { _, url, network in
            let found = try await FunctionListClient(url, network).tags(of: arns(100), until: Listing.soon)
            #expect(found.count == 100)
        }
        try await withAsked({ _ in .silence }) { _, url, network in
            let none = try await FunctionListClient(url, network).tags(of: [], until: Listing.soon)
            #expect(none.isEmpty)
        }
    }

    /// A service that accepts a limited number of requests per interval and throttles the others, as Lambda does.
    @Test func `a service that throttles is asked more slowly, and all tags are read`() async throws {
        let times = Locked<(accepted: [ContinuousClock.Instant], refused: Int)>(([], 0))
        let answers: AskedServer.Answers = { question in
            let now = ContinuousClock.now
            let isAccepted = times.withLock { times in
                // Accepts 100 requests in any 200 ms.
                let recent = times.accepted.reversed().prefix { now - $0 < .milliseconds(200) }.count
                guard recent < 100 else {
                    times.refused += 1
                    return false
                }
                times.accepted.append(now)
                return true
            }
            return isAccepted
                ? .text(200, #"{"Tags":{"n":"\#(Self.name(question))"}}"#)
                : .text(
                    429,
                    #"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."}"#
                )
        }
        try await withAsked(answers) { _, url, network in
            let found = try await FunctionListClient(url, network).tags(of: arns(1_000), until: Listing.soon)
            #expect(found.count == 1_000)
            for number in 0..<1_000 {
                #expect(found[Listing.arn("f\(number)")] == .success(["n": "f\(number)"]))
            }
            let refused = times.withLock { $0.refused }
            #expect(refused > 0 && refused < 300, "\(refused)")
        }
    }

    @Test func `if a service throttles until the deadline, the error says so`() async throws {
        try await withAsked({ _ in .text(429, "") }) { server, url, network in
            let client = try FunctionListClient(url, network)
            let error = await #expect(throws: AWSReadError.self) {
                try await client.tags(of: arns(100), until: ContinuousClock.now + .seconds(1))
            }
            #expect(error?.kind == .throttled)
            #expect(error?.reason.contains("throttle") == true || error?.reason.contains("429") == true)
            #expect(server.questions.count < 100)
        }
    }

    /// At most sixteen requests run at once: the server answers when sixteen have arrived, and would otherwise wait
    /// forever.
    @Test func `sixteen requests for tags run at once`() async throws {
        let gate = Gate(width: FunctionListClient.parallel)
        try await withServer(handler: { exchange in
            await gate.pass()
            exchange.respond(Response(status: 200, contentType: .json, body: ByteBuffer(#"{"Tags":{}}"#)))
        }) { port, _ in
            let network = AWSNetwork()
            let client = try FunctionListClient("http://127.0.0.1:\(port)", network)
            let found = try await client.tags(of: arns(160), until: Listing.soon)
            await network.close()
            #expect(found.count == 160)
            #expect(gate.most == 16)
        }
    }

    /// Holds requests back until `width` of them are waiting.
    private final class Gate: Sendable {
        private let width: Int
        private let state = Locked<(waiting: [CheckedContinuation<Void, Never>], most: Int)>(([], 0))

        init(width: Int) { self.width = width }

        var most: Int { state.withLock { $0.most } }

        func pass() async {
            await withCheckedContinuation { continuation in
                let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
                    state.waiting.append(continuation)
                    state.most = max(state.most, state.waiting.count)
                    guard state.waiting.count >= width else { return [] }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for waiter in ready { waiter.resume() }
            }
        }
    }
}

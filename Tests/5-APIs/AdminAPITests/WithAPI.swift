import AdminAPI
import Bytes
import Config
import Control
import HTTP
import JSON
import Records
import REST
import Store
import TestSupport
import Testing

/// The API on a new store, with targets that give fixed answers, and a caller of each role.
struct TestAPI: Sendable {
    let api: AdminAPI
    let store: Store::Store
    var nowMs = TestAPI.nowMs
    /// The folder of the records of calls.
    var records = ""

    static let nowMs: Int64 = 1_800_000_000_000
    static let `operator` = AdminCaller(.admin(token: "ci"), role: .operator)
    static let viewer = AdminCaller(.admin(token: "board"), role: .viewer)

    /// Sends a request whose path is written as in a URL without escapes, e.g. `/tenants/acme?limit=2`.
    func send(
        _ method: HTTP::Method,
        _ target: String,
        _ body: JSONValue? = nil,
        ifMatch: String? = nil,
        as caller: AdminCaller = TestAPI.operator
    ) async -> APIReply {
        let parts = target.split(separator: "?", maxSplits: 1)
        var query: [APIRequest.QueryItem] = []
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let pair = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query.append(.init(String(pair[0]), pair.count > 1 ? String(pair[1]) : ""))
        }
        let request = APIRequest(
            method,
            parts[0].split(separator: "/").map { String($0) },
            query: query,
            body: body,
            ifMatch: ifMatch,
            requestID: "req-1"
        )
        return await send(request, as: caller)
    }

    /// Sends a request, and checks the answer against its schema.
    func send(_ request: APIRequest, as caller: AdminCaller) async -> APIReply {
        let reply = await api.answer(request, as: caller)
        let faults = api.faults(of: reply, to: request)
        #expect(faults == [], "\(request.method) \(request.path): \(reply.body?.text ?? "")")
        return reply
    }
}

/// Targets that list two tools, or fail when their function is called `broken`.
struct RoteSource: ToolSource {
    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer {
        guard target.function != "broken" else {
            throw ToolSourceError("the function is broken", hint: "mend it")
        }
        let text = """
            {"tools":[{"name":"now","description":"Tells the time","inputSchema":{"type":"object"}},
            {"name":"zone","title":"Zone","inputSchema":{"type":"object"}}]}
            """
        let bytes = Array(text.utf8)
        return ToolSourceAnswer(bytes: bytes, payload: 0..<bytes.count)
    }
}

func withAPI(_ body: (TestAPI) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let store = try Store::Store.open(path: "\(folder)/gateway.db", clock: { TestAPI.nowMs })
        defer { store.close() }
        let api = AdminAPI(
            store: store,
            defaults: GatewayConfig().defaults,
            inquiry: SourceInquiry(store: store, source: RoteSource()),
            records: RecordReader(directory: "\(folder)/records"),
            nowMs: { TestAPI.nowMs }
        )
        try await body(TestAPI(api: api, store: store, records: "\(folder)/records"))
    }
}

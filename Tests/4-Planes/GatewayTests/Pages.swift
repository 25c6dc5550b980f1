import EventLoop
import Gateway
import JSON
import Policy
import TestSupport

/// What a function serves under its URIs, as a test changes it; counts how often each is read.
final class Pages: @unchecked Sendable {  // one loop's thread only
    var texts: [String: String] = [:]
    /// Where contents differ by tenant: [tenant][URI].
    var ofTenant: [String: [String: String]] = [:]
    /// Whether each read gives another text.
    var alwaysChange = false
    private(set) var reads: [String: Int] = [:]
    private var waiting: [(uri: String, count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ texts: [String: String] = [:]) { self.texts = texts }

    var readCount: Int { reads.values.reduce(0, +) }

    func answer(_ sent: FakeUpstream.Sent) -> UpstreamOutcome {
        let uri = Self.uri(of: sent)
        reads[uri, default: 0] += 1
        let due = waiting.filter { reads[$0.uri, default: 0] >= $0.count }
        waiting.removeAll { reads[$0.uri, default: 0] >= $0.count }
        for each in due { each.continuation.resume() }
        let own = sent.tenant.flatMap { ofTenant[$0]?[uri] }
        guard var text = own ?? texts[uri] else {
            let error = #"{"code":-32002,"message":"there is no such page"}"#
            return FakeUpstream.answer(#"{"jsonrpc":"2.0","id":1,"error":\#(error)}"#)
        }
        if alwaysChange { text += " \(readCount)" }
        let contents = #"{"uri":"\#(uri)","text":\#(JSONValue.string(text).text)}"#
        // What stands beside the contents differs each time.
        let result = #"{"contents":[\#(contents)],"ttlMs":\#(readCount)}"#
        return FakeUpstream.answer(result, for: sent.target == "docs" ? "jsonrpc" : "mcp-wrapper")
    }

    /// Waits until the URI was read `more` times from now on.
    func reads(of uri: String, more: Int = 2) async {
        await withCheckedContinuation {
            waiting.append((uri, reads[uri, default: 0] + more, $0))
        }
    }

    private static func uri(of sent: FakeUpstream.Sent) -> String {
        // A payload that isn't JSON is a URI that nobody asks for.
        let payload = try? JSONValue(parsing: sent.payload)
        return payload?["params"]?["uri"]?.stringValue ?? ""
    }
}

/// Streams over a catalog of resources that are polled every few milliseconds.
struct WatchedLibrary {
    static let acknowledged = "notifications/subscriptions/acknowledged"
    static let updated = "notifications/resources/updated"

    let agents: Agents
    let pages: Pages
    let bounds: StreamBounds
    let loop: EventLoop
    private let others = Others()

    /// Further endpoints, which last as long as the library.
    private final class Others: @unchecked Sendable {  // one loop's thread only
        var agents: [Agents] = []
    }

    init(_ agents: Agents, _ pages: Pages, _ bounds: StreamBounds, _ loop: EventLoop) {
        self.agents = agents
        self.pages = pages
        self.bounds = bounds
        self.loop = loop
    }

    static func with(
        _ snapshot: Snapshot = Library.snapshot(),
        _ change: (inout StreamBounds.Settings) -> Void = { _ in },
        tokens: FakeAuthority? = nil,
        sessionEnding: (any SessionEnding)? = nil,
        recorder: (@Sendable (EventLoop) -> CallRecorder)? = nil,
        _ body: @escaping @Sendable (WatchedLibrary) async throws -> Void
    ) async throws {
        var settings = StreamBounds.Settings()
        settings.watches.interval = .milliseconds(20)
        change(&settings)
        let bounds = StreamBounds(settings)
        try await withLoop { loop in
            let agents = Agents(
                loop,
                snapshot,
                tokens: tokens,
                bounds: bounds,
                recorder: recorder?(loop),
                sessionEnding: sessionEnding
            )
            let pages = Pages(["file:///a": "one", "file:///b": "two", "same:x": "three"])
            agents.upstream.respond = { pages.answer($0) }
            try await body(WatchedLibrary(agents, pages, bounds, loop))
        }
    }

    /// Another loop's endpoint, over the same functions.
    func another(_ snapshot: Snapshot = Library.snapshot()) -> Agents {
        let other = Agents(loop, snapshot, bounds: bounds)
        let pages = pages
        other.upstream.respond = { pages.answer($0) }
        others.agents.append(other)
        return other
    }

    func listen(_ uris: [String], by key: String = Keys.good, on sink: FakeSink = FakeSink()) async throws
        -> FakeSink
    {
        try await agents.open(.watching(uris).by(key), sink)
    }
}

extension Ask {
    static func watching(_ uris: [String], id: String = "7") -> Ask {
        let list = JSONValue.array(uris.map { .string($0) }).text
        return .listen(#""notifications":{"resourceSubscriptions":\#(list)}"#, id: id)
    }

    static func subscribe(_ uri: String, _ session: String?, un: Bool = false) -> Ask {
        .legacy("resources/\(un ? "un" : "")subscribe", #"{"uri":"\#(uri)"}"#, version: "2025-11-25")
            .with("Mcp-Session-Id", session)
    }
}

extension FakeSink {
    /// The URIs of which it was told that they have changed.
    var updates: [String] {
        messages.filter { $0["method"]?.stringValue == WatchedLibrary.updated }.compactMap {
            $0["params"]?["uri"]?.stringValue
        }
    }

    /// Waits until it was told of `count` changes, each in a piece of its own, after the first piece.
    func updates(_ count: Int, after greeting: Int = 1) async -> [String] {
        _ = await pieces(count + greeting)
        return updates
    }
}

import AdminAPI
import Config
import Control
import Curl
import EventLoop
import HTTPClient
import JSON
import Records
import REST
import Store
import System

extension Session {
    /// Runs `body` with the admin API: of the chosen server, or else in this process on the store.
    ///
    /// - Parameters:
    ///   - access: whether a missing store is created.
    ///   - asked: who answers if no `--url` names a server.
    ///   - readsRecords: whether recorded calls are read, which needs the settings for that.
    ///   - asksFunctions: whether functions may be invoked, which needs the settings for that.
    ///   - isLocal: whether functions of target files are found at the local Lambda endpoint.
    ///   - progress: receives the progress of a refresh in this process.
    func withAdmin<T: Sendable>(
        _ access: Store::Store.Access = .existing,
        via asked: Asked = .store,
        readsRecords: Bool = false,
        asksFunctions: Bool = false,
        discovers: Bool = false,
        isLocal: Bool = false,
        progress: @escaping @Sendable (CatalogRefresh.Progress) -> Void = { _ in },
        _ body: @escaping @Sendable (any AdminClient) async throws -> T
    ) throws -> T {
        if let server {
            let place = try RemotePlace(server, environment: environment)
            return try withLoop { loop in try await withRemote(place, loop, body) }
        }
        var sections = Self.storeSections
        if readsRecords { sections.insert("records") }
        if asksFunctions { sections.formUnion(["aws", "refresh", "environment"]) }
        if discovers { sections.insert("discovery") }
        if isLocal { sections.insert("local_lambda") }
        return try withStore(access, needing: .only(sections)) { store, config in
            try withLoop { loop in
                if let place = try await runningServer(asked, store, loop) {
                    return try await withRemote(place, loop, body)
                }
                let inquiry = CommandInquiry(
                    session: self,
                    store: store,
                    config: config,
                    loop: loop,
                    isLocal: isLocal,
                    progress: progress
                )
                let api = AdminAPI(
                    store: store,
                    defaults: config.defaults,
                    inquiry: inquiry,
                    records: readsRecords ? RecordReader(directory: config.records.directory) : nil,
                    nowMs: nowMs
                )
                return try await body(
                    LocalAdmin(api: api, user: UserName.own, store: store, loop: loop, notes: err)
                )
            }
        }
    }

    /// The admin API of a server that runs on the store; nil when the command answers itself.
    /// - Throws: `CommandFailure` when only a running server can answer, and none does.
    private func runningServer(
        _ asked: Asked,
        _ store: Store::Store,
        _ loop: EventLoop
    ) async throws -> RemotePlace? {
        guard asked != .store else { return nil }
        switch await store.door(on: loop) {
        case .open(let door): return try RemotePlace(door)
        case .nobody where asked == .server:
            throw CommandFailure(
                "no server runs on this store, and only a server knows",
                hint: "`mcp-gateway serve` starts one"
            )
        case .shut(let server) where asked == .server:
            throw CommandFailure(
                "\(server.description) can't be asked from here",
                hint: "ask it with --url and an admin token"
            )
        case .nobody, .shut: return nil
        }
    }

    /// To be called on the loop.
    private func withRemote<T: Sendable>(
        _ place: RemotePlace,
        _ loop: EventLoop,
        _ body: (any AdminClient) async throws -> T
    ) async throws -> T {
        // Unencrypted requests stay on this machine, so they use no proxy.
        let isEncrypted = place.endpoint.scheme == .https
        let proxies = isEncrypted ? try ProxySettings(environment: environment) : ProxySettings()
        let transport = try makeTransport(loop, proxies)
        defer { transport.close() }
        return try await body(
            RemoteAdmin(
                place: place,
                transport: LoopBound(transport, on: loop),
                notes: err,
                waitingMax: waitingMax
            )
        )
    }

    /// Sends one request to an operation and returns the answer.
    /// - Parameters:
    ///   - access: whether a missing store is created.
    ///   - asked: who answers if no `--url` names a server.
    /// - Throws: `CommandFailure` for every refusal.
    func ask<A, Output>(
        _ request: OperationRequest<A, Output>,
        access: Store::Store.Access = .existing,
        via asked: Asked = .store,
        readsRecords: Bool = false
    ) throws -> Answer<Output> {
        try withAdmin(access, via: asked, readsRecords: readsRecords) { admin in
            try await admin.ask(request)
        }
    }

    /// Reads a whole list page by page, or its first `countMax` items.
    func askAll<A, Item>(
        _ request: OperationRequest<A, ListForm<Item>>,
        countMax: Int = .max,
        via asked: Asked = .store
    ) throws -> [Answer<Item>] {
        try withAdmin(via: asked) { admin in try await admin.askAll(request, countMax: countMax) }
    }

    /// Says in a sentence what was done, or with `--dry-run` what would have been done; the JSON is the same.
    func answer(_ json: JSONValue, done: Sentence, isDryRun: Bool = false) {
        answer(json, text: isDryRun ? "\(dryRun(done).text)\n" : "\(done.text)\n")
    }
}

/// The sentence that a command prints with `--dry-run`.
func dryRun(_ done: Sentence) -> Sentence { "dry run, nothing is changed: would have \(done)" }

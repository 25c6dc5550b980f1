import AdminAPI
import Config
import Control
import Curl
import EventLoop
import HTTPClient
import JSON
import REST
import Store

extension Session {
    /// Runs `body` with the admin API: of the server that is worked on, else in this process on the store.
    ///
    /// - Parameters:
    ///   - access: whether a missing store is made.
    ///   - asksFunctions: whether functions may be invoked, which needs the settings for that.
    ///   - isLocal: whether functions of target files are found at the local Lambda endpoint.
    ///   - progress: told as a refresh in this process goes on.
    func withAdmin<T: Sendable>(
        _ access: Store::Store.Access = .existing,
        asksFunctions: Bool = false,
        isLocal: Bool = false,
        progress: @escaping @Sendable (CatalogRefresh.Progress) -> Void = { _ in },
        _ body: @escaping @Sendable (any AdminClient) async throws -> T
    ) throws -> T {
        if let server {
            let place = try RemotePlace(server, environment: environment)
            return try withLoop { loop in
                // What goes unencrypted stays on this machine.
                let isEncrypted = place.endpoint.scheme == .https
                let proxies = isEncrypted ? try ProxySettings(environment: environment) : ProxySettings()
                let transport = try makeTransport(loop, proxies)
                defer { transport.close() }
                return try await body(RemoteAdmin(place: place, transport: transport, notes: err))
            }
        }
        var sections = Self.storeSections
        if asksFunctions { sections.formUnion(["aws", "refresh", "environment"]) }
        if isLocal { sections.insert("local_lambda") }
        return try withStore(access, needing: .only(sections)) { store, config in
            try withLoop { loop in
                let inquiry = CommandInquiry(
                    session: self,
                    store: store,
                    config: config,
                    loop: loop,
                    isLocal: isLocal,
                    progress: progress
                )
                let api = AdminAPI(store: store, defaults: config.defaults, inquiry: inquiry, nowMs: nowMs)
                return try await body(
                    LocalAdmin(api: api, user: operatingSystemUser(), store: store, loop: loop, notes: err)
                )
            }
        }
    }

    /// Sends one request to an operation and returns the answer.
    /// - Parameter access: whether a missing store is made.
    /// - Throws: `CommandFailure` for every refusal.
    func ask<A, Output>(
        _ request: OperationRequest<A, Output>,
        access: Store::Store.Access = .existing
    ) throws -> Answer<Output> {
        try withAdmin(access) { admin in try await admin.ask(request) }
    }

    /// Reads a whole list, page by page, or the first `countMax` of it.
    func askAll<A, Item>(
        _ request: OperationRequest<A, ListForm<Item>>,
        countMax: Int = .max
    ) throws -> [Answer<Item>] {
        try withAdmin { admin in try await admin.askAll(request, countMax: countMax) }
    }

    /// Says in a sentence what was done, or with `--dry-run` what would have been; the JSON is the same.
    func answer(_ json: JSONValue, done: Sentence, isDryRun: Bool = false) {
        answer(json, text: isDryRun ? "\(dryRun(done).text)\n" : "\(done.text)\n")
    }
}

/// What a command says with `--dry-run`.
func dryRun(_ done: Sentence) -> Sentence { "dry run, nothing is changed: would have \(done)" }

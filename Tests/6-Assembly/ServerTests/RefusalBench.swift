import AdminAPI
import Bytes
import Contracts
import Calendar
import Config
import Control
import Crypto
import EventLoop
import Gateway
import HTTP
import HTTPServer
import MCP
import Policy
import PortalAPI
import Store
import Telemetry
import Synchronization
import TestSupport
import Testing

@testable import Server

/// The handlers of both APIs that the requests are sent to; each address may make one wrong guess.
extension RefusalFormTests {
    final class Reports: RefusalAudit {
        private let all = Locked<[Gateway::RefusedAuthentication]>([])

        func refused(_ refusal: Gateway::RefusedAuthentication) { all.withLock { $0.append(refusal) } }
        var list: [Gateway::RefusedAuthentication] { all.withLock { $0 } }
    }

    private final class FixedAuthority: TokenAuthority {
        func judge(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<(tenant: String, grant: TokenGrant)> {
            switch Credential(rawValue: token.text(0..<token.count)) {
            case .tokenGood:
                .accepted(("acme", TokenGrant(scopes: [], expiresAtMs: .max, subject: 1 << 62)))
            case .tokenEnded: .refused(.tokenExpired)
            case .tokenLess: .refused(.insufficientScope)
            case .tokenLate: .refused(.undecided)
            case .tokenKeys: .pending(.issuerKeys(0), otherwise: .tokenKeysPending)
            default: .refused(.tokenSignature)
            }
        }

        func fetchKeys(issuer: Int) async {}

        let challenges = TokenChallenges(
            missing: "Bearer missing",
            invalid: "Bearer invalid",
            insufficientScope: "Bearer insufficient"
        )

        func insufficientScope(granted: ScopeSet, opening: [Int]) -> String { "" }
    }

    private final class NoUpstream: Upstream {
        func invoke(
            _ function: UpstreamFunction,
            as tenant: UpstreamTenant?,
            event: consuming CallEvent,
            for call: ToolCall
        ) { fatalError("nothing is called here") }

        func recycle(_ bytes: consuming [UInt8]) {}
    }

    private static func request(
        _ row: Row,
        _ path: String,
        _ bodyBytes: Int,
        key: (String) -> String
    ) throws -> Request {
        let length =
            bodyBytes > 0 ? "Content-Type: application/json\r\nContent-Length: \(bodyBytes)\r\n" : ""
        let origin = row.origin.isEmpty ? "" : "Origin: \(row.origin)\r\n"
        let text =
            "GET \(path) HTTP/1.1\r\nHost: \(row.host)\r\n\(origin)X-Request-Id: r-1\r\n"
            + row.credential.lines(of: key) + length + "\r\n"
        var head = RequestHead()
        let bytes = Array(text.utf8)
        guard case .done(let start) = try RequestParser.parse(bytes.span, into: &head, headBytesMax: 8192)
        else { throw StartFailure("the head is incomplete") }
        return Request(bytes: bytes, head: head, body: start..<start, peer: "127.0.0.1")
    }

    struct Bench {
        let loop: EventLoop
        let reports: Reports
        let handler: PortalAPIHandler

        static func with(
            requestBurst: Int = 1000,
            _ body: @escaping @Sendable (Bench) async throws -> Void
        ) async throws {
            try await withTemporaryDirectory { folder in
                let store = try Store::Store.open(path: "\(folder)/gateway.db")
                defer { store.close() }
                try await withLoop { loop in
                    try await body(Bench(loop, store, requestBurst: requestBurst))
                }
            }
        }

        private init(_ loop: EventLoop, _ store: Store::Store, requestBurst: Int) {
            let reports = Reports()
            var settings = GatewayState.Settings(
                identity: ServerIdentity(name: "g", version: "1", instructions: nil)
            )
            (settings.requestRate, settings.requestBurst) = (1, requestBurst)
            let metrics = GatewayMetrics()
            let endpoint = AgentEndpoint(
                loop: loop,
                state: GatewayState(Self.snapshot, settings: settings, metrics: metrics),
                upstream: NoUpstream(),
                sessionSecret: [UInt8](repeating: 9, count: 32),
                sourceCheck: SourceCheck(hosts: SourceCheck.loopbackHosts, origins: []),
                loginThrottle: LoginThrottle(rate: 1, burst: 1, audit: reports),
                tokens: FixedAuthority(),
                metrics: metrics,
                log: .silent
            )
            let api = PortalAPI(store: store, version: "1") { error, _ in Issue.record("\(error)") }
            self.loop = loop
            self.reports = reports
            handler = PortalAPIHandler(
                api: api,
                endpoint: endpoint,
                authority: nil,
                description: ByteBuffer("{}"),
                inForce: { nil }
            )
        }

        private static let snapshot: Snapshot = {
            func key(
                _ id: Int64,
                _ name: String,
                tenant: Int = 0,
                until: Int64? = nil,
                isRevoked: Bool = false
            )
                -> KeyEntry
            {
                guard let hash = Digest(SHA256.hash("mgw_\(name)_secret").bytes.span) else {
                    fatalError("a hash has 32 bytes")
                }
                return KeyEntry(
                    id: id,
                    tenant: tenant,
                    prefix: name,
                    hash: hash,
                    expiresAtMs: until,
                    isRevoked: isRevoked,
                    allow: []
                )
            }
            return Snapshot(
                version: 1,
                targets: [],
                tools: [],
                tenants: [
                    TenantEntry(id: 7, name: "acme"), TenantEntry(id: 8, name: "idle", state: .suspended),
                ],
                keys: [
                    key(1, "good"), key(2, "revoked", isRevoked: true), key(3, "expired", until: 1),
                    key(4, "suspended", tenant: 1),
                ]
            )
        }()

        func request(_ row: Row, _ path: String = "/portal/v1/me", bodyBytes: Int = 0) throws -> Request {
            try RefusalFormTests.request(row, path, bodyBytes) { "mgw_\($0)_secret" }
        }

        /// The final verdict on the head.
        func verdict(_ head: Request) async -> HeadVerdict {
            var verdict = handler.screen(head)
            while case .wait(let judge) = verdict { verdict = await judge(head) }
            return verdict
        }

        /// The answer to the head; nil when the body is needed.
        func screen(_ head: Request) async -> Response? {
            if case .respond(let response) = await verdict(head) { response } else { nil }
        }
    }

    private struct NoInquiry: CatalogInquiry {
        func refreshSoon(_ name: TargetName) {}

        func refresh(_ name: Store::TargetName?) async throws(StoreError) -> [CatalogRefresh.Report] { [] }
        func test(_ target: TargetRecord, _ request: TrialRequest) async -> TargetTrial {
            fatalError("nothing is asked here")
        }
    }

    struct AdminBench {
        let loop: EventLoop
        let reports: Reports
        let handler: AdminAPIHandler
        let router: AdminRouter
        let tokens: [String: String]

        static func with(_ body: @escaping @Sendable (AdminBench) async throws -> Void) async throws {
            try await withTemporaryDirectory { folder in
                let now = Locked<Int64>(1_000)
                let store = try Store::Store.open(
                    path: "\(folder)/gateway.db",
                    clock: { now.withLock { $0 } }
                )
                defer { store.close() }
                let tokens = try await store.write(as: .admin(token: "t")) { writing throws(StoreError) in
                    var tokens: [String: String] = [:]
                    for name in ["good", "revoked", "expired"] {
                        let expiry: Int64? = name == "expired" ? 2_000 : nil
                        tokens[name] = try writing.issueAdminToken(
                            name: name,
                            role: .operator,
                            expiresAtMs: expiry
                        ).token.text
                    }
                    try writing.revokeAdminToken("revoked")
                    return tokens
                }
                now.withLock { $0 = WallClock.nowMs() }
                try await withLoop { loop in try await body(AdminBench(loop, store, tokens)) }
            }
        }

        private init(_ loop: EventLoop, _ store: Store::Store, _ tokens: [String: String]) {
            let reports = Reports()
            let handler = AdminAPIHandler(
                api: AdminAPI(store: store, defaults: GatewayConfig().defaults, inquiry: NoInquiry()),
                store: store,
                loginThrottle: LoginThrottle(rate: 1, burst: 1, audit: reports),
                log: .silent,
                inForce: { nil }
            )
            router = AdminRouter(
                health: Health(version: "1"),
                source: SourceCheck(hosts: SourceCheck.loopbackHosts, origins: []),
                reports: Server.Reports(
                    metrics: GatewayMetrics(),
                    live: LiveStatus(
                        metrics: GatewayMetrics(),
                        health: Health(version: "1"),
                        version: "1",
                        startedMs: 0,
                        isLocal: false
                    ),
                    buffers: BufferBudget(bytesMax: 1 << 20),
                    version: "1",
                    startedMs: 0
                ),
                api: handler,
                loop: loop
            )
            (self.loop, self.reports, self.handler, self.tokens) = (loop, reports, handler, tokens)
        }

        func request(_ row: Row, bodyBytes: Int = 0) throws -> Request {
            try RefusalFormTests.request(row, "/admin/v1/tenants", bodyBytes) { tokens[$0] ?? "mgwa_none_x" }
        }
    }
}

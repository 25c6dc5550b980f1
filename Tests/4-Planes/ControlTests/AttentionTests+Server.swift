import Control
import Telemetry

// The items about a running server itself.
extension AttentionTests {
    static let serverRows: [Row] = [
        Row("nothing", []) { _ in },
        Row("no server", []) { $0.server = nil },
        Row(
            "a collector that takes no spans",
            [
                "warning traces_failing traces: the collector takes no spans: it answered 503; 7 were dropped since the server's start → look at the collector, and at traces.endpoint and traces.headers"
            ]
        ) {
            $0.server?.traces = ServerStatus.Traces(
                failing: "it answered 503",
                sinceMs: nowMs - 5,
                dropped: 7
            )
        },
        Row(
            "a server that isn't ready",
            [
                "problem server_not_ready server: it isn't ready: draining → look at the server's log"
            ]
        ) { $0.server?.notReady = "draining" },
        Row("a store that was moved", ["problem store_displaced store: it was removed → put it back"]) {
            $0.server?.notReady = "the store's file was removed or replaced; see the log"
            $0.server?.storeFault = .init(message: "it was removed", hint: "put it back")
        },
        Row("records that are written", []) {
            $0.server?.records = .init(failing: nil, failingSinceMs: nil, dropped: 0, lastDropMs: nil)
        },
        Row(
            "records that can't be written",
            [
                "warning records_failing records of calls: they can't be written: the disk is full; 7 were dropped since the server's start → make room, or make the folder writable; `mcp-gateway doctor` looks at it"
            ]
        ) {
            $0.server?.records = .init(
                failing: "the disk is full",
                failingSinceMs: nowMs - hour,
                dropped: 7,
                lastDropMs: nowMs
            )
        },
        Row(
            "records that were dropped lately",
            [
                "warning records_failing records of calls: the disk didn't keep up; 7 were dropped since the server's start → put records.directory on a faster disk, or raise records.queue_max"
            ]
        ) {
            $0.server?.records = .init(
                failing: nil,
                failingSinceMs: nil,
                dropped: 7,
                lastDropMs: nowMs - hour + 1
            )
        },
        Row("records that were dropped long ago", []) {
            $0.server?.records = .init(
                failing: nil,
                failingSinceMs: nil,
                dropped: 7,
                lastDropMs: nowMs - hour
            )
        },
        Row(
            "a reload that had faults, and settings that wait",
            [
                "warning reload_faulty settings: reload failed → correct what is named, then `mcp-gateway reload`",
                "warning restart_needed settings: changed, and not in force before a restart: log.level, tls.key → restart the server",
            ]
        ) {
            $0.server?.lastReload = .init(atMs: nowMs, isGood: false, text: "reload failed")
            $0.server?.needsRestart = ["log.level", "tls.key"]
        },
        Row("a good reload", []) { $0.server?.lastReload = .init(atMs: nowMs, isGood: true, text: "") },
        Row(
            "a certificate that ends within two weeks",
            [
                "warning certificate_expires tls.certificate: the certificate expires in 13 days → put a new one in its place, then `mcp-gateway reload`"
            ]
        ) { $0.server?.certificates = [.init(name: "tls.certificate", atMs: nowMs + 14 * day - 1)] },
        Row(
            "one that has ended",
            [
                "problem certificate_expires tls.certificate: the certificate has expired, and clients refuse it → put a new one in its place, then `mcp-gateway reload`"
            ]
        ) { $0.server?.certificates = [.init(name: "tls.certificate", atMs: nowMs)] },
        Row("one that ends later", []) {
            $0.server?.certificates = [.init(name: "tls.certificate", atMs: nowMs + 15 * day)]
        },
        Row(
            "roles that can't be taken, and one that can't be renewed",
            [
                "problem role_failing tenant acme: refused → `mcp-gateway tenant show acme` has its role; it is tried again by itself",
                "warning role_failing target shop: unreachable → `mcp-gateway target test shop` tries it now; it is tried again by itself",
            ]
        ) {
            $0.server?.roles = [
                .tenant("acme", "refused", isInForce: false), .tenant("acme", "again", isInForce: false),
                .target("shop", "unreachable", isInForce: true),
            ]
        },
        Row(
            "a key pair of AWS in its last hour",
            [
                "warning credentials_expire AWS credentials: the key pair from environment expires in 59 minutes → renew it where it comes from, then `mcp-gateway reload`, or restart where it's in the environment"
            ]
        ) { $0.server?.credentials = .init(name: "environment", atMs: nowMs + hour - 1) },
        Row(
            "one that has ended",
            [
                "problem credentials_expire AWS credentials: the key pair from environment has expired, and AWS refuses calls with it → renew it where it comes from, then `mcp-gateway reload`, or restart where it's in the environment"
            ]
        ) { $0.server?.credentials = .init(name: "environment", atMs: nowMs - 1) },
        Row("the same where functions run on this machine", []) {
            $0.server?.isLocal = true
            $0.server?.credentials = .init(name: "environment", atMs: nowMs - 1)
        },
        Row("one that is good for longer", []) {
            $0.server?.credentials = .init(name: "environment", atMs: nowMs + 2 * hour)
        },
    ]
}

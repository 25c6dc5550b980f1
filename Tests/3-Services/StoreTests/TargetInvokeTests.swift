import Contracts
import Policy
import Store
import Testing

/// A target's declared settings for calling its functions.
struct TargetInvokeTests {
    @Test func `call settings are stored, and a changed route is published and audited`()
        async throws
    {
        try await withStore { store in
            var spec = try TargetTests.spec("time")
            spec.contract = .httpV2
            spec.invoke.route = VersionRoute(weights: ["next": 10, "live": 90])
            spec.invoke.httpPath = "/tools/mcp"
            spec.invoke.httpHost = "localhost:9"
            spec.invoke.tenantIsolation = true
            spec.invoke.architecture = .arm
            spec.invoke.memoryMB = 512
            spec.invoke.streaming = true
            spec.invoke.toolTimeoutsMs = ["report": 300_000, "a \"b\"": 1]
            let added = try await store.writing { [spec] write throws(StoreError) in
                try write.addTarget(spec)
            }
            #expect(added.spec == spec)
            #expect(added.spec.invoke.route?.branches.map { $0.qualifier } == ["live", "next"])
            #expect(added.unusedTimeouts == ["a \"b\"", "report"])
            let before = try await store.loadSnapshot()
            #expect(before.targets.map { $0.invoke } == [spec.invoke])
            spec.invoke.route = VersionRoute(weights: ["live": 1])
            _ = try await store.writing { [spec] write throws(StoreError) in try write.updateTarget(spec) }
            let after = try await store.loadSnapshot()
            #expect(after.version > before.version && after.targets[0].invoke.route?.text == "live=1")
            let event = try #require(try await store.events().first)
            #expect(event.before == #"{"route":{"live":90,"next":10}}"#)
            #expect(event.after == #"{"route":{"live":1}}"#)
        }
    }

    @Test func `a change of streaming or of a tool's timeout is published and audited`() async throws {
        try await withStore { store in
            var spec = try TargetTests.spec("time")
            spec.contract = .jsonrpc
            _ = try await store.writing { [spec] write throws(StoreError) in try write.addTarget(spec) }
            let before = try await store.loadSnapshot()
            spec.invoke.streaming = true
            _ = try await store.writing { [spec] write throws(StoreError) in try write.updateTarget(spec) }
            let streaming = try await store.loadSnapshot()
            #expect(streaming.version > before.version && streaming.targets[0].invoke.streaming)
            spec.invoke.toolTimeoutsMs = ["report": 300_000]
            _ = try await store.writing { [spec] write throws(StoreError) in try write.updateTarget(spec) }
            let after = try await store.loadSnapshot()
            #expect(after.version > streaming.version)
            #expect(after.targets[0].invoke.toolTimeoutsMs == ["report": 300_000])
            let event = try #require(try await store.events().first)
            #expect(event.before == #"{"toolTimeoutsMs":null}"#)
            #expect(event.after == #"{"toolTimeoutsMs":{"report":300000}}"#)
        }
    }

    struct Unfit: Sendable, CustomTestStringConvertible {
        let what: String
        let invoke: InvokeSettings
        var contract = Contract.jsonrpc
        var qualifier: String?
        let says: String
        var testDescription: String { what }
    }

    private static func role(_ id: String? = nil, session: String? = nil) -> InvokeSettings {
        let arn = "arn:aws:iam::123456789012:role/r"
        return InvokeSettings(role: AssumedRole(arn: arn, externalID: id, sessionName: session))
    }

    private static func route(_ branches: [(String, Int)]) -> InvokeSettings {
        InvokeSettings(
            route: VersionRoute(
                branches: branches.map { VersionRoute.Branch(qualifier: $0.0, weight: $0.1) }
            )
        )
    }

    @Test(arguments: [
        Unfit(
            what: "a user's ARN",
            invoke: InvokeSettings(role: AssumedRole(arn: "arn:aws:iam::123456789012:user/u")),
            says: "not the ARN of an IAM role"
        ),
        Unfit(
            what: "a role without a name",
            invoke: InvokeSettings(role: AssumedRole(arn: "arn:aws:iam::123456789012:role/path/")),
            says: "not the ARN of an IAM role"
        ),
        Unfit(what: "a short external id", invoke: role("a"), says: "not an external id"),
        Unfit(what: "a quoted external id", invoke: role("a\"b"), says: "not an external id"),
        Unfit(
            what: "a long external id",
            invoke: role(String(repeating: "a", count: 1_225)),
            says: "not an external id"
        ),
        Unfit(what: "a session's name with a slash", invoke: role(session: "a/b"), says: "role's session"),
        Unfit(
            what: "a long session's name",
            invoke: role(session: String(repeating: "a", count: 65)),
            says: "role's session"
        ),
        Unfit(what: "no branches", invoke: route([]), says: "is not a route"),
        Unfit(what: "three branches", invoke: route([("a", 1), ("b", 1), ("c", 1)]), says: "is not a route"),
        Unfit(what: "one branch twice", invoke: route([("a", 1), ("a", 1)]), says: "is not a route"),
        Unfit(what: "no weight", invoke: route([("a", 0), ("b", 0)]), says: "not all 0"),
        Unfit(what: "a negative weight", invoke: route([("a", 1), ("b", -1)]), says: "is not a route"),
        Unfit(what: "a weight too large", invoke: route([("a", 1_000_001)]), says: "is not a route"),
        Unfit(what: "a branch that is no qualifier", invoke: route([("a b", 1)]), says: "is not a route"),
        Unfit(what: "route and qualifier", invoke: route([("a", 1)]), qualifier: "b", says: "leave one"),
        Unfit(
            what: "_meta where none is sent",
            invoke: InvokeSettings(callerIdentity: .meta),
            contract: .function,
            says: "sends no _meta"
        ),
        Unfit(
            what: "a path without HTTP",
            invoke: InvokeSettings(httpPath: "/mcp"),
            says: "sends no HTTP events"
        ),
        Unfit(
            what: "streaming where nothing can be streamed",
            invoke: InvokeSettings(streaming: true),
            contract: .mcpWrapper,
            says: "use the contract jsonrpc, http-v2 or http-v1"
        ),
        Unfit(
            what: "a tool's timeout of more than 15 minutes",
            invoke: InvokeSettings(toolTimeoutsMs: ["a": 900_001]),
            says: "the timeout of \"a\" is 900001 ms"
        ),
        Unfit(
            what: "a timeout of a tool without a name",
            invoke: InvokeSettings(toolTimeoutsMs: ["": 1_000]),
            says: "the name of a tool with a timeout has 0 bytes"
        ),
        Unfit(
            what: "too many timeouts",
            invoke: InvokeSettings(
                toolTimeoutsMs: Dictionary(uniqueKeysWithValues: (0...1_000).map { ("t\($0)", 1_000) })
            ),
            says: "1001 tools have a timeout of their own"
        ),
        Unfit(
            what: "a path with a query",
            invoke: InvokeSettings(httpPath: "/mcp?a"),
            contract: .httpV2,
            says: "not a path for HTTP events"
        ),
        Unfit(
            what: "a host with a line break",
            invoke: InvokeSettings(httpHost: "a\r\nb"),
            contract: .httpV1,
            says: "not a host for HTTP events"
        ),
    ])
    func `call settings are checked before they are stored`(_ row: Unfit) async throws {
        try await withStore { store in
            var spec = try TargetTests.spec("time")
            spec.invoke = row.invoke
            spec.contract = row.contract
            spec.qualifier = row.qualifier
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { [spec] write throws(StoreError) in _ = try write.addTarget(spec) }
            }
            #expect(error?.kind == .invalid)
            #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "")")
            #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
        }
    }

    @Test func `a target needs a function unless its declared tools have their own`()
        async throws
    {
        try await withStore { store in
            var spec = try TargetTests.spec("many", function: "")
            let error = await #expect(throws: StoreError.self) {
                try await store.writing { [spec] write throws(StoreError) in _ = try write.addTarget(spec) }
            }
            #expect(error?.message.contains("function has 0 bytes") == true)
            spec.toolsJSON = #"[{"name":"a","function":"f"}]"#
            let added = try await store.writing { [spec] write throws(StoreError) in
                try write.addTarget(spec)
            }
            #expect(added.spec == spec)
        }
    }
}

import Config
import Contracts
import Control
import Locks
import Model
import Policy
import Store
import Synchronization
import Testing

@Suite
struct DiscoveryPlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let discovery: GatewayConfig.Discovery
        let account: FakeCatalog
        let lines: [String]

        init(
            _ name: String,
            _ lines: [String],
            _ edit: (inout GatewayConfig.Discovery) -> Void = { _ in },
            _ fill: (FakeCatalog) -> Void
        ) {
            self.name = name
            self.lines = lines
            var discovery = GatewayConfig.Discovery(name: "crm")
            discovery.prefix = "crm-"
            edit(&discovery)
            self.discovery = discovery
            account = FakeCatalog()
            fill(account)
        }

        var testDescription: String { name }
    }

    private static func plain(_ entry: inout GatewayConfig.Discovery) { entry.contract = .function }

    static let rows: [Row] = [
        Row(
            "a function with neither a tag nor a contract of the settings is left out",
            ["left_out crm-a: it has no tag mcp-gateway:contract, and the discovery sets no contract"]
        ) { $0.set(["crm-a", "other"]) },
        Row(
            "plain functions are tools of one target, named without the prefix",
            [
                "new crm____9lives (function by setting, required by setting, open)",
                "new crm___customer_info_v2 (function by setting, required by setting, open)",
                "target crm added function required",
            ],
            plain
        ) { $0.set(["crm-9lives", "crm-customer-info-v2"]) },
        Row(
            "a function that speaks MCP gets a target of its own",
            [
                "new time (mcp-wrapper by tag, required by setting, asked)",
                "target time added mcp-wrapper required",
            ]
        ) { $0.set(["crm-time"], tags: ["mcp-gateway:contract": "mcp-wrapper"]) },
        Row(
            "agentcore needs its tools declared",
            [
                "left_out crm-a: the contract agentcore needs its tools declared: "
                    + "`mcp-gateway target add NAME --function ARN --contract agentcore --tools FILE`"
            ],
            plain
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:contract": "agentcore"]) },
        Row(
            "a tag keeps a function out",
            ["left_out crm-a: its tag mcp-gateway:contract is none"],
            plain
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:contract": "none"]) },
        Row(
            "an odd contract is shown harmlessly",
            [
                "left_out crm-a: its tag mcp-gateway:contract is \"a<U+202E>b\"; there are "
                    + (Contract.allCases.map { $0.rawValue } + ["none"]).joined(separator: ", ")
            ]
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:contract": "a\u{202E}b"]) },
        Row(
            "all tags must match",
            [
                "left_out crm-a: its tag \"team\" is \"hr\", not \"crm\"",
                "left_out crm-b: it has no tag \"env\"",
            ],
            {
                plain(&$0)
                $0.tags = ["team": "crm", "env": "prod"]
            }
        ) {
            $0.set(["crm-a", "crm-b"])
            $0.account.withLock {
                $0.tags[arn("crm-a")] = ["team": "hr", "env": "prod"]
                $0.tags[arn("crm-b")] = ["team": "crm"]
            }
        },
        Row(
            "a tag opens no more than the settings allow",
            [
                "new crm___a (function by setting, required by tag_limited, open): its tag mcp-gateway:approval "
                    + "is open, more open than tags may say here",
                "target crm added function required",
            ],
            plain
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:approval": "open"]) },
        Row(
            "where the settings let tags open, a tag opens that far",
            [
                "new crm-auto___a (function by setting, auto by tag_limited, open): its tag mcp-gateway:approval "
                    + "is open, more open than tags may say here",
                "target crm-auto added function auto",
            ],
            {
                plain(&$0)
                $0.approvalFromTags = .auto
            }
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:approval": "open"]) },
        Row(
            "a tag may always ask for more approval, and only that function is held back",
            [
                "new crm___a (function by setting, open by setting, open)",
                "new crm-required___b (function by setting, required by tag, open)",
                "target crm added function open",
                "target crm-required added function required",
            ],
            {
                plain(&$0)
                $0.approval = .open
            }
        ) {
            $0.set(["crm-a", "crm-b"])
            $0.account.withLock { $0.tags[arn("crm-b")] = ["mcp-gateway:approval": "required"] }
        },
        Row(
            "an approval that is none is taken for required",
            [
                "new crm-required___a (function by setting, required by tag, open): its tag mcp-gateway:approval is "
                    + "\"opne\", which isn't one of required, auto, open: taken for required",
                "target crm-required added function required",
            ],
            {
                plain(&$0)
                $0.approval = .open
            }
        ) { $0.set(["crm-a"], tags: ["mcp-gateway:approval": "opne"]) },
        Row(
            "two that would have one name get neither, and both ARNs are told",
            [
                "left_out crm-a-b: \(arn("crm-a-b")) and \(arn("crm-a_b")) would both be crm___a_b; exclude one, or "
                    + "tag it mcp-gateway:contract = none",
                "left_out crm-a_b: \(arn("crm-a-b")) and \(arn("crm-a_b")) would both be crm___a_b; exclude one, or "
                    + "tag it mcp-gateway:contract = none",
            ],
            plain
        ) { $0.set(["crm-a-b", "crm-a_b"]) },
        Row(
            "one name in two regions is a collision too",
            [
                "left_out crm-a: \(arn("crm-a")) and \(arn("crm-a", "us-east-1")) would both be crm___a; exclude "
                    + "one, or tag it mcp-gateway:contract = none",
                "left_out crm-a: \(arn("crm-a")) and \(arn("crm-a", "us-east-1")) would both be crm___a; exclude "
                    + "one, or tag it mcp-gateway:contract = none",
            ],
            {
                plain(&$0)
                $0.regions = ["eu-central-1", "us-east-1"]
            }
        ) {
            $0.set(["crm-a"])
            $0.set(["crm-a"], in: "us-east-1")
        },
        Row(
            "a name that is too long is told, with what shortens it",
            [
                "new crm___\(String(repeating: "x", count: 60)) (function by setting, required by setting, open): "
                    + "crm___\(String(repeating: "x", count: 60)) has 66 characters, and 64 are allowed: it is "
                    + "served after `mcp-gateway tool alias crm___\(String(repeating: "x", count: 60)) NAME`",
                "target crm added function required",
            ],
            plain
        ) { $0.set(["crm-" + String(repeating: "x", count: 60)]) },
        Row(
            "a schema comes from the registry, and else it's told why not",
            [
                "new crm___a (function by setting, required by setting, registry arn:good)",
                "new crm___b (function by setting, required by setting, open: no such schema)",
                "new crm___c (function by setting, required by setting, open: the schema isn't the JSON schema of an object)",
                "new crm___d (function by setting, required by setting, open: it has no tag \"schema\")",
                "target crm added function required",
            ],
            {
                plain(&$0)
                $0.schemaTag = "schema"
            }
        ) {
            $0.set(["crm-a", "crm-b", "crm-c", "crm-d"])
            $0.account.withLock {
                $0.tags[arn("crm-a")] = ["schema": "arn:good"]
                $0.tags[arn("crm-b")] = ["schema": "arn:none"]
                $0.tags[arn("crm-c")] = ["schema": "arn:bad"]
                $0.schemas["arn:good"] = .success(#"{"type":"object","properties":{"q":{"type":"string"}}}"#)
                $0.schemas["arn:bad"] = .success(#"{"type":"array"}"#)
            }
        },
        Row(
            "a plain function in tenant isolation mode is left out, with the command that adds it",
            [
                "left_out crm-a: it is in tenant isolation mode: `mcp-gateway target add NAME --function ARN "
                    + "--contract function --tenant-isolation true`"
            ],
            plain
        ) { $0.set(["crm-a"], isTenantIsolated: true) },
        Row(
            "a schema of another account isn't asked for",
            [
                "new crm___a (function by setting, required by setting, open: the schema is in the account "
                    + "999999999999, and the function in 123456789012)",
                "target crm added function required",
            ],
            {
                plain(&$0)
                $0.schemaTag = "schema"
            }
        ) {
            let schema = "arn:aws:schemas:eu-central-1:999999999999:schema/r/s"
            $0.set(["crm-a"], tags: ["schema": schema])
            $0.account.withLock { $0.schemas[schema] = .success(#"{"type":"object"}"#) }
        },
        Row(
            "a name of the list that no region has is told",
            ["left_out gone: there is no such function in eu-central-1"],
            {
                plain(&$0)
                $0.prefix = nil
                $0.functions = ["gone"]
            }
        ) { $0.set(["crm-a"]) },
        Row(
            "a new function whose tags can't be read is left out",
            ["left_out crm-a: its tags can't be read: denied"],
            plain
        ) {
            $0.set(["crm-a"])
            $0.account.withLock { $0.untold = [arn("crm-a")] }
        },
    ]

    @Test(arguments: rows)
    func `a plan lists each function with its state and the reasons`(_ row: Row) async throws {
        #expect(await lines(row.discovery, row.account) == row.lines)
    }

    @Test
    func `a function whose target name is taken by another target is left out`() async throws {
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        discovery.contract = .function
        let catalog = FakeCatalog()
        catalog.set(["crm-a"])
        let spec = TargetSpec(name: try TargetName("crm"), function: "f")
        let other = record(spec)
        #expect(
            await lines(discovery, catalog, DiscoveryPlanner.Stored(targets: [other])) == [
                "left_out crm-a: there is a target crm already, added by command; give the discovery another name"
            ]
        )
    }

    @Test
    func `functions of another account are listed and called with the role`() async throws {
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        discovery.contract = .function
        discovery.roleARN = "arn:aws:iam::123456789012:role/tools"
        discovery.externalID = "xy"
        let catalog = FakeCatalog()
        catalog.set(["crm-a"])
        let plan = await plan(discovery, catalog)
        let role = AssumedRole(arn: "arn:aws:iam::123456789012:role/tools", externalID: "xy")
        #expect(plan.targets.map { $0.spec.invoke.role } == [role])
        #expect(
            catalog.account.withLock { $0.places } == [DiscoveryPlace(region: "eu-central-1", role: role)]
        )
    }

    @Test
    func `a tenant-isolated function with its own target gets tenant isolation`()
        async throws
    {
        let catalog = FakeCatalog()
        catalog.set(["crm-a"], tags: ["mcp-gateway:contract": "mcp-wrapper"], isTenantIsolated: true)
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        #expect(await plan(discovery, catalog).targets.map { $0.spec.invoke.tenantIsolation } == [true])
    }

    @Test
    func `architecture and memory come from the list of functions, if a target's functions agree`()
        async throws
    {
        let catalog = FakeCatalog()
        catalog.set(
            ["crm-a"],
            tags: ["mcp-gateway:contract": "mcp-wrapper"],
            architecture: .arm,
            memoryMB: [512]
        )
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        let own = await plan(discovery, catalog).targets.map { $0.spec.invoke }
        #expect(own.map { $0.architecture } == [.arm] && own.map { $0.memoryMB } == [512])
        discovery.contract = .function
        catalog.set(["crm-a", "crm-b"], architecture: .arm, memoryMB: [512, 1_024])
        let shared = await plan(discovery, catalog).targets.map { $0.spec.invoke }
        #expect(shared.map { $0.architecture } == [.arm] && shared.map { $0.memoryMB } == [nil])
    }

    @Test(arguments: [(0, 300), (1_500, 400), (10_000, 966), (100_000, 1_800)])
    func `the time for reading tags grows with the number of functions`(_ count: Int, _ seconds: Int) {
        #expect(LambdaFunctionCatalog.tagTimeout(count, .seconds(300)) == .seconds(seconds))
    }

    @Test
    func `schemas that aren't read in time are reported`() async throws {
        var discovery = GatewayConfig.Discovery(name: "crm")
        discovery.prefix = "crm-"
        discovery.contract = .function
        discovery.schemaTag = "schema"
        let catalog = FakeCatalog()
        catalog.set(["crm-a"], tags: ["schema": "arn:x"])
        catalog.account.withLock { $0.schemas["arn:x"] = .success(#"{"type":"object"}"#) }
        let late = await DiscoverySurvey.run(discovery, in: catalog, schemasTimeout: .zero)
        guard case .success(let found)? = late.places.first?.found else {
            Issue.record("the region wasn't listed")
            return
        }
        #expect(
            found.map { $0.schema?.outcome } == [
                .failure(FunctionCatalogError("the schemas took longer than 0 s"))
            ]
        )
    }

    private func plan(
        _ discovery: GatewayConfig.Discovery,
        _ catalog: FakeCatalog,
        _ stored: DiscoveryPlanner.Stored = DiscoveryPlanner.Stored()
    ) async -> DiscoveryPlan {
        DiscoveryPlanner(
            discovery,
            defaults: GatewayConfig().defaults,
            survey: await DiscoverySurvey.run(discovery, in: catalog),
            stored: stored,
            nowMs: 1_000_000
        ).plan()
    }

    private func lines(
        _ discovery: GatewayConfig.Discovery,
        _ catalog: FakeCatalog,
        _ stored: DiscoveryPlanner.Stored = DiscoveryPlanner.Stored()
    ) async -> [String] {
        let plan = await plan(discovery, catalog, stored)
        return plan.functions.map { line($0) }
            + plan.targets.map {
                "target \($0.name) \($0.change) \($0.spec.contract.rawValue) \($0.spec.approval)"
            }
    }

    private func line(_ function: DiscoveryPlan.Function) -> String {
        if case .leftOut(let why) = function.state { return "left_out \(function.name): \(why)" }
        let schema =
            switch function.schema {
            case .registry(let arn): "registry \(arn)"
            case .open(let why): why.contains("schema_tag") ? "open" : "open: \(why)"
            case .kept(let why): "kept: \(why)"
            case .asked: "asked"
            case nil: "-"
            }
        let how =
            "\(function.contract?.rawValue ?? "-") by \(function.contractReason?.rawValue ?? "-"), "
            + "\(function.approval?.rawValue ?? "-") by \(function.approvalReason?.rawValue ?? "-"), \(schema)"
        let notes = function.notes.isEmpty ? "" : ": \(function.notes.joined(separator: "; "))"
        return
            "\(function.state.word) \(function.exposedName ?? function.target?.text ?? "-") (\(how))\(notes)"
    }
}

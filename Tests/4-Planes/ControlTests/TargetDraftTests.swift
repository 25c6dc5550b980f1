import Config
import Contracts
import Control
import EventLoop
import Model
import Policy
import Store
import Testing

struct TargetDraftTests {
    private func spec(
        name: String = "alpha",
        function: String = "fn",
        _ edit: (inout TargetDeclaration) -> Void = { _ in }
    ) throws(ModelFault) -> TargetSpec {
        var declaration = TargetDeclaration()
        declaration.contract = "mcp-wrapper"
        edit(&declaration)
        let draft = TargetDraft(name: name, function: function, declaration: declaration)
        return try draft.spec(defaults: GatewayConfig().defaults)
    }

    @Test func `defaults come from the configuration`() throws {
        let spec = try spec()
        #expect(spec.contract == .mcpWrapper)
        #expect(spec.approval == .required)
        #expect(spec.timeoutMs == 60_000)
    }

    @Test func `two functions that would be the same tool are refused, and the error names both`() throws {
        let error = #expect(throws: ModelFault.self) {
            try spec { $0.toolFunctions = ["get-order", "orders=list-orders", "get_order"] }
        }
        #expect(
            error?.message == #"the functions "get-order" and "get_order" would both be the tool "get_order""#
        )
        #expect(error?.hint.contains("get_order_2=FUNCTION") == true)
    }

    @Test func `a draft without a contract is refused, and the hint says what each contract sends`() {
        let fault = #expect(throws: ModelFault.self) { try spec { $0.contract = nil } }
        #expect(fault?.message.contains("contract is missing") == true)
        for contract in Contract.allCases {
            #expect(fault?.hint.contains("\(contract.rawValue) sends \(contract.sends)") == true)
        }
    }

    @Test func `declaring a contract replaces an unknown one`() throws {
        var spec = TargetSpec(name: try TargetName("alpha"), function: "fn", unknownContract: "grpc")
        var declaration = TargetDeclaration()
        declaration.timeout = "5s"
        try declaration.apply(to: &spec)
        #expect(spec.contractWord == "grpc")
        declaration.contract = "function"
        try declaration.apply(to: &spec)
        #expect(spec.contractWord == "function" && spec.unknownContract == nil)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let field: String
        let value: String
        let says: String
        var testDescription: String { "\(field) \(value.debugDescription)" }
    }

    @Test(arguments: [
        Row(field: "name", value: "Alpha", says: "is not a valid target name"),
        Row(field: "name", value: "a___b", says: "is not a valid target name"),
        Row(field: "name", value: "", says: "is not a valid target name"),
        Row(field: "name", value: "a\u{1B}[2J", says: "is not a valid target name"),
        Row(field: "name", value: String(repeating: "a", count: 51), says: "is not a valid target name"),
        Row(field: "function", value: "", says: "there is no function"),
        Row(field: "function", value: "a b", says: "is not a function"),
        Row(field: "function", value: "arn:aws:s3:::bucket", says: "is not a function"),
        Row(field: "function", value: "fn:live\r\nX-Evil: 1", says: "is not a function"),
        Row(
            field: "contract",
            value: "grpc",
            says: "use mcp-wrapper, jsonrpc, agentcore, http-v2, http-v1 or function"
        ),
        Row(field: "region", value: "Europe", says: "is not a region"),
        Row(field: "region", value: "eu-central-1/..", says: "is not a region"),
        Row(field: "qualifier", value: "not ok", says: "is not a function"),
        Row(field: "endpoint", value: "ftp://x", says: "is not a valid endpoint"),
        Row(field: "endpoint", value: "http://x/\r\nHost: y", says: "is not a valid endpoint"),
        Row(field: "approval", value: "maybe", says: "required, auto or open"),
        Row(field: "pinDefinitions", value: "yes", says: "use true or false"),
        Row(field: "serves", value: "tool", says: "use tools, prompts and resources"),
        Row(field: "serves", value: "prompts", says: "serves tools alone"),
        Row(field: "timeout", value: "16m", says: "1s to 15m"),
        Row(field: "timeout", value: "99999999999999999999d", says: "1s to 15m"),
        Row(field: "description", value: "a\u{202E}b", says: "U+202E"),
        Row(field: "tools", value: "{", says: "JSON array"),
        Row(field: "tools", value: "[{}]", says: "JSON array"),
        Row(field: "tools", value: #"[{"name":"a","function":7}]"#, says: "function must be a string"),
        Row(field: "tools", value: #"[{"name":"a","function":"a b"}]"#, says: "is not a function"),
        Row(field: "tools", value: #"[{"name":"a","function":"f:x"}]"#, says: "leave one of them out"),
        Row(field: "tool", value: "a=", says: "declares no tool"),
        Row(field: "tool", value: "=f", says: "declares no tool"),
        Row(field: "tool", value: "a b=f", says: "the declared tool a b"),
        Row(field: "tool", value: "a=f\u{1B}", says: "is not a function"),
        Row(field: "roleARN", value: "arn:aws:iam::1:role/x", says: "not the ARN of an IAM role"),
        Row(field: "externalID", value: "id", says: "needs a role"),
        Row(field: "sessionName", value: "name", says: "needs a role"),
        Row(field: "route", value: "not ok", says: "is not a route"),
        Row(field: "logTail", value: "some", says: "use off, sampled or all"),
        Row(field: "callerIdentity", value: "header", says: "use none, client-context or meta"),
        Row(field: "callerIdentity", value: "meta", says: "sends no _meta"),
        Row(field: "httpPath", value: "/mcp", says: "sends no HTTP events"),
        Row(field: "httpHost", value: "localhost", says: "sends no HTTP events"),
        Row(field: "architecture", value: "riscv", says: "use x86_64 or arm64"),
        Row(field: "memoryMB", value: "64", says: "give 128 to 10240"),
        Row(field: "memoryMB", value: "-512", says: "give 128 to 10240"),
        Row(field: "streaming", value: "on", says: "use true or false"),
        Row(field: "streaming", value: "true", says: "use the contract jsonrpc, http-v2 or http-v1"),
        Row(field: "toolTimeout", value: "report", says: "such as report=5m"),
        Row(field: "toolTimeout", value: "=5m", says: "such as report=5m"),
        Row(field: "toolTimeout", value: "report=16m", says: "1s to 15m"),
        Row(field: "toolTimeout", value: "re\u{1B}port=5m", says: "control character"),
        Row(field: "recordArguments", value: "all", says: "use none, redacted or full"),
        Row(field: "redact", value: "a\u{1B}", says: "is not a JSON pointer"),
        Row(field: "redact", value: "/a", says: "record_arguments is none"),
    ])
    func `the error for a wrong value names it and says what would be right`(_ row: Row) {
        let error = #expect(throws: ModelFault.self) {
            try spec(
                name: row.field == "name" ? row.value : "alpha",
                function: row.field == "function" ? row.value : "fn"
            ) { declaration in
                switch row.field {
                case "contract": declaration.contract = row.value
                case "region": declaration.region = row.value
                case "qualifier": declaration.qualifier = row.value
                case "endpoint": declaration.endpoint = row.value
                case "approval": declaration.approval = row.value
                case "pinDefinitions": declaration.pinDefinitions = row.value
                case "serves":
                    declaration.contract = "function"
                    declaration.serves = [row.value]
                case "timeout": declaration.timeout = row.value
                case "description": declaration.description = row.value
                case "tools":
                    declaration.toolsJSON = row.value
                    declaration.qualifier = "live"
                case "tool": declaration.toolFunctions = [row.value]
                case "roleARN": declaration.roleARN = row.value
                case "externalID": declaration.externalID = row.value
                case "sessionName": declaration.sessionName = row.value
                case "route": declaration.route = [row.value: 1]
                case "logTail": declaration.logTail = row.value
                case "callerIdentity": declaration.callerIdentity = row.value
                case "httpPath": declaration.httpPath = row.value
                case "httpHost": declaration.httpHost = row.value
                case "architecture": declaration.architecture = row.value
                case "memoryMB": declaration.memoryMB = row.value
                case "streaming": declaration.streaming = row.value
                case "toolTimeout": declaration.toolTimeouts = [row.value]
                case "recordArguments": declaration.recordArguments = row.value
                case "redact": declaration.redact = [row.value]
                default: break
                }
            }
        }
        #expect(error?.kind == .invalid)
        #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "")")
        #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test func `timeouts of tools are read, replaced and cleared`() throws {
        var spec = try spec { $0.toolTimeouts = ["report=5m", "resource:a://b?c=d=1s"] }
        #expect(spec.invoke.toolTimeoutsMs == ["report": 300_000, "resource:a://b?c=d": 1_000])
        var declaration = TargetDeclaration()
        declaration.toolTimeouts = []
        try declaration.apply(to: &spec)
        #expect(spec.invoke.toolTimeoutsMs.isEmpty)
        declaration.toolTimeouts = ["a=1s", "a=2s"]
        let error = #expect(throws: ModelFault.self) { try declaration.apply(to: &spec) }
        #expect(error?.message == #"the tool "a" has two timeouts"#)
    }

    @Test func `a contract that carries no streams is refused for a target that streams`() throws {
        var spec = try spec {
            $0.contract = "jsonrpc"
            $0.streaming = "true"
        }
        #expect(spec.invoke.streaming)
        var declaration = TargetDeclaration()
        declaration.contract = "function"
        let error = #expect(throws: ModelFault.self) { try declaration.apply(to: &spec) }
        #expect(error?.message.contains("contract function can't be streamed") == true)
        declaration.streaming = "false"
        try declaration.apply(to: &spec)
        #expect(spec.contract == .function && !spec.invoke.streaming)
    }

    @Test func `a password in an endpoint is not repeated`() {
        let error = #expect(throws: ModelFault.self) { try spec { $0.endpoint = "https://me:hunter2@host" } }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `a region that contradicts the ARN is refused`() {
        let error = #expect(throws: ModelFault.self) {
            try spec(function: "arn:aws:lambda:us-east-1:123456789012:function:f") { $0.region = "eu-west-1" }
        }
        #expect(error?.message.contains("us-east-1") == true)
    }

    @Test func `each tool needs its own function or the target's`() throws {
        let spec = try spec(function: "") {
            $0.toolsJSON = #"[{"name":"a","function":"fn-a"}]"#
            $0.toolFunctions = ["b=fn-b", "arn:aws:lambda:eu-west-1:123456789012:function:9-c"]
        }
        #expect(
            spec.functions == ["fn-a", "fn-b", "arn:aws:lambda:eu-west-1:123456789012:function:9-c"]
                && spec.function.isEmpty
        )
        #expect(spec.toolsJSON?.contains(#""name":"_9_c""#) == true)
        let lacking = #expect(throws: ModelFault.self) {
            try self.spec(function: "") { $0.toolsJSON = #"[{"name":"a","function":"f"},{"name":"b"}]"# }
        }
        #expect(lacking?.message.contains("there is no function for the tool \"b\"") == true)
        let both = #expect(throws: ModelFault.self) {
            try self.spec(function: "") {
                $0.toolFunctions = ["a=f:live"]
                $0.route = ["live": 1]
            }
        }
        #expect(both?.message.contains("there is a route") == true)
        let twice = #expect(throws: ModelFault.self) {
            try self.spec(function: "") { $0.toolFunctions = ["a=f", "a=g"] }
        }
        #expect(twice?.message.contains("would both be the tool") == true)
    }

    @Test func `role settings change the stored role, and are removed with it`() async throws {
        let arn = "arn:aws:iam::123456789012:role/r"
        var spec = try spec {
            $0.roleARN = arn
            $0.externalID = "id"
            $0.route = ["live": 90, "next": 10]
            $0.logTail = "all"
        }
        #expect(spec.invoke.role == AssumedRole(arn: arn, externalID: "id"))
        #expect(spec.invoke.route?.text == "live=90, next=10" && spec.invoke.logTail == .all)
        var change = TargetDeclaration()
        change.sessionName = "gateway"
        change.externalID = ""
        change.route = [:]
        try change.apply(to: &spec)
        #expect(spec.invoke.role == AssumedRole(arn: arn, sessionName: "gateway"))
        #expect(spec.invoke.route == nil && spec.invoke.logTail == .all)
        var end = TargetDeclaration()
        end.roleARN = ""
        try end.apply(to: &spec)
        #expect(spec.invoke == InvokeSettings(logTail: .all))
    }

    @Test func `an empty value clears a setting, and a missing one keeps it`() async throws {
        try await withStore { store in
            try await store.add(["alpha"]) {
                $0.region = "eu-west-1"
                $0.qualifier = "live"
                $0.pinDefinitions = true
            }
            #expect(try await store.target("alpha").spec.pinDefinitions == true)
            var change = TargetDeclaration()
            change.region = ""
            change.timeout = "5s"
            change.pinDefinitions = ""
            let declaration = change
            let changed = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                try writing.changeTarget(try checked(TargetName("alpha")), declaration)
            }
            #expect(changed.spec.region == nil)
            #expect(changed.spec.qualifier == "live")
            #expect(changed.spec.timeoutMs == 5_000)
            #expect(changed.spec.pinDefinitions == nil && changed.revision == 2)
            let stale = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                    _ = try writing.changeTarget(try checked(TargetName("alpha")), declaration, ifRevision: 1)
                }
            }
            #expect(stale?.kind == .stale)
        }
    }
}

struct KeyDraftTests {
    @Test(arguments: ["0d", "-1d", "90", "d", "4000d", "9223372036854775807d", "1w", ""])
    func `an invalid expiry of a key is refused`(expires: String) async throws {
        try await withStore { store in
            let draft = KeyDraft(tenant: "team", expires: expires)
            let error = await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                    _ = try writing.createTenant(try checked(TenantName("team")))
                    _ = try writing.issueKey(draft, nowMs: WallClock.nowMs())
                }
            }
            #expect(error?.hint.contains("90d") == true)
        }
    }

    @Test func `an invalid pattern is refused, and nothing is stored`() async throws {
        try await withStore { store in
            _ = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                try writing.createTenant(try checked(TenantName("team")))
            }
            let draft = KeyDraft(tenant: "team", allow: ["ok___*", "not ok"])
            await #expect(throws: StoreError.self) {
                try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                    _ = try writing.issueKey(draft, nowMs: 0)
                }
            }
            #expect(try await store.read { reading throws(StoreError) in try reading.keys() }.isEmpty)
        }
    }

    @Test func `a key has its expiry, and its state follows the clock`() async throws {
        try await withStore { store in
            let now = WallClock.nowMs()
            let issued = try await store.write(as: .cli(user: "test")) { writing throws(StoreError) in
                _ = try writing.createTenant(try checked(TenantName("team")))
                return try writing.issueKey(KeyDraft(tenant: "team", expires: "90d"), nowMs: now)
            }
            let end = now + 90 * 86_400_000
            #expect(issued.record.expiresAtMs == end)
            #expect(KeyState(issued.record, nowMs: end - 1) == .active)
            #expect(KeyState(issued.record, nowMs: end) == .expired)
        }
    }
}

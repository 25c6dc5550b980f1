import Config
import Contracts
import Foundation
import Policy
import TOML
import TestSupport
import Testing

/// `[[tool]]`, `[route]` and the keys of `[target]` that determine how functions are called.
struct TargetToolsTests {
    private func read(_ text: String, in folder: String = "/srv/targets/many") throws -> TargetFile {
        let root = try TOMLDocument(parsing: text).root
        return try TargetFile.read(root, file: "\(folder)/target.toml", environment: [:])
    }

    private func faults(_ text: String, in folder: String = "/srv/targets/many") throws -> [String] {
        let error = try #require(throws: ConfigFaults.self) { try read(text, in: folder) }
        return error.faults.map { $0.description.replacing("\(folder)/target.toml:", with: "") }
    }

    @Test func `the settings of a target's calls are read`() throws {
        let target = try read(
            """
            [target]
            function = "f"
            contract = "jsonrpc"
            role_arn = "arn:aws:iam::123456789012:role/r"
            external_id = "a/b"
            session_name = "mcp"
            log_tail = "sampled"
            caller_identity = "meta"
            tenant_isolation = true
            streaming = true
            record_arguments = "redacted"
            redact = ["/password", "/items/*/card"]
            [route]
            next = 10
            live = 90
            [timeouts]
            report = "5m"
            "a.b" = "15m"
            """
        )
        let role = AssumedRole(
            arn: "arn:aws:iam::123456789012:role/r",
            externalID: "a/b",
            sessionName: "mcp"
        )
        let route = VersionRoute(weights: ["live": 90, "next": 10])
        #expect(
            target.invoke
                == InvokeSettings(
                    role: role,
                    route: route,
                    logTail: .sampled,
                    callerIdentity: .meta,
                    tenantIsolation: true,
                    streaming: true,
                    toolTimeoutsMs: ["report": 300_000, "a.b": 900_000]
                )
        )
        #expect(
            target.recording
                == RecordingSettings(arguments: .redacted, redact: ["/password", "/items/*/card"])
        )
        #expect(try read("[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"").invoke == InvokeSettings())
    }

    @Test func `tools with functions of their own, and schemas in tables and files, are read`() throws {
        try withTemporaryDirectory { folder in
            let schema = #"{"type": "object", "required": ["id"], "properties": {"id": {"maximum": 1.50}}}"#
            try schema.write(toFile: "\(folder)/id.json", atomically: true, encoding: .utf8)
            // The folder's name is the target's name.
            let target = "\(folder)/many"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            try schema.write(toFile: "\(target)/id.json", atomically: true, encoding: .utf8)
            let file = try read(
                """
                [[tool]]
                function = "mcp2-9lives:live"
                description = "Counts"
                [[tool]]
                name = "find"
                function = "arn:aws:lambda:eu-west-1:123456789012:function:find-it"
                schema = "id.json"
                [[tool]]
                name = "sum"
                function = "sum"
                [tool.schema]
                type = "object"
                properties = { a = { type = "number", minimum = -1.5, enum = [1, true, "x"] } }
                [target]
                contract = "function"
                """,
                in: target
            )
            #expect(file.function.isEmpty)
            #expect(
                file.toolsJSON == """
                    [{"name":"mcp2_9lives","description":"Counts","inputSchema":{"type":"object"},\
                    "function":"mcp2-9lives:live"},\
                    {"name":"find","inputSchema":{"type":"object","required":["id"],"properties":\
                    {"id":{"maximum":1.50}}},"function":"arn:aws:lambda:eu-west-1:123456789012:function:find-it"},\
                    {"name":"sum","inputSchema":{"type":"object","properties":{"a":{"type":"number","minimum":-1.5,\
                    "enum":[1,true,"x"]}}},"function":"sum"}]
                    """,
                "\(file.toolsJSON ?? "")"
            )
        }
    }

    @Test func `a tool without a function uses the target's`() throws {
        let file = try read(
            "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[[tool]]\nname = \"a\"\n"
        )
        #expect(file.function == "f" && file.toolsJSON?.contains("function") == false)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let text: String
        let fault: String
        var testDescription: String { text }
    }

    /// Adds a contract to a row that has none.
    private static func complete(_ text: String) -> String {
        text.contains("contract = ") ? text : "\(text)\n[target]\ncontract = \"mcp-wrapper\"\n"
    }

    private static let start = "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n"

    @Test(arguments: [
        Fault(text: "[[tool]]\nname = \"a\"", fault: "1: tool[0]: has no function, and neither has [target]"),
        Fault(text: start + "[[tool]]\ndescription = \"x\"", fault: "4: tool[0]: has neither a name"),
        Fault(text: start + "[[tool]]\nname = \"\"", fault: "5: tool[0].name: must have 1 to 256 bytes"),
        Fault(text: "[[tool]]\nname = 7\nfunction = \"f\"", fault: "2: tool[0].name: must be a string"),
        Fault(text: "[[tool]]\nfunction = \"a b\"", fault: "2: tool[0].function: must name a function"),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nnmae = \"a\"",
            fault: "3: tool[0].nmae: unknown key; did you mean"
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\n[[tool]]\nfunction = \"f\"",
            fault: "3: tool[1]: has the name \"f\", which the one in line 1 has already"
        ),
        Fault(text: "tool = 7\n" + start, fault: "1: tool: must be written [[tool]], not an integer"),
        Fault(text: start + "[tool]\nname = \"a\"", fault: "4: tool: must be written [[tool]], not a table"),
        Fault(
            text: "tool = [7, { function = \"f\" }]\n" + start,
            fault: "1: tool[0]: must be a table, written [[tool]], not an integer"
        ),
        Fault(text: "[[tool]]\nfunction = \"f\"\nschema = 1", fault: "3: tool[0].schema: must be a table or"),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nschema = { a = 2026-11-30 }",
            fault: "3: tool[0].schema: holds a date"
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nschema = { a = [inf] }",
            fault: "3: tool[0].schema: holds a number that JSON doesn't have"
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nschema = \"../x.json\"",
            fault: "3: tool[0].schema: must be the path of a JSON file below the target's folder"
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nschema = \"/etc/x\"",
            fault: "3: tool[0].schema: must be the path"
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f\"\nschema = \"no.json\"",
            fault: "3: tool[0].schema: names \"no.json\""
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f:a\"\n[target]\ncontract = \"jsonrpc\"\nqualifier = \"b\"",
            fault: "2: tool[0].function: has the qualifier \"a\", but"
        ),
        Fault(text: start + "role_arn = \"x\"", fault: "4: target.role_arn: must be a role's ARN"),
        Fault(text: start + "external_id = \"xy\"", fault: "4: target.external_id: has no effect without"),
        Fault(text: start + "session_name = \"xy\"", fault: "4: target.session_name: has no effect without"),
        Fault(
            text: start + "role_arn = \"arn:aws:iam::123456789012:role/r\"\nexternal_id = \"x\"",
            fault: "5: target.external_id: must have 2 to 1224"
        ),
        Fault(
            text: start + "role_arn = \"arn:aws:iam::123456789012:role/r\"\nsession_name = \"a/b\"",
            fault: "5: target.session_name: must have 2 to 64"
        ),
        Fault(
            text: start + "log_tail = \"some\"",
            fault: "4: target.log_tail: must be \"off\", \"sampled\", \"all\""
        ),
        Fault(
            text: start + "caller_identity = \"header\"",
            fault: "4: target.caller_identity: must be \"none\""
        ),
        Fault(
            text: start + "caller_identity = \"meta\"",
            fault: "4: target.caller_identity: must be \"none\" or"
        ),
        Fault(text: start + "http_path = \"/mcp\"", fault: "4: target.http_path: has no effect"),
        Fault(text: start + "http_host = \"h\"", fault: "4: target.http_host: has no effect"),
        Fault(text: start + "http_path = \"mcp\"", fault: "4: target.http_path: must be a path"),
        Fault(text: start + "http_host = \"a/b\"", fault: "4: target.http_host: must be a host"),
        Fault(
            text: start + "record_arguments = \"some\"",
            fault: "4: target.record_arguments: must be \"none\", \"redacted\", \"full\""
        ),
        Fault(text: start + "redact = [\"/a\"]", fault: "4: target.redact: has no effect without"),
        Fault(
            text: start + "record_arguments = \"redacted\"\nredact = [\"/a\", \"b\"]",
            fault: "5: target.redact: entry 2, \"b\", must be a JSON pointer"
        ),
        Fault(
            text: start + "record_arguments = \"redacted\"\nredact = [\"/a\", \"/a\"]",
            fault: "5: target.redact: holds \"/a\" twice"
        ),
        Fault(
            text: start + "record_arguments = \"redacted\"\nredact = ["
                + (0...64).map { "\"/a\($0)\"" }.joined(separator: ",") + "]",
            fault: "5: target.redact: must have at most 64 pointers, not 65"
        ),
        Fault(
            text: start + "streaming = true",
            fault:
                "4: target.streaming: has no effect: answers of the contract mcp-wrapper can't be streamed; those of "
                + "jsonrpc, http-v2 or http-v1 can"
        ),
        Fault(text: start + "streaming = 1", fault: "4: target.streaming: must be true or false"),
        Fault(text: start + "[timeouts]\na = \"16m\"", fault: "5: timeouts.a: must be 1s to 15m"),
        Fault(text: start + "[timeouts]\na = 30", fault: "5: timeouts.a: must be a duration"),
        Fault(
            text: start + "[timeouts]\na.b = \"30s\"",
            fault: "5: timeouts.a: must be a duration such as \"5m\"; a tool's name with a dot needs quotes"
        ),
        Fault(text: start + "[timeouts]\n\"\" = \"30s\"", fault: "5: timeouts.\"\": is not a name that"),
        Fault(
            text: start + "[timeouts]\n" + (0...1_000).map { "t\($0) = \"9s\"\n" }.joined(),
            fault: "4: timeouts: has 1001 lines; at most 1000 are allowed"
        ),
        Fault(text: start + "[route]", fault: "4: route: must name one or two versions"),
        Fault(text: start + "[route]\na = 0", fault: "4: route: must name one or two versions"),
        Fault(text: start + "[route]\na = 1\nb = 1\nc = 1", fault: "4: route: must name one or two versions"),
        Fault(text: start + "[route]\na = -1", fault: "5: route.a: must be a whole number of 0 to 1000000"),
        Fault(text: start + "[route]\na = \"1\"", fault: "5: route.a: must be a whole number"),
        Fault(
            text: start + "[route]\n\"a b\" = 1",
            fault: "5: route.\"a b\": must be \"$LATEST\", a version"
        ),
        Fault(text: start + "route = 7", fault: "4: target.route: unknown key"),
        Fault(text: "route = 7\n" + start, fault: "1: route: must be a section"),
        Fault(
            text: start + "qualifier = \"b\"\n[route]\na = 1",
            fault: "4: target.qualifier: can't be used together with [route]"
        ),
        Fault(
            text: "[target]\nfunction = \"f:b\"\ncontract = \"mcp-wrapper\"\n[route]\na = 1",
            fault: "4: route: can't be used together with a function that has the qualifier \"b\""
        ),
        Fault(
            text: "[[tool]]\nfunction = \"f:b\"\n[route]\na = 1",
            fault: "2: tool[0].function: has the qualifier \"b\", which can't be used together with [route]"
        ),
    ])
    func `each invalid value causes exactly one fault`(_ row: Fault) throws {
        let found = try faults(Self.complete(row.text))
        #expect(found.count == 1 && found[0].hasPrefix(row.fault), "\(found)")
    }

    @Test func `a schema's file must be a JSON object of limited size`() throws {
        try withTemporaryDirectory { folder in
            let target = "\(folder)/many"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            for (text, fault) in [
                ("[1]", "must hold a JSON object"), ("{", "is not JSON"),
                ("{\"a\":1,\"a\":2}", "is not JSON"),
                (String(repeating: " ", count: TargetFile.schemaBytesMax) + "{}", "larger than 262144 bytes"),
            ] {
                try text.write(toFile: "\(target)/x.json", atomically: true, encoding: .utf8)
                let found = try faults(
                    "[[tool]]\nfunction = \"f\"\nschema = \"x.json\"\n[target]\ncontract = \"jsonrpc\"",
                    in: target
                )
                #expect(found.count == 1 && found[0].contains(fault), "\(found)")
            }
        }
    }

    @Test func `the number of tools is limited`() throws {
        let many = (0...TargetFile.toolsMax).map { "[[tool]]\nfunction = \"f\($0)\"\n" }.joined()
        let found = try faults(many)
        #expect(found.contains { $0.hasPrefix("1: tool: has 1001 entries") }, "\(found)")
        #expect(found.count <= 2)
    }
}

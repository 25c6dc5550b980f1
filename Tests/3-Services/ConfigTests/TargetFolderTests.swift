import Config
import Contracts
import MCP
import Foundation
import Policy
import TOML
import TestSupport
import Testing

private func read(_ text: String, _ environment: [String: String] = [:]) throws -> TargetFile {
    let root = try TOMLDocument(parsing: text).root
    return try TargetFile.read(root, file: "/srv/targets/time/target.toml", environment: environment)
}

private func faults(_ text: String) throws -> [String] {
    let error = try #require(throws: ConfigFaults.self) { try read(text) }
    return error.faults.map { $0.description.replacing("/srv/targets/time/target.toml:", with: "") }
}

struct TargetFileTests {
    @Test
    func `a target needs only a function and a contract`() throws {
        let target = try read("[target]\nfunction = \"mcp-time\"\ncontract = \"mcp-wrapper\"")
        #expect(
            target.name == "time" && target.folder == "/srv/targets/time" && target.function == "mcp-time"
        )
        #expect(target.contract == .mcpWrapper && target.isEnabled && target.local == nil)
        #expect(target.region == nil && target.approval == nil && target.timeout == nil)
        #expect(target.pinDefinitions == nil)
    }

    @Test
    func `each function of a tool runs locally with its handler`() throws {
        let tools = """
            [[tool]]
            name = "total"
            function = "invoice-total"
            description = "Adds up"
            [[tool]]
            name = "due"
            function = "arn:aws:lambda:eu-west-1:123456789012:function:due-date:live"
            [[tool]]
            name = "due-again"
            function = "due-date"

            """
        let local = "[local]\ncommand = [\"x\"]\nhandler = \"h.other\"\n"
        let head = "[target]\ncontract = \"mcp-wrapper\"\ndescription = \"Bills\"\n"
        let target = try read(head + tools + local + "[local.handlers]\ninvoice-total = \"h.total\"\n")
        #expect(target.functions.map(\.name) == ["invoice-total", "due-date"])
        #expect(target.functions.map(\.description) == ["Adds up", "Bills"])
        #expect(target.local?.handler == "h.other" && target.local?.handlers == ["invoice-total": "h.total"])
        let own = try read(
            "[target]\nfunction = \"f:live\"\ncontract = \"mcp-wrapper\"\n[[tool]]\nname = \"t\"\nfunction = \"g\"\n"
        )
        #expect(
            own.functions.map(\.reference) == ["f:live", "g"] && own.functions.map(\.name) == ["f", "g"]
        )
        for (text, wanted) in [
            ("handlers = 7", "17: local.handlers: must be a table"),
            (
                "[local.handlers]\ninvoice-totals = \"h\"",
                "is not a function of this target; did you mean \"invoice-total\""
            ),
            ("[local.handlers]\ninvoice-total = \"\"", "must be a handler such as"),
        ] {
            let found = try faults(head + tools + local + text)
            #expect(found.count == 1 && found[0].contains(wanted), "\(found)")
        }
        let found = try faults(head + tools + "[local]\ncommand = [\"x\"]\nhandlers.invoice-total = \"h\"")
        #expect(
            found == ["14: local.handler: is missing: due-date has no handler in [local.handlers] either"]
        )
    }

    @Test
    func `aliases are read by the target's own tool names`() throws {
        let target = try read(
            """
            [target]
            function = "mcp-time"
            contract = "mcp-wrapper"
            [aliases]
            a_very_long_name_of_a_tool = "short"
            "with.dot/and slash" = "plain"
            """
        )
        #expect(target.aliases == ["a_very_long_name_of_a_tool": "short", "with.dot/and slash": "plain"])
        #expect(
            try read("[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[aliases]\n").aliases.isEmpty
        )
    }

    @Test(arguments: [
        ("a = 7", "5: aliases.a: must be a string, not"),
        ("a.b = \"x\"", "a tool's name with a dot needs quotes"),
        ("a = \"\"", "5: aliases.a: must be 1 to 128 letters"),
        ("a = \"two words\"", "must be 1 to 128 letters"),
        ("a = \"é\"", "must be 1 to 128 letters"),
        ("a = \"a\"", "is the tool's own name"),
        ("a = \"x\"\nb = \"x\"", "6: aliases.b: is the alias of \"a\" already"),
        ("\"\" = \"x\"", "is not a name that a tool can have"),
        ("\"a\\nb\" = \"x\"", "is not a name that a tool can have"),
        ("a = \"\(String(repeating: "x", count: 122))\"", "exposed name of 129 characters; at most 128"),
        (
            (0..<1_001).map { "a\($0) = \"b\($0)\"" }.joined(separator: "\n"),
            "has 1001 lines; at most 1000 are allowed"
        ),
    ])
    func `an invalid alias is refused with its line`(_ lines: String, _ says: String) throws {
        let found = try faults("[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[aliases]\n\(lines)")
        #expect(found.count == 1 && found[0].contains(says), "\(found)")
    }

    @Test
    func `every key's value is read`() throws {
        let target = try read(
            """
            [target]
            function = "arn:aws:lambda:eu-central-1:123456789012:function:mcp-time:live"
            contract = "jsonrpc"
            region = "eu-central-1"
            qualifier = "live"
            endpoint = "http://127.0.0.1:9001"
            approval = "open"
            pin_definitions = true
            serves = ["resources", "tools"]
            enabled = false
            timeout = "45s"
            description = "What time it is"
            [local]
            command = ["../../.venv/bin/python", "-m", "awslambdaric"]
            handler = "handler.handler"
            memory_mb = 256
            timeout_s = 10
            concurrency = 2
            [local.environment]
            LEVEL = "WARNING"
            TOKEN = "${TOKEN_OF_TIME}"
            [local.tags]
            team = "a"
            "mcp-gateway:contract" = "function"
            """,
            ["TOKEN_OF_TIME": "t"]
        )
        #expect(target.contract == .jsonrpc && target.qualifier == "live" && target.region == "eu-central-1")
        #expect(target.pinDefinitions == true && target.serves == [.tools, .resources])
        #expect(target.approval == .open && !target.isEnabled && target.timeout == .seconds(45))
        #expect(target.description == "What time it is" && target.endpoint == "http://127.0.0.1:9001")
        let local = try #require(target.local)
        #expect(local.command == ["/srv/targets/time/../../.venv/bin/python", "-m", "awslambdaric"])
        #expect(local.handler == "handler.handler" && local.memoryMB == 256 && local.timeoutSeconds == 10)
        #expect(local.concurrency == 2 && local.environment == ["LEVEL": "WARNING", "TOKEN": "t"])
        #expect(local.tags == ["team": "a", "mcp-gateway:contract": "function"])
    }

    struct Fault: Sendable {
        let text: String
        let fault: String
    }

    @Test func `the fault for a missing contract lists all contracts and what each sends`() throws {
        let found = try faults("# mine\n[target]\nfunction = \"f\"")
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("2: target.contract: is missing: it decides"))
        for contract in Contract.allCases {
            #expect(found.first?.contains("\(contract.rawValue) sends \(contract.sends)") == true)
        }
    }

    @Test(arguments: [
        Fault(text: "[target]\ncontract = \"jsonrpc\"", fault: "1: target.function: is missing"),
        Fault(
            text: "[target]\ncontract = \"jsonrpc\"\nfunction = 1",
            fault: "3: target.function: must be a string, not an integer"
        ),
        Fault(
            text: "[target]\nfunction = \"a b\"\ncontract = \"mcp-wrapper\"",
            fault: "2: target.function: must name a function"
        ),
        Fault(
            text: "[target]\nfunction = \"arn:aws:s3:::x\"\ncontract = \"mcp-wrapper\"",
            fault: "2: target.function: must be a Lambda function's name"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wraper\"",
            fault: "3: target.contract: must be \"mcp-wrapper\", "
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\nserves = [\"tool\"]",
            fault: "4: target.serves: entry 1, \"tool\", must be one of tools, prompts, resources"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\nserves = []",
            fault: "4: target.serves: names nothing"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"agentcore\"\nserves = [\"tools\", \"prompts\"]",
            fault: "4: target.serves: must be [\"tools\"]"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"jsonrpc\"\n[aliases]\n\"prompt:a\" = \"b\"",
            fault: "5: aliases.\"prompt:a\": must be prompt: and 1 to 128"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"jsonrpc\"\n[aliases]\n\"resource:a:b\" = \"b\"",
            fault: "5: aliases.\"resource:a:b\": can't have an alias"
        ),
        Fault(
            text: "[target]\nfunction = \"f:a\"\ncontract = \"mcp-wrapper\"\nqualifier = \"b\"",
            fault: "4: target.qualifier: differs from the one"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\nfuncton = \"g\"",
            fault: "4: target.functon: unknown key; did you mean \"function\"?"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[loca]",
            fault: "4: loca: unknown section; did you mean [local]?"
        ),
        Fault(
            text: "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\nhandler = \"h\"",
            fault: "4: local.command: is missing"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = []\nhandler = \"h\"",
            fault: "5: local.command: must name a program"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\", 1]\nhandler = \"h\"",
            fault: "5: local.command: must be an array of strings; entry 2 is an integer"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\nmemory_mb = 64",
            fault: "7: local.memory_mb: must be a whole number of 128"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\nenvironment = { A = 1 }",
            fault: "7: local.environment.A: must be a string"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\ntags = { A = 1 }",
            fault: "7: local.tags.A: must be a string"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\ntags = []",
            fault: "7: local.tags: must be a table"
        ),
        Fault(
            text:
                "[target]\nfunction = \"f\"\ncontract = \"mcp-wrapper\"\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\ntags = { \"\" = \"x\" }",
            fault: "7: local.tags.\"\": is not a tag's name"
        ),
    ])
    func `each invalid value causes exactly one fault`(_ row: Fault) throws {
        let found = try faults(row.text)
        #expect(found.count == 1 && found[0].hasPrefix(row.fault), "\(found)")
    }
}

struct TargetFolderTests {
    @Test
    func `a faulty target doesn't affect the others`() throws {
        try withTemporaryDirectory { folder in
            func write(_ name: String, _ text: String) throws {
                let target = "\(folder)/\(name)"
                try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
                try text.write(toFile: "\(target)/target.toml", atomically: true, encoding: .utf8)
            }
            try write("zeta", "[target]\nfunction = \"z\"\ncontract = \"mcp-wrapper\"")
            try write("alpha", "[target]\nfunction = \"a\"\ncontract = \"mcp-wrapper\"")
            try write("broken", "[target\n")
            try write("Upper", "[target]\nfunction = \"u\"\ncontract = \"mcp-wrapper\"")
            try write(".hidden", "nonsense")
            try FileManager.default.createDirectory(
                atPath: "\(folder)/no-file",
                withIntermediateDirectories: true
            )
            try FileManager.default.createDirectory(
                atPath: "\(folder)/odd/target.toml",
                withIntermediateDirectories: true
            )
            try "x".write(toFile: "\(folder)/requirements.txt", atomically: true, encoding: .utf8)
            let result = TargetFolder.load(folder, environment: [:])
            #expect(result.targets.map { $0.name } == ["alpha", "zeta"] && result.isPresent)
            #expect(result.faults.map { $0.target } == ["Upper", "broken", "odd"])
            let found = result.faults.map { $0.fault.description.replacing("\(folder)/", with: "") }
            #expect(found.count == 3)
            #expect(
                found[0].hasPrefix("Upper/target.toml: the folder's name is the target's name and must be")
            )
            #expect(found[1].hasPrefix("broken/target.toml:1: not valid TOML, column "))
            #expect(found[2] == "odd/target.toml: can't be read: Is a directory")
        }
    }

    /// A function's own variable must be set only where the function runs.
    @Test
    func `where functions run, a function's missing variable makes only its target faulty`()
        throws
    {
        try withTemporaryDirectory { folder in
            let local = "\n[local]\ncommand = [\"x\"]\nhandler = \"h\"\nenvironment.A = "
            for (name, value) in [("plain", "\"v\""), ("set", "\"${SET}\""), ("missing", "\"${NOPE}\"")] {
                let target = "\(folder)/\(name)"
                try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
                try "[target]\nfunction = \"\(name)\"\ncontract = \"mcp-wrapper\"\(local)\(value)\n"
                    .write(toFile: "\(target)/target.toml", atomically: true, encoding: .utf8)
            }
            // A function's own variable is passed on unchanged.
            let result = TargetFolder.load(folder, environment: ["SET": "-----BEGIN\n-----END\n"])
            #expect(result.targets.map { $0.name } == ["missing", "plain", "set"] && result.faults.isEmpty)
            #expect(result.targets.last?.local?.environment["A"] == "-----BEGIN\n-----END\n")
            let here = result.runningLocally()
            #expect(here.targets.map { $0.name } == ["plain", "set"])
            #expect(here.faults.map { $0.target } == ["missing"])
            let text = here.faults.first?.fault.description ?? ""
            #expect(
                text.hasSuffix(
                    "missing/target.toml:7: local.environment.A: the environment has no NOPE; set it, "
                        + "or write the value itself"
                )
            )
        }
    }

    @Test
    func `the project's own targets are valid`() {
        let result = TargetFolder.load(Repository.path("targets"), environment: [:])
        #expect(result.isPresent && !result.targets.isEmpty)
        #expect(result.faults.isEmpty, "\(result.faults)")
        #expect(result.targets.allSatisfy { $0.local != nil })
    }

    @Test
    func `a missing folder has no targets and no faults`() {
        let result = TargetFolder.load("/nonexistent/targets", environment: [:])
        #expect(result.targets.isEmpty && result.faults.isEmpty && !result.isPresent)
    }
}

import Calendar
import Contracts
import Policy
import TOML
import Testing

@testable import Config

@Suite
struct DiscoverySettingsTests {
    private func read(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedConfig {
        try GatewayConfig.read(
            try TOMLDocument(parsing: text).root,
            file: "gateway.toml",
            environment: environment
        )
    }

    @Test
    func `an entry's settings are read, and the others have their documented defaults`() throws {
        let entries = try read(
            """
            [[discovery]]
            name = "crm"
            prefix = "crm-"
            functions = ["billing"]
            tags = { team = "crm" }
            regions = ["eu-central-1", "us-east-1"]
            role_arn = "arn:aws:iam::123456789012:role/tools"
            external_id = "xy"
            approval = "auto"
            approval_from_tags = "open"
            contract = "function"
            schema_tag = "schema-arn"
            interval = "10m"
            grace = "2h"

            [[discovery]]
            prefix = "HR_"
            """
        ).config.discovery
        var crm = GatewayConfig.Discovery(name: "crm")
        crm.prefix = "crm-"
        crm.functions = ["billing"]
        crm.tags = ["team": "crm"]
        crm.regions = ["eu-central-1", "us-east-1"]
        crm.roleARN = "arn:aws:iam::123456789012:role/tools"
        crm.externalID = "xy"
        crm.approval = .auto
        crm.approvalFromTags = .open
        crm.contract = .function
        crm.schemaTag = "schema-arn"
        crm.interval = .seconds(600)
        crm.grace = .seconds(7_200)
        var hr = GatewayConfig.Discovery(name: "hr")
        hr.prefix = "HR_"
        #expect(entries == [crm, hr])
        #expect(hr.approval == .required && hr.contract == nil)
    }

    @Test(arguments: [
        ("prefix = \"a-\"\nprefx = \"b\"", "discovery[0].prefx"),
        ("approval = \"open\"", "discovery[0]"),
        ("prefix = \"a-\"\nexternal_id = \"xy\"", "discovery[0].external_id"),
        ("prefix = \"a-\"\ncontract = \"agentcore\"", "discovery[0].contract"),
        ("prefix = \"a b\"", "discovery[0].prefix"),
        ("functions = [\"f:live\"]", "discovery[0].functions"),
        ("tags = { \"\" = \"x\" }", "discovery[0].tags"),
        ("prefix = \"a-\"\nregions = [\"moon\"]", "discovery[0].regions"),
        ("prefix = \"a-\"\nrole_arn = \"arn:aws:iam::1:role/x\"", "discovery[0].role_arn"),
        ("prefix = \"a-\"\nname = \"lambda\"", "discovery[0].name"),
        ("prefix = \"a-\"\ninterval = \"1s\"", "discovery[0].interval"),
        ("prefix = \"a-\"\n[[discovery]]\nprefix = \"a_\"", "discovery[1]"),
    ])
    func `an invalid entry is refused at the key with the fault`(_ text: String, _ key: String) throws {
        do {
            _ = try read("[[discovery]]\n\(text)")
            Issue.record("\(text) was taken")
        } catch let faults as ConfigFaults {
            #expect(faults.faults.map { $0.key } == [key], "\(faults.faults.map { $0.description })")
        }
    }

    @Test
    func `the variables of another Lambda tool server make an entry`() throws {
        let entries = try read(
            "",
            [
                "FUNCTION_PREFIX": "mcp2-", "FUNCTION_LIST": "a, b,a", "FUNCTION_TAG_KEY": "team",
                "FUNCTION_TAG_VALUE": "crm", "FUNCTION_INPUT_SCHEMA_ARN_TAG_KEY": "schema",
            ]
        ).config.discovery
        var entry = GatewayConfig.Discovery(name: "mcp2")
        entry.prefix = "mcp2-"
        entry.functions = ["a", "b"]
        entry.tags = ["team": "crm"]
        entry.schemaTag = "schema"
        entry.approval = .open
        entry.contract = .function
        entry.isFromEnvironment = true
        #expect(entries == [entry])
    }

    @Test(arguments: [
        ["FUNCTION_TAG_KEY": "team"], ["FUNCTION_TAG_VALUE": "crm"], ["FUNCTION_PREFIX": "a b"],
        ["FUNCTION_LIST": "a,b:live"],
    ])
    func `incomplete variables are refused`(_ environment: [String: String]) {
        #expect(throws: ConfigFaults.self) { try read("", environment) }
    }

    @Test
    func `the list of settings has the same keys for any entries`() throws {
        let none = try read("")
        let one = try read("[[discovery]]\nprefix = \"a-\"")
        #expect(
            none.settings.map { "\($0.section).\($0.key)" } == one.settings.map { "\($0.section).\($0.key)" }
        )
        #expect(none.changes(to: one) == ["discovery.entries"])
    }
}

import Model
import Testing

struct TargetNameTests {
    @Test(arguments: [
        ("time", true), ("aws-documentation-target", true), ("9", true), ("a-b-c", true), ("", false),
        ("-a", false),
        ("a-", false), ("a--b", false), ("A", false), ("a_b", false), ("a.b", false), ("é", false),
        (String(repeating: "a", count: 50), true), (String(repeating: "a", count: 51), false),
    ])
    func `a target's name keeps its grammar`(_ name: String, _ isValid: Bool) {
        #expect(((try? TargetName(name)) != nil) == isValid)
    }

    @Test func `what is refused is said, with the rule`() {
        let fault = #expect(throws: ModelFault.self) { try TenantName("A\u{202E}") }
        #expect(fault?.kind == .invalid)
        #expect(fault?.message == #""A<U+202E>" is no name for a tenant"#)
        #expect(fault?.hint.hasPrefix("use 1 to 50 characters") == true)
        #expect(throws: ModelFault.self) { try checkName("", of: "admin token") }
    }

    @Test(arguments: ["gateway", "lambda", "time"])
    func `two names are kept for the gateway itself`(_ name: String) throws {
        #expect(try TargetName(name).isReserved == (name != "time"))
    }
}

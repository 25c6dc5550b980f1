import Model
import Testing

struct TargetNameTests {
    @Test(arguments: [
        ("time", true), ("aws-documentation-target", true), ("9", true), ("a-b-c", true), ("", false),
        ("-a", false),
        ("a-", false), ("a--b", false), ("A", false), ("a_b", false), ("a.b", false), ("é", false),
        (String(repeating: "a", count: 50), true), (String(repeating: "a", count: 51), false),
    ])
    func `a target's name follows its grammar`(_ name: String, _ isValid: Bool) {
        #expect(((try? TargetName(name)) != nil) == isValid)
    }

    @Test func `a refused name is shown, with the rule`() {
        let fault = #expect(throws: ModelFault.self) { try TenantName("A\u{202E}") }
        #expect(fault?.kind == .invalid)
        #expect(fault?.message == #""A<U+202E>" is not a valid tenant name"#)
        #expect(fault?.hint.hasPrefix("use 1 to 50 characters") == true)
        #expect(throws: ModelFault.self) { try checkName("", of: "admin token") }
    }

    @Test(
        arguments: [
            ("My_Func", "my-func"), ("MyFunc", "my-func"), ("myFunc2Go", "my-func2-go"),
            ("my.func", "my-func"),
            ("HTTPServer", "http-server"), ("getURL", "get-url"), ("--a__b--", "a-b"), ("time ", "time"),
            ("arn:aws:lambda:eu-central-1:123456789012:function:My_Func:live", "my-func"),
            ("team/My Func", "my-func"), ("Gateway", "gateway-tools"), ("LAMBDA", "lambda-tools"),
            ("gateway", "gateway-tools"), ("café", "caf"), ("a\u{202E}b", "a-b"),
            (String(repeating: "a", count: 49) + "_bc", String(repeating: "a", count: 49)),
            (
                String(repeating: "Ab", count: 5_000),
                String((0..<17).map { _ in "ab" }.joined(separator: "-"))
            ),
            ("time", nil), ("", nil), ("___", nil), ("日本語", nil), ("arn:aws:lambda:x:1:function:", nil),
        ] as [(String, String?)]
    )
    func `an invalid name is answered with a similar valid one`(_ text: String, _ near: String?) throws {
        #expect(NameSuggestion.near(text) == near)
        guard let near else { return }
        #expect(try !TargetName(near).isReserved)
        guard (try? TargetName(text)) == nil else { return }
        let fault = #expect(throws: ModelFault.self) { try TargetName(text) }
        #expect(fault?.hint.hasSuffix("as in \(near)") == true)
    }

    @Test(arguments: ["gateway", "lambda", "time"])
    func `two names are reserved for the gateway itself`(_ name: String) throws {
        #expect(try TargetName(name).isReserved == (name != "time"))
    }
}

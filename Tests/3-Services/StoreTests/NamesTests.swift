import Store
import Testing

struct NamesTests {
    @Test(arguments: ["a", "0", "aws-documentation-target", "a-1-b", String(repeating: "a", count: 50)])
    func `a well-formed name is accepted`(_ text: String) throws {
        #expect(try TargetName(text).text == text)
        #expect(try TenantName(text).text == text)
    }

    @Test(arguments: [
        "", "-", "-a", "a-", "a--b", "A", "a_b", "a___b", "a.b", "a b", "a\n", "a\0b", "../a", "é", "а",
        "a\u{202E}b", "a'; DROP TABLE target; --", "%", "*", String(repeating: "a", count: 51),
        String(repeating: "x", count: 300), String(repeating: "🐦", count: 300),
    ])
    func `a hostile name is refused with the rule, and shown without control characters`(_ text: String)
        throws
    {
        for noun in ["target", "tenant"] {
            let error = try #require(throws: ModelFault.self) {
                if noun == "target" { _ = try TargetName(text) } else { _ = try TenantName(text) }
            }
            #expect(error.kind == .invalid)
            #expect(error.message.contains("not a valid \(noun) name"))
            #expect(error.hint.contains("1 to 50 characters"))
            #expect(error.description.utf8.count < 400)
            let controls = error.description.unicodeScalars.filter {
                $0.properties.generalCategory == .control
            }
            #expect(controls.isEmpty)
        }
    }
}

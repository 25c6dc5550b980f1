import TOML
import Testing

struct TOMLDocumentTests {
    struct Scalar: Sendable {
        let text: String
        let content: TOMLValue.Content
    }

    @Test(arguments: [
        Scalar(text: #""a\tb\u00e9""#, content: .string("a\tbé")),
        Scalar(text: "'C:\\x'", content: .string("C:\\x")),
        Scalar(text: "\"\"\"\none\ntwo\"\"\"\"\"", content: .string("one\ntwo\"\"")),
        Scalar(text: "\"\"", content: .string("")),
        Scalar(text: "\"nul \\u0000 inside\"", content: .string("nul \0 inside")),
        Scalar(text: "0xff", content: .integer(255)),
        Scalar(text: "-9223372036854775808", content: .integer(.min)),
        Scalar(text: "1_000", content: .integer(1000)),
        Scalar(text: "6.5e1", content: .float(65)),
        Scalar(text: "inf", content: .float(.infinity)),
        Scalar(text: "true", content: .boolean(true)),
        Scalar(text: "false", content: .boolean(false)),
        Scalar(text: "1979-05-27", content: .dateTime("1979-05-27")),
        Scalar(text: "07:32:00", content: .dateTime("07:32:00")),
        Scalar(text: "1979-05-27T07:32:00Z", content: .dateTime("1979-05-27T07:32:00Z")),
    ])
    func `reads every kind of value`(_ row: Scalar) throws {
        let document = try TOMLDocument(parsing: "key = \(row.text)")
        #expect(document.root["key"]?.content == row.content)
    }

    @Test
    func `keeps the order of the document, each key's place and its path`() throws {
        let document = try TOMLDocument(
            parsing: """
                zebra = 1
                [agents]
                listen = "x"
                  allowed = [ "a",
                    "b" ]
                [local.environment]
                "two words" = 2
                [[item]]
                name = 1
                """
        )
        #expect(document.root.members.map { $0.key } == ["zebra", "agents", "local", "item"])
        guard case .table(let agents)? = document.root["agents"]?.content else {
            Issue.record("agents is not a table")
            return
        }
        let allowed = try #require(agents.member("allowed"))
        #expect(allowed.location == TOMLLocation(line: 4, column: 3))
        #expect(allowed.value.path == "agents.allowed")
        guard case .array(let elements) = allowed.value.content else {
            Issue.record("allowed is not an array")
            return
        }
        #expect(elements.map { $0.path } == ["agents.allowed[0]", "agents.allowed[1]"])
        #expect(elements.map { $0.location.line } == [4, 5])
        #expect(agents["listen"]?.location == TOMLLocation(line: 3, column: 10))
        guard case .table(let local)? = document.root["local"]?.content,
            case .table(let environment)? = local["environment"]?.content
        else {
            Issue.record("local.environment is not a table")
            return
        }
        #expect(environment.members.first?.value.path == "local.environment.\"two words\"")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int
        let mentions: String

        var testDescription: String { "\(text.prefix(20)), \(text.utf8.count) bytes" }
    }

    @Test(arguments: [
        Refusal(text: "a = 1\na = 2", line: 2, mentions: "'a'"),
        Refusal(text: "[t]\n[t]", line: 2, mentions: "'t'"),
        Refusal(text: "a = ", line: 1, mentions: "value"),
        Refusal(text: "\n\n[agents\n", line: 3, mentions: "']'"),
        Refusal(text: "a = \"open", line: 1, mentions: "string"),
        Refusal(text: "a = 99999999999999999999", line: 1, mentions: "integer"),
        Refusal(text: "a = \"\\q\"", line: 1, mentions: "escape"),
        Refusal(text: "a = \u{1}", line: 1, mentions: "character"),
        Refusal(text: "x = " + String(repeating: "[", count: 5000), line: 1, mentions: "nested"),
        Refusal(text: "\n" + String(repeating: "a.", count: 200_000) + "a = 1", line: 2, mentions: "parts"),
        Refusal(text: "[" + String(repeating: "'x' . ", count: 20) + "a]", line: 1, mentions: "parts"),
        Refusal(text: String(repeating: "# far too long\n", count: 100_000), line: 1, mentions: "bytes"),
        Refusal(
            text: "a = [" + String(repeating: "1,", count: 100_001) + "]",
            line: 0,
            mentions: "too many values"
        ),
    ])
    func `refuses text that is not TOML or is too big, with the line and the reason`(_ row: Refusal) throws {
        let error = try #require(throws: TOMLError.self) { try TOMLDocument(parsing: row.text) }
        #expect(error.location.line == row.line)
        #expect(error.message.lowercased().contains(row.mentions.lowercased()), "\(error)")
    }

    @Test(
        arguments: [[0xff, 0xfe, 0x61], [0x61, 0x3d, 0x22, 0xc3, 0x28, 0x22], [0xed, 0xa0, 0x80]] as [[UInt8]]
    )
    func `refuses bytes that are not UTF-8`(_ bytes: [UInt8]) {
        #expect(throws: TOMLError.self) { try TOMLDocument(parsing: bytes) }
    }

    @Test
    func `dots inside strings and comments do not count as parts of a key`() throws {
        let dots = String(repeating: ".", count: 40)
        let document = try TOMLDocument(
            parsing: """
                # \(dots) "
                a = "\(dots) \\" \(dots)"
                b = '\(dots)"'
                c = \"\"\"
                \(dots) "" \\\"\"\" \(dots)\"\"\"\"\"
                d = '''\(dots)'''
                e = 1.5 # '''
                """
        )
        #expect(document.root.members.count == 5)
    }

    @Test
    func `an empty document is an empty table`() throws {
        #expect(try TOMLDocument(parsing: "").root.members.isEmpty)
        #expect(try TOMLDocument(parsing: "\u{feff}# only a comment").root.members.isEmpty)
    }
}

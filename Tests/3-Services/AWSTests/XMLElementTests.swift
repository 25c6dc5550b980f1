@testable import AWS
import Testing

struct XMLElementTests {
    private func parsed(_ text: String) -> Result<XMLElement, XMLError> {
        do throws(XMLError) {
            return .success(try XMLElement(parsing: text.utf8.span))
        } catch {
            return .failure(error)
        }
    }

    @Test func `STS's answers are read`() throws {
        let found = try parsed(stsAnswer()).get()
        #expect(found.name == "AssumeRoleResponse")
        #expect(found["AssumeRoleResult"]?["Credentials"]?["AccessKeyId"]?.text == "ASIAROLE")
        #expect(found["AssumeRoleResult"]?["PackedPolicySize"]?.text == "6")
    }

    @Test(arguments: [
        ("<?xml version=\"1.0\"?>\n<a/>", ""), ("\u{FEFF}<a> x </a>", " x "),
        ("<p:a x='1' y = \"2\" >t</p:a>\n", "t"),
        ("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;</a>", "<>&\"'AB😀"), ("<a>é]]></a>", "é]]>"),
        ("<a></a>", ""),
    ])
    func `well-formed XML is read`(_ text: String, _ inside: String) throws {
        let found = try parsed(text).get()
        #expect(found.name == "a" && found.text == inside)
    }

    @Test(arguments: [
        "", " ", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "x<a/>", "<a><b></a></b>", "<a x></a>",
        "<a x=1/>",
        "<a x='1'y='2'/>", "<a x='<'/>", "<1a/>", "<a>&nope;</a>", "<a>&lt</a>", "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#+65;</a>", "<a>\u{1}</a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><!-- c --></a>",
        "<a><![CDATA[x]]></a>", "<a><?php ?></a>", "<?xml version='1.0'", "<html><body>502<br></body></html>",
        #"{"a":1}"#,
    ])
    func `other forms of XML are refused`(_ text: String) {
        #expect(throws: XMLError.self) { try parsed(text).get() }
    }

    @Test func `depth, number and length are bounded`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(throws: Never.self) { try parsed(nested(XMLElement.depthMax)).get() }
        #expect(throws: XMLError.self) { try parsed(nested(XMLElement.depthMax + 1)).get() }
        #expect(throws: XMLError.self) { try parsed(nested(80_000)).get() }
        let many = "<a>" + String(repeating: "<b/>", count: XMLElement.elementsMax) + "</a>"
        #expect(throws: XMLError.self) { try parsed(many).get() }
        #expect(throws: XMLError.self) {
            try parsed("<a>" + String(repeating: "x", count: XMLElement.bytesMax) + "</a>").get()
        }
    }

    @Test func `bytes that aren't UTF-8 are refused`() {
        let bytes = Array("<a>".utf8) + [0xC3, 0x28] + Array("</a>".utf8)
        #expect(throws: XMLError.self) { _ = try XMLElement(parsing: bytes.span) }
    }

    @Test func `no mutated answer crashes the reader`() {
        var random = SplitMix(seed: 7)
        let alphabet = Array("<>/&;='\"! ax#-?[]".utf8)
        let answers = [Array(stsAnswer().utf8), Array(stsRefusal("AccessDenied", "no &amp; no").utf8)]
        for turn in 0..<6_000 {
            let bytes = random.mutated(answers[turn % 2], adding: alphabet)
            _ = try? XMLElement(parsing: bytes.span)
            _ = STSClient.refusal(bytes.span)
        }
    }
}

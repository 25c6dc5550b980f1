import MCP
import Testing

/// What a template's URIs are, and the form of a URI that two targets could mean.
struct ResourceURITests {
    struct Row: Sendable {
        let template: String
        let uri: String
        let isMatch: Bool
    }

    @Test(arguments: [
        Row(template: "db://{table}/rows", uri: "db://users/rows", isMatch: true),
        Row(template: "db://{table}/rows", uri: "db://a/b/rows", isMatch: true),
        Row(template: "db://{table}/rows", uri: "db://users/rows/1", isMatch: false),
        Row(template: "db://{table}/rows", uri: "db:///rows", isMatch: true),
        Row(template: "db://{table}/rows", uri: "db://rows", isMatch: false),
        Row(template: "db://{a}-{b}/{c}", uri: "db://x-y/z", isMatch: true),
        Row(template: "db://{a}-{b}/{c}", uri: "db://xy/z", isMatch: false),
        Row(template: "db://{a}/x/{b}/x", uri: "db://1/x/x", isMatch: false),
        Row(template: "db://{a}/x/{b}/x", uri: "db://1/x/2/x", isMatch: true),
        Row(template: "file:///{+path}", uri: "file:///a/b", isMatch: true),
        Row(template: "file:///{+path}", uri: "FILE:///a/b", isMatch: false),
        Row(template: "plain:text", uri: "plain:text", isMatch: true),
        Row(template: "plain:text", uri: "plain:texts", isMatch: false),
        Row(template: "a:{b}{c}", uri: "a:", isMatch: true),
        Row(template: "a:{b}a", uri: "a:a", isMatch: true),
        Row(template: "a:aa{b}aa", uri: "a:aaa", isMatch: false),
    ])
    func `a URI is a template's when the literal parts stand in it in their order`(_ row: Row) {
        #expect(URITemplate(row.template).matches(Array(row.uri.utf8)) == row.isMatch)
    }

    @Test func `a template of many parts and a long URI take little time`() {
        let template = URITemplate("a:" + String(repeating: "a{b}", count: 20))
        let uri = Array(("a:" + String(repeating: "a", count: 2_000) + "b").utf8)
        let clock = ContinuousClock()
        let took = clock.measure { for _ in 0..<100 { _ = template.matches(uri) } }
        #expect(took < .seconds(5))
    }

    @Test(arguments: [
        "file:///a/b?c=%20#d", "test://static-text", "db://{table}/rows", "urn:isbn:0451450523", "x:/",
        "http://example.com/a//b/../c",
    ])
    func `a rewritten URI is taken apart into what it was`(_ uri: String) {
        let exposed = ExposedURI.rewritten(uri, of: "my-docs")
        #expect(exposed == "mcp-gateway://my-docs/\(uri)")
        let parts = ExposedURI.parts(of: exposed)
        #expect(parts?.target == "my-docs")
        #expect(parts?.uri.elementsEqual(uri) == true)
        #expect(ExposedURI.parts(of: uri) == nil)
    }

    @Test(arguments: ["mcp-gateway:", "mcp-gateway://", "mcp-gateway://docs", "mcp-gateway:/docs/x:y"])
    func `what only looks rewritten means nothing`(_ uri: String) {
        #expect(ExposedURI.parts(of: uri) == nil)
    }
}

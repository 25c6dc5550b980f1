import Bytes
import Crypto
import JOSE
import TestSupport
import Testing

struct CompactJWSTests {
    private static func encoded(_ text: String) -> String { Base64.url.encode(Array(text.utf8).span) }

    private static func read(_ token: String) -> JOSEError? {
        do throws(JOSEError) {
            _ = try CompactJWS(token.utf8.span)
            return nil
        } catch {
            return error
        }
    }

    struct Header: Sendable {
        let text: String
        let error: JOSEError?
    }

    @Test(arguments: [
        Header(text: #"{"alg":"ES256"}"#, error: nil),
        Header(text: #"{"alg":"ES256","kid":"a","typ":"at+jwt","x5u":"y","jwk":{}}"#, error: nil),
        Header(text: #" { "\u0061lg" : "ES256" } "#, error: nil),
        Header(text: #"{"alg":"ES256","alg":"ES256"}"#, error: .malformed),
        Header(text: #"{"alg":"ES256","\u0061lg":"none"}"#, error: .malformed),
        Header(text: #"{"alg":"ES256","x":{"a":1,"a":2}}"#, error: .malformed),
        Header(text: #"{"alg":["ES256"]}"#, error: .malformed),
        Header(text: #"{"alg":null}"#, error: .malformed),
        Header(text: #"{"kid":"a"}"#, error: .malformed),
        Header(text: #"["ES256"]"#, error: .malformed),
        Header(text: #""ES256""#, error: .malformed),
        Header(text: "", error: .malformed),
        Header(text: "{", error: .malformed),
        Header(text: #"{"alg":"ES256"}x"#, error: .malformed),
        Header(text: #"{"alg":"ES256","kid":7}"#, error: .malformed),
        Header(text: #"{"alg":"ES256","typ":true}"#, error: .malformed),
        Header(text: #"{"alg":"ES256","crit":["exp"]}"#, error: .critical),
        Header(text: #"{"alg":"ES256","crit":[]}"#, error: .critical),
        Header(text: #"{"alg":"ES256","b64":false}"#, error: .critical),
        Header(text: #"{"alg":"none"}"#, error: .algorithm),
        Header(text: #"{"alg":"es256"}"#, error: .algorithm),
    ])
    func `the header is strict JSON with a known algorithm and nothing critical`(_ row: Header) {
        #expect(Self.read("\(Self.encoded(row.text)).e30.AAAA") == row.error)
    }

    @Test
    func `nesting and lengths in the header are bounded`() {
        let deep =
            #"{"alg":"ES256","x":"# + String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
            + "}"
        #expect(Self.read("\(Self.encoded(deep)).e30.AAAA") == .malformed)
        let kid = #"{"alg":"ES256","kid":""# + String(repeating: "k", count: 513) + #""}"#
        #expect(Self.read("\(Self.encoded(kid)).e30.AAAA") == .malformed)
        let long = #"{"alg":"ES256","x":""# + String(repeating: "k", count: 4096) + #""}"#
        #expect(Self.read("\(Self.encoded(long)).e30.AAAA") == .tooLarge)
    }

    @Test
    func `a whole token has at most 16 KiB`() {
        let head = "\(Self.encoded(#"{"alg":"ES256"}"#))."
        let room = CompactJWS.bytesMax - head.utf8.count - 5
        #expect(Self.read(head + String(repeating: "A", count: room / 4 * 4) + ".AAAA") == nil)
        #expect(Self.read(head + String(repeating: "A", count: CompactJWS.bytesMax) + ".AAAA") == .tooLarge)
    }

    @Test(arguments: [
        "", ".", "..", "...", "a", "a.b", "e30.e30", "e30.e30.e30.e30", "e30.e30.e30.", ".e30.e30",
        "e30=.e30.AAAA",
        "e30.e30=.AAAA", "e30.e30.AAA=", "e3 0.e30.AAAA", "e30.e3+.AAAA", "e30.e3/.AAAA", "e31.e30.AAAA",
        "\u{0}.\u{0}.\u{0}",
        "é.é.é", #"{"payload":"","signatures":[]}"#,
    ])
    func `a token that isn't three parts of strict base64url is malformed`(_ token: String) {
        #expect(Self.read(token) == .malformed)
    }
}

import Bytes
import Calendar
import Crypto
import Foundation
import SigV4
import TestSupport
import Testing

/// The signing test suite of aws-c-auth: 38 requests, each signed in its fields and in its query.
struct SigningSuiteTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let folder: URL

        var testDescription: String { name }

        func text(_ file: String) throws -> String {
            try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        }
    }

    struct Context: Decodable {
        struct Credentials: Decodable {
            let access_key_id: String
            let secret_access_key: String
            let token: String?
        }
        let credentials: Credentials
        let expiration_in_seconds: Int
        let normalize: Bool
        let region: String
        let service: String
        let sign_body: Bool
        let timestamp: String
        let omit_session_token: Bool?
    }

    static let cases: [Case] = {
        guard let folder = SharedVectors.folder("sigv4/v4"),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { return [] }
        return names.sorted().map { Case(name: $0, folder: folder.appendingPathComponent($0)) }
    }()

    @Test func `the suite is complete if it is there`() {
        #expect(Self.cases.isEmpty || Self.cases.count == 38)
    }

    @Test(arguments: cases)
    func `signs in the fields as the suite does`(_ row: Case) throws {
        let wire = WireRequest(parsing: try row.text("request.txt"))
        let (signer, time, _) = try context(row)
        let signed = signer.signInFields(wire.request, at: time)
        #expect(signed.canonicalRequest == (try row.text("header-canonical-request.txt")))
        #expect(signed.stringToSign == (try row.text("header-string-to-sign.txt")))
        #expect(signed.signature == (try row.text("header-signature.txt")))
        #expect(wire.text(adding: signed) == normalized(try row.text("header-signed-request.txt")))
    }

    @Test(arguments: cases)
    func `signs in the query as the suite does`(_ row: Case) throws {
        let wire = WireRequest(parsing: try row.text("request.txt"))
        var (signer, time, context) = try context(row)
        signer.signsBodyHash = false
        let signed = signer.signInQuery(wire.request, at: time, expiresIn: context.expiration_in_seconds)
        #expect(signed.canonicalRequest == (try row.text("query-canonical-request.txt")))
        #expect(signed.stringToSign == (try row.text("query-string-to-sign.txt")))
        #expect(signed.signature == (try row.text("query-signature.txt")))
        #expect(wire.text(adding: signed) == normalized(try row.text("query-signed-request.txt")))
    }

    private func context(_ row: Case) throws -> (RequestSigner, UTCTime, Context) {
        let context = try JSONDecoder().decode(Context.self, from: Data(try row.text("context.json").utf8))
        var signer = RequestSigner(
            credential: SigningCredential(
                accessKeyID: context.credentials.access_key_id,
                secret: Secret(context.credentials.secret_access_key),
                sessionToken: context.credentials.token
            ),
            region: context.region,
            service: context.service
        )
        signer.normalizesPath = context.normalize
        signer.signsBodyHash = context.sign_body
        signer.omitsSessionToken = context.omit_session_token ?? false
        let stamp = context.timestamp.filter { $0 != "-" && $0 != ":" }
        let time = UTCTime(stamp: stamp.utf8.span)
        return (signer, try #require(time), context)
    }

    /// The text without the line ends at its end, whose number varies in the suite's files.
    private func normalized(_ text: String) -> String {
        var text = Substring(text)
        while text.hasSuffix("\n") { text.removeLast() }
        return String(text)
    }
}

/// A request of the suite: a request line that may hold spaces, fields that may be folded, and a body.
private struct WireRequest {
    let method: String
    let target: String
    let version: String
    let fieldLines: [String]
    let request: RequestSigner.Request

    init(parsing text: String) {
        let parts = text.components(separatedBy: "\n\n")
        let lines = parts[0].split(separator: "\n").map(String.init)
        let words = lines[0].components(separatedBy: " ")
        method = words[0]
        target = words[1..<(words.count - 1)].joined(separator: " ")
        version = words[words.count - 1]
        fieldLines = Array(lines.dropFirst())
        var fields: [CanonicalRequest.Field] = []
        for line in fieldLines {
            if line.hasPrefix(" "), let last = fields.popLast() {
                fields.append(CanonicalRequest.Field(last.name, last.value + "\n" + line))
            } else {
                let halves = line.split(separator: ":", maxSplits: 1).map(String.init)
                fields.append(CanonicalRequest.Field(halves[0], halves[1]))
            }
        }
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init
        )
        request = RequestSigner.Request(
            method: method,
            path: halves[0],
            query: halves.count > 1 ? halves[1] : "",
            fields: fields,
            body: parts.count > 1 ? Array(parts[1].utf8) : []
        )
    }

    func text(adding signed: RequestSigner.Signed) -> String {
        var target = target
        if !signed.query.isEmpty { target += (target.contains("?") ? "&" : "?") + signed.query }
        let lines = fieldLines + signed.fields.map { "\($0.name):\($0.value)" }
        let body = String(decoding: request.body, as: UTF8.self)
        let head = "\(method) \(target) \(version)\n" + lines.joined(separator: "\n")
        return body.isEmpty ? head : head + "\n\n" + body
    }
}

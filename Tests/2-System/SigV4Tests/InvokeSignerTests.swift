import Bytes
import Calendar
import Crypto
import SigV4
import Testing

struct InvokeSignerTests {
    private func signer(_ row: InvokeVector) throws(SigningCredentialError) -> InvokeSigner {
        let credential = SigningCredential(
            accessKeyID: InvokeVector.accessKeyID,
            secret: Secret(InvokeVector.secret),
            sessionToken: row.token
        )
        return try InvokeSigner(credential: credential, region: row.region)
    }

    private func lines(_ signer: InvokeSigner, _ row: InvokeVector) -> String {
        let target = SigningTarget(path: row.path, query: row.query, host: row.host)
        var head = ByteBuffer("POST something HTTP/1.1\r\n")
        var fields: [SignedField] = []
        for field in row.fields {
            head.append(field.name)
            head.append(": ")
            let start = head.count
            head.append(field.value)
            fields.append(SignedField(field.name, start..<head.count))
            head.append("\r\n")
        }
        let start = head.count
        let time = UTCTime(epochSeconds: row.epochSeconds)
        signer.appendLines(for: target, fields: fields, body: row.body.utf8.span, at: time, to: &head)
        return String(decoding: head.bytes[start...], as: UTF8.self)
    }

    private func expected(_ row: InvokeVector) -> String {
        "X-Amz-Date: \(row.stamp)\r\n" + (row.token.map { "X-Amz-Security-Token: \($0)\r\n" } ?? "")
            + "Authorization: AWS4-HMAC-SHA256 Credential=\(InvokeVector.accessKeyID)/\(row.stamp.prefix(8))/"
            + "\(row.region)/lambda/aws4_request, SignedHeaders=\(row.signedNames), Signature=\(row.signature)\r\n"
    }

    @Test(arguments: InvokeVector.all)
    func `signs each shape of the call as botocore does`(_ row: InvokeVector) throws {
        #expect(try lines(signer(row), row) == expected(row))
    }

    @Test func `one signer serves every second and day of its credential, in any order`() throws {
        let signer = try signer(InvokeVector.all[0])
        let plain = InvokeVector.all.filter { $0.token == nil && $0.region == InvokeVector.all[0].region }
        #expect(plain.count >= 3)
        for row in plain + plain.reversed() { #expect(lines(signer, row) == expected(row)) }
    }

    @Test(arguments: InvokeVector.all)
    func `the general signer computes the same signature`(_ row: InvokeVector) {
        let signer = RequestSigner(
            credential: SigningCredential(
                accessKeyID: InvokeVector.accessKeyID,
                secret: Secret(InvokeVector.secret),
                sessionToken: row.token
            ),
            region: row.region,
            service: "lambda"
        )
        let request = RequestSigner.Request(
            method: "POST",
            path: row.path,
            query: row.query,
            fields: [CanonicalRequest.Field("Host", row.host)]
                + row.fields.map { CanonicalRequest.Field($0.name.description, $0.value) },
            body: Array(row.body.utf8)
        )
        let signed = signer.signInFields(request, at: UTCTime(epochSeconds: row.epochSeconds))
        #expect(signed.signature == row.signature)
    }

    struct Unfit: Sendable, CustomTestStringConvertible {
        var id = "AKID"
        var token: String? = "token"
        var region = "eu-west-1"
        let part: String

        var testDescription: String { "\(part) \(id) \(token ?? "") \(region)".debugDescription }
    }

    static let unfit: [Unfit] = ["\r\n", "\n", "\r", "\u{0}", " ", "\t", "\u{7F}", "é"].flatMap { bad in
        [
            Unfit(id: "AK\(bad)ID", part: "the access key id"),
            Unfit(id: "AKID\(bad)", part: "the access key id"),
            Unfit(token: "XQ\(bad)Z", part: "the session token"),
            Unfit(region: "eu\(bad)", part: "the region"),
        ]
    }

    /// The texts are checked here, wherever they come from.
    @Test(arguments: unfit)
    func `what would split a head is refused, and the error doesn't repeat it`(_ row: Unfit) throws {
        let credential = SigningCredential(
            accessKeyID: row.id,
            secret: Secret("any \n bytes"),
            sessionToken: row.token
        )
        let error = #expect(throws: SigningCredentialError.self) {
            _ = try InvokeSigner(credential: credential, region: row.region)
        }
        #expect(error?.part == row.part)
        #expect(error.map { "\($0)".contains("AK") || "\($0)".contains("XQ") } == false)
    }

    @Test func `a secret never appears in a description or a dump`() {
        let credential = SigningCredential(accessKeyID: "AKID", secret: Secret("hush"), sessionToken: nil)
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(credential)", String(reflecting: credential), dumped] {
            #expect(text.contains("<redacted>"))
            #expect(!text.contains("hush"))
        }
        #expect(Secret("a") == Secret("a") && Secret("a") != Secret("b"))
    }
}

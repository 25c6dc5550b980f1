import Bytes
import Calendar
import Crypto
import SigV4
import Testing

struct SignatureCheckTests {
    typealias Field = CanonicalRequest.Field

    static let now = UTCTime(epochSeconds: 1_795_219_200)  // 20261121T000000Z
    static let body = Array(#"{"method":"tools/list"}"#.utf8)
    static let permanent = SigningCredential(accessKeyID: "AKIDEXAMPLE", secret: Secret("secret"))
    static let temporary = SigningCredential(
        accessKeyID: "ASIAEXAMPLE",
        secret: Secret("other"),
        sessionToken: "token=="
    )

    /// A signed request that can be changed before it's checked.
    struct Draft {
        var method = "POST"
        var path =
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/invocations"
        var query = "Qualifier=live"
        var fields: [Field] = []
        var body = SignatureCheckTests.body

        init(signedBy credential: SigningCredential = permanent, at time: UTCTime = now) {
            var signer = RequestSigner(credential: credential, region: "us-east-1", service: "lambda")
            signer.normalizesPath = true
            fields = [
                Field("Host", "127.0.0.1:9001"), Field("X-Amz-Tenant-Id", "blue"),
                Field("User-Agent", "test"),
            ]
            let request = RequestSigner.Request(
                method: method,
                path: path,
                query: query,
                fields: fields,
                body: body
            )
            fields += signer.signInFields(request, at: time).fields
        }

        subscript(_ name: String) -> String {
            get { fields.first { $0.name.lowercased() == name }?.value ?? "" }
            set { fields = fields.map { $0.name.lowercased() == name ? Field($0.name, newValue) : $0 } }
        }

        mutating func remove(_ name: String) { fields.removeAll { $0.name.lowercased() == name } }

        mutating func replace(_ old: String, _ new: String) {
            #expect(self["authorization"].contains(old))
            self["authorization"] = self["authorization"].replacing(old, with: new)
        }

        func check(
            at now: UTCTime = SignatureCheckTests.now,
            region: String? = "us-east-1"
        ) throws(SignatureRefusal) -> SigningCredential {
            let request = SignatureCheck.Request(
                method: method,
                path: path,
                query: query,
                fields: fields,
                body: body.span
            )
            let check = SignatureCheck(region: region, service: "lambda")
            return try check.check(request, at: now) { id in
                [permanent, temporary].first { $0.accessKeyID == id }
            }.credential
        }

        func refusal(at now: UTCTime = SignatureCheckTests.now) -> SignatureRefusal? {
            do throws(SignatureRefusal) {
                _ = try check(at: now)
                return nil
            } catch { return error }
        }
    }

    @Test func `accepts signed requests with a time in the tolerance, and says who signed`() throws {
        #expect(try Draft().check() == Self.permanent)
        #expect(try Draft(signedBy: Self.temporary).check() == Self.temporary)
        #expect(try Draft().check(region: nil) == Self.permanent)
        for seconds in [-300, -1, 0, 299, 300] {
            #expect(try Draft(at: Self.now.adding(seconds: seconds)).check() == Self.permanent)
        }
    }

    @Test(arguments: InvokeVector.all)
    func `accepts what botocore signed`(_ row: InvokeVector) throws {
        let credential = SigningCredential(
            accessKeyID: InvokeVector.accessKeyID,
            secret: Secret(InvokeVector.secret),
            sessionToken: row.token
        )
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(InvokeVector.accessKeyID)/\(row.stamp.prefix(8))/\(row.region)/lambda/"
            + "aws4_request, SignedHeaders=\(row.signedNames), Signature=\(row.signature)"
        let token = row.token.map { [Field("x-amz-security-token", $0)] } ?? []
        let request = SignatureCheck.Request(
            method: "POST",
            path: row.path,
            query: row.query,
            fields: [
                Field("host", row.host), Field("authorization", authorization),
                Field("x-amz-date", row.stamp),
            ]
                + token + row.fields.map { Field($0.name.description, $0.value) },
            body: row.body.utf8.span
        )
        let check = SignatureCheck(region: row.region, service: "lambda")
        let found = try check.check(request, at: UTCTime(epochSeconds: row.epochSeconds)) { _ in
            credential
        }
        #expect(found.credential == credential && found.region == row.region)
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        let what: String
        let code: String
        var message = ""
        let spoil: @Sendable (inout Draft) -> Void

        var testDescription: String { what }
    }

    private static let mismatch =
        "The request signature we calculated does not match the signature you provided."
    private static let badToken = "The security token included in the request is invalid."

    static let tamperings: [Tampering] = [
        Tampering(what: "method", code: "InvalidSignatureException", message: mismatch) { $0.method = "GET" },
        Tampering(what: "path", code: "InvalidSignatureException", message: mismatch) { $0.path += "x" },
        Tampering(what: "path encoding", code: "InvalidSignatureException", message: mismatch) {
            $0.path = $0.path.replacing("%3A", with: ":")
        },
        Tampering(what: "query", code: "InvalidSignatureException", message: mismatch) {
            $0.query = "Qualifier=dev"
        },
        Tampering(what: "no query", code: "InvalidSignatureException", message: mismatch) { $0.query = "" },
        Tampering(what: "body", code: "InvalidSignatureException", message: mismatch) {
            $0.body.append(0x20)
        },
        Tampering(what: "host", code: "InvalidSignatureException", message: mismatch) {
            $0["host"] = "localhost"
        },
        Tampering(what: "tenant", code: "InvalidSignatureException", message: mismatch) {
            $0["x-amz-tenant-id"] = "red"
        },
        Tampering(what: "tenant gone", code: "InvalidSignatureException", message: mismatch) {
            $0.remove("x-amz-tenant-id")
        },
        Tampering(
            what: "tenant added",
            code: "InvalidSignatureException",
            message: "'x-amz-log-type' must be"
        ) {
            $0.fields.append(Field("X-Amz-Log-Type", "Tail"))
        },
        Tampering(what: "second tenant", code: "InvalidSignatureException", message: mismatch) {
            $0.fields.append(Field("X-Amz-Tenant-Id", "red"))
        },
        Tampering(what: "date", code: "InvalidSignatureException", message: mismatch) {
            $0["x-amz-date"] = "20261121T000001Z"
        },
        Tampering(what: "signature", code: "InvalidSignatureException", message: mismatch) {
            $0.replace("Signature=", "Signature=0")
        },
        Tampering(what: "signature case", code: "InvalidSignatureException", message: mismatch) {
            let half = $0["authorization"].split(separator: "Signature=")
            $0["authorization"] = half[0] + "Signature=" + half[1].uppercased()
        },
        Tampering(
            what: "fewer signed names",
            code: "InvalidSignatureException",
            message: "'x-amz-tenant-id' must be"
        ) {
            $0.replace(";x-amz-tenant-id", "")
        },
        Tampering(
            what: "host unsigned",
            code: "InvalidSignatureException",
            message: "'Host' or ':authority' must"
        ) {
            $0.replace("host;", "")
        },
        Tampering(what: "more signed names", code: "InvalidSignatureException", message: mismatch) {
            $0.replace("host;", "accept;host;")
        },
        Tampering(what: "names out of order", code: "InvalidSignatureException", message: mismatch) {
            $0.replace("host;x-amz-date", "x-amz-date;host")
        },
        Tampering(
            what: "region",
            code: "InvalidSignatureException",
            message: "Credential should be scoped to a valid"
        ) {
            $0.replace("us-east-1", "us-east-2")
        },
        Tampering(
            what: "service",
            code: "InvalidSignatureException",
            message: "Credential should be scoped to corr"
        ) {
            $0.replace("/lambda/", "/s3/")
        },
        Tampering(
            what: "terminator",
            code: "InvalidSignatureException",
            message: "Credential should be scoped with"
        ) {
            $0.replace("aws4_request", "aws5_request")
        },
        Tampering(
            what: "scope date",
            code: "InvalidSignatureException",
            message: "Date in Credential scope does not"
        ) {
            $0.replace("/20261121/", "/20261120/")
        },
        Tampering(what: "key", code: "UnrecognizedClientException", message: badToken) {
            $0.replace("AKIDEXAMPLE", "AKIDUNKNOWN")
        },
        Tampering(what: "token not the key's", code: "UnrecognizedClientException", message: badToken) {
            $0.fields.append(Field("X-Amz-Security-Token", "x"))
        },
        Tampering(
            what: "no authorization",
            code: "MissingAuthenticationTokenException",
            message: "Missing Auth"
        ) {
            $0.remove("authorization")
        },
        Tampering(what: "empty authorization", code: "MissingAuthenticationTokenException") {
            $0["authorization"] = ""
        },
        Tampering(what: "bearer", code: "IncompleteSignatureException") { $0["authorization"] = "Bearer x" },
        Tampering(
            what: "no parameters",
            code: "IncompleteSignatureException",
            message: "Authorization header requi"
        ) {
            $0["authorization"] = "AWS4-HMAC-SHA256"
        },
        Tampering(
            what: "no equals sign",
            code: "IncompleteSignatureException",
            message: "'Credential' not a valid"
        ) {
            $0["authorization"] = "AWS4-HMAC-SHA256 Credential, Signature=x"
        },
        Tampering(
            what: "no signature",
            code: "IncompleteSignatureException",
            message: "Authorization header requires 'Signature' parameter. Authorization="
        ) { $0.replace("Signature=", "Sig=") },
        Tampering(
            what: "short credential",
            code: "IncompleteSignatureException",
            message: "Credential must have"
        ) {
            $0.replace("/us-east-1", "")
        },
        Tampering(
            what: "no date",
            code: "IncompleteSignatureException",
            message: "Authorization header requires exist"
        ) {
            $0.remove("x-amz-date")
        },
        Tampering(what: "bad date", code: "IncompleteSignatureException", message: "Date must be in ISO-8601")
        {
            $0["x-amz-date"] = "now"
        },
        Tampering(
            what: "date twice",
            code: "IncompleteSignatureException",
            message: "Date must be in ISO-8601"
        ) {
            $0.fields.append(Field("X-Amz-Date", "20261121T000000Z"))
        },
    ]

    @Test(arguments: tamperings)
    func `refuses each tampering with AWS's code and words`(_ row: Tampering) throws {
        var draft = Draft()
        row.spoil(&draft)
        let refusal = try #require(draft.refusal())
        #expect(refusal.code == row.code)
        #expect(refusal.status == 403)
        #expect(refusal.message.hasPrefix(row.message), "\(refusal.message)")
    }

    @Test func `a temporary key needs its token`() throws {
        var draft = Draft(signedBy: Self.temporary)
        draft.remove("x-amz-security-token")
        #expect(draft.refusal()?.code == "UnrecognizedClientException")
        draft = Draft(signedBy: Self.temporary)
        draft["x-amz-security-token"] = "token"
        #expect(draft.refusal()?.code == "UnrecognizedClientException")
    }

    @Test func `the refusal of a clock that is off names both times`() throws {
        let early = try #require(Draft(at: Self.now.adding(seconds: -301)).refusal())
        #expect(early.code == "InvalidSignatureException")
        #expect(
            early.message
                == "Signature expired: 20261120T235459Z is now earlier than 20261120T235500Z (20261121T000000Z - 5 min.)"
        )
        let late = try #require(Draft(at: Self.now.adding(seconds: 301)).refusal())
        #expect(late.code == "InvalidSignatureException")
        #expect(
            late.message
                == "Signature not yet current: 20261121T000501Z is still later than 20261121T000500Z "
                + "(20261121T000000Z + 5 min.)"
        )
    }

    @Test func `the Date field is accepted in place of X-Amz-Date`() throws {
        let signer = RequestSigner(credential: Self.permanent, region: "us-east-1", service: "lambda")
        // The string to sign has the date in the form of X-Amz-Date, taken from the Date field.
        let canonical = CanonicalRequest(
            method: "GET",
            path: "/",
            query: "",
            fields: [Field("host", "h"), Field("date", "Sat, 21 Nov 2026 00:00:00 GMT")],
            bodyHash: SHA256.hash("").hex
        )
        let stringToSign =
            "AWS4-HMAC-SHA256\n20261121T000000Z\n20261121/us-east-1/lambda/aws4_request\n"
            + canonical.hash.hex
        var key = HMACKey(Array("AWS4secret".utf8))
        for part in ["20261121", signer.region, "lambda", "aws4_request"] {
            key = HMACKey(key.authenticate(part))
        }
        var draft = Draft()
        draft.method = "GET"
        draft.path = "/"
        draft.query = ""
        draft.body = []
        draft.fields = [
            Field("Host", "h"), Field("Date", "Sat, 21 Nov 2026 00:00:00 GMT"),
            Field(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/lambda/aws4_request,"
                    + "SignedHeaders=date;host,Signature=" + key.authenticate(stringToSign).hex
            ),
        ]
        #expect(try draft.check() == Self.permanent)
    }

    @Test func `mutated Authorization fields are refused unless they keep the signature`() {
        var random = SplitMix(seed: 4)
        let original = Draft()
        let alphabet = Array("=,/; \"\u{0}AaZz019;host%é=Credential=".utf8)
        for _ in 0..<5_000 {
            var draft = original
            var text = Array(draft["authorization"].utf8)
            for _ in 0...Int(random.next() % 3) {
                let index = Int(random.next() % UInt64(text.count))
                switch random.next() % 3 {
                case 0: text[index] = alphabet[Int(random.next() % UInt64(alphabet.count))]
                case 1: text.insert(alphabet[Int(random.next() % UInt64(alphabet.count))], at: index)
                default: text.removeSubrange(index..<min(text.count, index + 1 + Int(random.next() % 40)))
                }
                if text.isEmpty { text = [0] }
            }
            draft["authorization"] = String(decoding: text, as: UTF8.self)
            if draft.refusal() == nil { #expect(isSameSignature(draft, original)) }
        }
    }

    /// Changes to white space or to unknown parameters may leave a signature as good as it was.
    private func isSameSignature(_ left: Draft, _ right: Draft) -> Bool {
        func core(_ draft: Draft) -> Substring { draft["authorization"].suffix(64) }
        return core(left) == core(right) || left["authorization"].contains(core(right))
    }
}

/// A small repeatable generator.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

import Bytes
package import Calendar
import Crypto

/// Signs any request, in its header fields or in its query.
///
/// For requests other than Invoke, which has `InvokeSigner`: those to STS, lists of functions, values kept at AWS. Its
/// query form is for logging in to a database by IAM, and for links; tests alone use that so far. A value, any thread.
package struct RequestSigner: Sendable {
    /// A request before it is signed, spelled as it will be sent.
    package struct Request: Sendable {
        package var method: String
        package var path: String
        package var query: String
        /// All are signed, except those that proxies change. `Host` must be among them.
        package var fields: [CanonicalRequest.Field]
        package var body: [UInt8]

        package init(
            method: String,
            path: String,
            query: String = "",
            fields: [CanonicalRequest.Field],
            body: [UInt8] = []
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.fields = fields
            self.body = body
        }
    }

    /// A signature with what it was computed from, and what to add to the request.
    package struct Signed: Sendable {
        package let canonicalRequest: String
        package let stringToSign: String
        package let signature: String
        /// To append to the request's own fields, in this order.
        package let fields: [CanonicalRequest.Field]
        /// To append to the request's own query, without a leading `&`; empty for a signature in the fields.
        /// Unused so far: for databases that take a signed link as a password.
        package let query: String
    }

    package let credential: SigningCredential
    package let region: String
    package let service: String
    package var pathForm = CanonicalRequest.PathForm.encodedAgain
    package var normalizesPath = true
    /// Adds and signs `x-amz-content-sha256`.
    package var signsBodyHash = false
    /// Sends the session token without signing it.
    package var omitsSessionToken = false

    package init(credential: SigningCredential, region: String, service: String) {
        self.credential = credential
        self.region = region
        self.service = service
    }

    /// The signature as an `Authorization` field, with the `X-Amz-…` fields it needs.
    package func signInFields(_ request: Request, at time: UTCTime) -> Signed {
        let stamp = time.stamp
        let bodyHash = SHA256.hash(request.body).hex
        var token: [CanonicalRequest.Field] = []
        if let sessionToken = credential.sessionToken {
            token = [CanonicalRequest.Field("X-Amz-Security-Token", sessionToken)]
        }
        var added = [CanonicalRequest.Field("X-Amz-Date", stamp)]
        if signsBodyHash { added.append(CanonicalRequest.Field("x-amz-content-sha256", bodyHash)) }
        let signedFields = signable(request.fields) + added + (omitsSessionToken ? [] : token)
        let canonical = canonicalRequest(
            request,
            query: request.query,
            fields: signedFields,
            bodyHash: bodyHash
        )
        let (stringToSign, signature, scope) = sign(canonical, stamp: stamp)
        let authorization =
            "\(algorithm) Credential=\(credential.accessKeyID)/\(scope.text), "
            + "SignedHeaders=\(canonical.signedNames), Signature=\(signature)"
        return Signed(
            canonicalRequest: canonical.text,
            stringToSign: stringToSign,
            signature: signature,
            fields: token + added + [CanonicalRequest.Field("Authorization", authorization)],
            query: ""
        )
    }

    /// The signature as query parameters: a link that works for `expiresIn` seconds, 1...604800.
    ///
    /// No request is sent like that yet: for databases that take a signed link as a password, and for tests of the
    /// check.
    package func signInQuery(_ request: Request, at time: UTCTime, expiresIn seconds: Int) -> Signed {
        let stamp = time.stamp
        let bodyHash = SHA256.hash(request.body).hex
        let fields = signable(request.fields)
        let names = Set(fields.map { $0.name.lowercased() }).sorted(by: isBefore).joined(separator: ";")
        let scope = Scope(date: String(stamp.prefix(8)), region: region, service: service)
        var query = ByteBuffer()
        func add(_ name: String, _ value: String) {
            if query.count > 0 { query.append("&") }
            query.append(name)
            query.append("=")
            query.append(uriEncoding: value)
        }
        add("X-Amz-Algorithm", algorithm.description)
        add("X-Amz-Credential", "\(credential.accessKeyID)/\(scope.text)")
        add("X-Amz-Date", stamp)
        add("X-Amz-SignedHeaders", names)
        add("X-Amz-Expires", String(seconds))
        if let token = credential.sessionToken, !omitsSessionToken { add("X-Amz-Security-Token", token) }
        let whole = request.query.isEmpty ? query.text : request.query + "&" + query.text
        let canonical = canonicalRequest(request, query: whole, fields: fields, bodyHash: bodyHash)
        let (stringToSign, signature, _) = sign(canonical, stamp: stamp)
        if let token = credential.sessionToken, omitsSessionToken { add("X-Amz-Security-Token", token) }
        add("X-Amz-Signature", signature)
        return Signed(
            canonicalRequest: canonical.text,
            stringToSign: stringToSign,
            signature: signature,
            fields: [],
            query: query.text
        )
    }

    private func canonicalRequest(
        _ request: Request,
        query: String,
        fields: [CanonicalRequest.Field],
        bodyHash: String
    ) -> CanonicalRequest {
        CanonicalRequest(
            method: request.method,
            path: request.path,
            query: query,
            fields: fields,
            bodyHash: bodyHash,
            pathForm: pathForm,
            normalizesPath: normalizesPath
        )
    }

    private func sign(_ request: CanonicalRequest, stamp: String) -> (String, String, Scope) {
        let scope = Scope(date: String(stamp.prefix(8)), region: region, service: service)
        let stringToSign = scope.stringToSign(stamp: stamp, requestHash: request.hash)
        return (stringToSign, scope.key(secret: credential.secret).authenticate(stringToSign).hex, scope)
    }

    private func signable(_ fields: [CanonicalRequest.Field]) -> [CanonicalRequest.Field] {
        fields.filter { !unsignedNames.contains($0.name.lowercased()) }
    }
}

/// Fields that proxies and clients add or change on the way.
private let unsignedNames: Set = [
    "authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id",
]

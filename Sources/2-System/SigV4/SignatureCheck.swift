package import Bytes
package import Calendar
import Crypto

/// Checks the signatures of requests as an AWS service does.
///
/// A value, any thread; each check costs six hashes of the request's head and one of its body.
package struct SignatureCheck: Sendable {
    /// A request as it came in.
    package struct Request {
        package let method: String
        /// As in the request line, without the query.
        package let path: String
        /// As in the request line, without `?`.
        package let query: String
        package let fields: [CanonicalRequest.Field]
        package let bodyHash: Digest

        package init(
            method: String,
            path: String,
            query: String,
            fields: [CanonicalRequest.Field],
            body: Span<UInt8>
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.fields = fields
            bodyHash = SHA256.hash(body)
        }

        /// The values of that field, joined with commas.
        func field(_ name: String) -> String? {
            let values = fields.filter { $0.name.lowercased() == name }.map { $0.value }
            return values.isEmpty ? nil : values.joined(separator: ",")
        }
    }

    /// Who signed a request, and for which region.
    package struct Signer: Equatable {
        package let credential: SigningCredential
        package let region: String
    }

    /// `nil` accepts every region, for a local stand-in.
    package let region: String?
    package let service: String
    /// How far the caller's clock may be off, in seconds.
    package let toleranceSeconds: Int

    package init(region: String?, service: String, toleranceSeconds: Int = 300) {
        self.region = region
        self.service = service
        self.toleranceSeconds = toleranceSeconds
    }

    /// Accepts a request that is signed with a known key, for this region and service, at the present time.
    /// - Parameters:
    ///   - request: as it came in, with every field.
    ///   - now: the server's clock.
    ///   - credential: the credential of an access key id, `nil` for one that isn't known.
    /// - Throws: the error that AWS would answer with.
    package func check(
        _ request: Request,
        at now: UTCTime,
        credential: (String) -> SigningCredential?
    ) throws(SignatureRefusal) -> Signer {
        guard let value = request.field("authorization"), !value.isEmpty else { throw .missing }
        let authorization = try AuthorizationField(parsing: value)
        let (stamp, time) = try self.time(of: request, authorization: value)
        guard let known = credential(authorization.accessKeyID),
            constantTimeEquals(known.sessionToken ?? "", request.field("x-amz-security-token") ?? "")
        else { throw .unknownKey }
        try checkScope(authorization, stamp: stamp)
        try checkSkew(of: time, now: now)
        try checkNames(authorization, request)
        let canonical = CanonicalRequest(
            method: request.method,
            path: request.path,
            query: request.query,
            fields: request.fields.filter { authorization.signedNames.contains($0.name.lowercased()) },
            bodyHash: request.bodyHash.hex
        )
        let stringToSign = authorization.scope.stringToSign(stamp: stamp, requestHash: canonical.hash)
        let expected = authorization.scope.key(secret: known.secret).authenticate(stringToSign)
        guard let signature = Digest(hex: authorization.signature), signature == expected,
            canonical.signedNames == authorization.signedNames.joined(separator: ";")
        else { throw .mismatch }
        return Signer(credential: known, region: authorization.scope.region)
    }

    /// The time at which the caller signed, and its spelling in the string to sign.
    private func time(
        of request: Request,
        authorization: String
    ) throws(SignatureRefusal) -> (String, UTCTime) {
        if let stamp = request.field("x-amz-date") {
            if let time = UTCTime(stamp: stamp.utf8.span) { return (stamp, time) }
            throw .incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(stamp)'. See http://en.wikipedia.org/wiki/ISO_8601"
            )
        }
        if let date = request.field("date"), let time = UTCTime(httpDate: date.utf8.span) {
            return (time.stamp, time)
        }
        throw .incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                + "Authorization=\(authorization)"
        )
    }

    private func checkScope(_ authorization: AuthorizationField, stamp: String) throws(SignatureRefusal) {
        let scope = authorization.scope
        var faults = ""
        if region.map({ $0 != scope.region }) ?? !Self.isRegion(scope.region) {
            faults += "Credential should be scoped to a valid region. "
        }
        if scope.service != service {
            faults += "Credential should be scoped to correct service: '\(service)'. "
        }
        if authorization.terminator != terminator {
            faults +=
                "Credential should be scoped with a valid terminator: '\(terminator)', "
                + "not '\(authorization.terminator)'. "
        }
        if scope.date != stamp.prefix(8) {
            faults +=
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'\(scope.date)' != '\(stamp.prefix(8))', from '\(stamp)'. "
        }
        if !faults.isEmpty { throw .invalid(String(faults.dropLast())) }
    }

    /// Whether the text may be a region, such as `eu-central-1`; the texts that it goes into allow no other
    /// characters.
    private static func isRegion(_ text: String) -> Bool {
        1...64 ~= text.utf8.count
            && text.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || byte == UInt8(ascii: "-")
            }
    }

    private func checkSkew(of time: UTCTime, now: UTCTime) throws(SignatureRefusal) {
        let earliest = now.adding(seconds: -toleranceSeconds)
        let latest = now.adding(seconds: toleranceSeconds)
        let minutes = toleranceSeconds / 60
        if time < earliest {
            throw .invalid(
                "Signature expired: \(time.stamp) is now earlier than \(earliest.stamp) (\(now.stamp) - \(minutes) min.)"
            )
        }
        if time > latest {
            throw .invalid(
                "Signature not yet current: \(time.stamp) is still later than \(latest.stamp) "
                    + "(\(now.stamp) + \(minutes) min.)"
            )
        }
    }

    /// `host` and every `x-amz-` field must be signed, and every signed field must be there.
    private func checkNames(
        _ authorization: AuthorizationField,
        _ request: Request
    ) throws(SignatureRefusal) {
        let signed = authorization.signedNames
        guard signed.contains("host") else {
            throw .invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
        }
        let present = request.fields.map { $0.name.lowercased() }
        if let name = present.first(where: { $0.hasPrefix("x-amz-") && !signed.contains($0) }) {
            throw .invalid("'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
        guard signed.allSatisfy({ present.contains($0) }) else { throw .mismatch }
    }
}

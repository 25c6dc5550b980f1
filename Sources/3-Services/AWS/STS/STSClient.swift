import Bytes
import Calendar
import HTTPClient
import SigV4
import Text

/// Takes roles: a client of AWS's Security Token Service that uses its "query" protocol.
///
/// Runs on an `AWSNetwork`'s thread. Errors name the role, the code and what to do, but never a credential.
/// Source: STS API Reference, "AssumeRole", "AssumeRoleWithWebIdentity"; the model 2011-06-15
struct STSClient: Sendable {
    let endpoint: Endpoint
    let region: Region
    let clock: @Sendable () -> UTCTime

    init(endpoint: Endpoint, region: Region, clock: @escaping @Sendable () -> UTCTime) {
        self.endpoint = endpoint
        self.region = region
        self.clock = clock
    }

    /// A client for STS in the region that the settings name, else in `fallback`.
    init(
        _ settings: AWSSettings,
        fallback: Region?,
        clock: @escaping @Sendable () -> UTCTime
    ) throws(EndpointError) {
        let region = try settings.region(fallback: fallback)
        self.init(endpoint: try settings.endpoint(of: .sts, region: region), region: region, clock: clock)
    }

    /// - Parameter signer: the credentials that take the role.
    func assumeRole(
        _ request: RoleRequest,
        as signer: SigningCredential,
        source: String,
        over lines: NetworkLines
    ) async throws(CredentialsError) -> Credentials {
        var form = FormBody(action: "AssumeRole")
        form.add(request)
        let texts = HiddenTexts([signer.secret.revealedText, signer.sessionToken])
        return try await take(form, "AssumeRole", signer, source, texts, over: lines)
    }

    /// - Parameter token: the OpenID token that gives access to the role; the request isn't signed.
    func assumeRole(
        _ request: RoleRequest,
        webIdentityToken token: String,
        source: String,
        over lines: NetworkLines
    ) async throws(CredentialsError) -> Credentials {
        var form = FormBody(action: "AssumeRoleWithWebIdentity")
        form.add(request)
        form.add("WebIdentityToken", token)
        return try await take(
            form,
            "AssumeRoleWithWebIdentity",
            nil,
            source,
            HiddenTexts([token]),
            over: lines
        )
    }

    private func take(
        _ form: FormBody,
        _ action: String,
        _ signer: SigningCredential?,
        _ source: String,
        _ texts: HiddenTexts,
        over lines: NetworkLines
    ) async throws(CredentialsError) -> Credentials {
        let request = ServiceRequest(
            service: .sts,
            endpoint: endpoint,
            region: region,
            signer: signer,
            fields: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: form.body
        )
        let answer: [UInt8]
        do throws(ServiceRequest.Failure) {
            answer = try await lines.inTurn { () async throws(ServiceRequest.Failure) in
                try await request.send(over: lines, clock: clock, readRefusal: Self.refusal)
            }
        } catch {
            let text = "STS: " + error.text(endpoint, texts)
            guard case .refused(let refusal) = error else {
                throw .unreachable(source: source, reason: text)
            }
            let advice = Self.advice(refusal).map { "; \($0)" } ?? ""
            // STS throttles with status 400, so the status alone doesn't decide.
            throw refusal.mayPass
                ? .unreachable(source: source, reason: text + advice)
                : .refused(
                    source: source,
                    reason: text + advice,
                    isAboutSigner: signer != nil && Self.signerCodes.contains(refusal.code)
                )
        }
        return try Self.credentials(answer, action, source, endpoint)
    }

    // MARK: Answers

    static func credentials(
        _ answer: [UInt8],
        _ action: String,
        _ source: String,
        _ endpoint: Endpoint
    ) throws(CredentialsError) -> Credentials {
        func malformed(_ why: String) -> CredentialsError {
            .refused(source: source, reason: "what \(endpoint) answered is not STS's answer: \(why)")
        }
        let document: XMLElement
        do throws(XMLError) {
            document = try XMLElement(parsing: answer.span)
        } catch {
            throw malformed(error.reason)
        }
        guard document.name == "\(action)Response",
            let found = document["\(action)Result"]?["Credentials"]
        else { throw malformed("it holds no credentials") }
        do throws(CredentialsJSON.Fault) {
            return try CredentialsJSON.credentials(
                id: found["AccessKeyId"]?.text,
                secret: found["SecretAccessKey"]?.text,
                token: found["SessionToken"]?.text,
                expiration: found["Expiration"]?.text,
                source: source,
                isTemporary: true
            )
        } catch {
            throw malformed(error.reason)
        }
    }

    @Sendable
    static func refusal(_ bytes: Span<UInt8>) -> (code: String, message: String)? {
        guard let document = try? XMLElement(parsing: bytes) else { return nil }
        let error = document["Error"] ?? document["Errors"]?["Error"] ?? document
        guard let code = error["Code"]?.text, !code.isEmpty else { return nil }
        return (code, error["Message"]?.text ?? "")
    }

    /// The codes by which STS refuses the credentials that sign a request, rather than the role.
    /// Source: STS API Reference, "Common Errors"
    private static let signerCodes: Set = [
        "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
        "SignatureDoesNotMatch", "InvalidSignatureException",
    ]

    /// Advice on how to fix a refusal.
    /// Source: STS API Reference, "Common Errors" and those of both actions; IAM User Guide, "Troubleshoot IAM roles"
    static func advice(_ refusal: ServiceRequest.Refusal) -> String? {
        switch refusal.code {
        case "AccessDenied", "AccessDeniedException":
            "the role's trust policy must name who takes it, with the same external id, for sts:AssumeRole and, as "
                + "session tags are given, sts:TagSession; who takes it must be allowed sts:AssumeRole and "
                + "sts:TagSession on the role"
        case "ExpiredTokenException", "ExpiredToken":
            "the credentials or the token that take the role have ended"
        case "InvalidClientTokenId", "UnrecognizedClientException":
            "the keys that take the role aren't known to AWS"
        case "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired":
            "the secret key is wrong, or this machine's clock is"
        case "MalformedPolicyDocument", "MalformedPolicyDocumentException":
            "the session policy isn't a valid policy"
        case "PackedPolicyTooLarge", "PackedPolicyTooLargeException":
            "session policy and session tags are too large together: name fewer functions or tags"
        case "RegionDisabledException": "STS must be switched on for that region, in the account's settings"
        case "IDPRejectedClaim", "IDPRejectedClaimException":
            "the identity provider doesn't vouch for the token: is it of the right cluster, and has it ended?"
        case "InvalidIdentityToken", "InvalidIdentityTokenException":
            "the token's issuer must be an identity provider of the account, with sts.amazonaws.com as audience"
        case "IDPCommunicationError", "IDPCommunicationErrorException":
            "AWS can't reach the identity provider; it is tried again"
        case "ValidationError" where refusal.message.contains("DurationSeconds"):
            "lower duration_seconds, or raise the role's maximum session duration; a role taken by a role gets an hour"
        default: nil
        }
    }
}

/// The parameters of a request in the "query" protocol.
struct FormBody {
    private(set) var body = ByteBuffer()

    init(action: String) {
        add("Action", action)
        add("Version", "2011-06-15")
    }

    mutating func add(_ name: String, _ value: String) {
        if body.count > 0 { body.append("&") }
        body.append(uriEncoding: name)
        body.append("=")
        body.append(uriEncoding: value)
    }

    mutating func add(_ request: RoleRequest) {
        add("RoleArn", request.roleARN)
        add("RoleSessionName", request.sessionName)
        if let id = request.externalID { add("ExternalId", id) }
        if let seconds = request.durationSeconds { add("DurationSeconds", String(seconds)) }
        if let policy = request.policy { add("Policy", policy) }
        for (index, arn) in request.policyARNs.enumerated() { add("PolicyArns.member.\(index + 1).arn", arn) }
        for (index, tag) in request.tags.enumerated() {
            add("Tags.member.\(index + 1).Key", tag.key)
            add("Tags.member.\(index + 1).Value", tag.value)
        }
        for (index, key) in request.transitiveTagKeys.enumerated() {
            add("TransitiveTagKeys.member.\(index + 1)", key)
        }
        if let identity = request.sourceIdentity { add("SourceIdentity", identity) }
    }
}

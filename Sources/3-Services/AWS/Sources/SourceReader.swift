import Bytes
import Calendar
import EventLoop
import HTTPClient
import JSON
import SigV4
import System
import Text

/// Gets key pairs from sources that must be asked for them. Runs on an `AWSNetwork`'s thread.
///
/// Every request has a deadline and a size limit and goes only to the named host; no text quotes what was sent or
/// received.
struct SourceReader {
    let lines: NetworkLines
    let settings: AWSSettings
    /// The environment of the programs that are run.
    let processEnvironment: [String: String]
    let readFile: FileReader
    let clock: @Sendable () -> UTCTime
    var pace = Pace()

    /// Time limits and pauses. Tests use shorter ones.
    struct Pace: Sendable {
        var processTimeout = Duration.seconds(30)
        var instanceTimeout = Duration.seconds(1)
        var containerTimeout = Duration.seconds(2)
        var containerPause = Duration.seconds(1)
    }

    /// The key pair from that source. The recursion ends, because the plan contains no circle.
    func credentials(from source: CredentialsSource) async throws(CredentialsError) -> Credentials {
        switch source {
        case .keys(let credentials): return credentials
        case .role(let request, let base, let place):
            let own = try await credentials(from: base)
            return try await sts(place, own.region).assumeRole(
                request,
                as: own.signing,
                source: "role \(request.roleARN) of \(place)",
                over: lines
            )
        case .webIdentity(let request, let file, let place):
            let name = "web identity, role \(request.roleARN) of \(place)"
            return try await sts(place, nil).assumeRole(
                request,
                webIdentityToken: try token(in: file, source: name),
                source: name,
                over: lines
            )
        case .singleSignOn(let signOn, let place): return try await read(signOn, place)
        case .process(let words, let place): return try await run(words, place)
        case .container(let endpoint): return try await read(endpoint)
        case .instance(let endpoint): return try await read(endpoint)
        }
    }

    private func sts(_ place: String, _ region: Region?) throws(CredentialsError) -> STSClient {
        do throws(EndpointError) {
            return try STSClient(settings, fallback: region, clock: clock)
        } catch {
            throw .misconfigured(place: "\(place), which takes a role", reason: error.description)
        }
    }

    /// The token in a small file of one line, without white space around it.
    func token(in path: String, source: String) throws(CredentialsError) -> String {
        func refused(_ reason: String) -> CredentialsError { .refused(source: source, reason: reason) }
        let bytes: [UInt8]
        do throws(FileFault) {
            guard let found = try readFile(path) else { throw FileFault(reason: "there is no such file") }
            bytes = found
        } catch {
            throw refused("the token's file \(path): \(error.reason)")
        }
        guard bytes.count <= CredentialsJSON.bytesMax else {
            throw refused("the token's file \(path) is too large")
        }
        let token = OutsideValue.trimmed(String(decoding: bytes, as: UTF8.self))
        guard !token.isEmpty, token.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
            throw refused("the token's file \(path) holds no token on one line")
        }
        return token
    }

    // MARK: Single sign-on

    /// Source: the model of `sso`, GetRoleCredentials; botocore `SSOCredentialFetcher`
    private func read(_ signOn: SingleSignOn, _ place: String) async throws(CredentialsError) -> Credentials {
        let source = "\(place) (single sign-on)"
        func refused(_ reason: String) -> CredentialsError { .refused(source: source, reason: reason) }
        let again = "run `\(signOn.login)` as the user that the gateway runs as"
        let token = try signedOn(signOn, source: source, again: again)
        var query = ByteBuffer("/federation/credentials?role_name=")
        query.append(uriEncoding: signOn.roleName)
        query.append("&account_id=")
        query.append(uriEncoding: signOn.accountID)
        let texts = HiddenTexts([token])
        let endpoint: Endpoint
        let response: ClientResponse
        do throws(EndpointError) {
            endpoint = try settings.endpoint(of: .singleSignOn, region: signOn.region)
        } catch {
            throw .misconfigured(place: place, reason: error.description)
        }
        do throws(HTTPClientError) {
            response = try await get(
                endpoint,
                query.text,
                [("x-amz-sso_bearer_token", token)],
                .seconds(5),
                .services
            )
        } catch {
            throw refused("\(endpoint): \(texts.shown(error.description))")
        }
        if response.status == 401 || response.status == 403 {
            throw refused("the sign-on isn't accepted any more, or not for this role: \(again)")
        }
        guard response.status == 200 else { throw refused("\(endpoint) answered \(response.status)") }
        do throws(CredentialsJSON.Fault) {
            let answer = try CredentialsJSON.object(response.bytes.span.extracting(response.body))
            let found = answer["roleCredentials"]
            return try CredentialsJSON.credentials(
                id: found?["accessKeyId"]?.stringValue,
                secret: found?["secretAccessKey"]?.stringValue,
                token: found?["sessionToken"]?.stringValue,
                expiration: found?["expiration"]?.intValue.map {
                    UTCTime(epochSeconds: $0 / 1_000).rfc3339
                },
                source: source,
                isTemporary: true
            )
        } catch {
            throw refused("what \(endpoint) answered can't be used: \(error.reason)")
        }
    }

    /// The token that the AWS CLI keeps; it is only read here, never renewed.
    private func signedOn(
        _ signOn: SingleSignOn,
        source: String,
        again: String
    ) throws(CredentialsError) -> String {
        func refused(_ reason: String) -> CredentialsError { .refused(source: source, reason: reason) }
        let bytes: [UInt8]?
        do throws(FileFault) {
            bytes = try readFile(signOn.tokenFile)
        } catch {
            throw refused("cannot read \(signOn.tokenFile): \(error.reason)")
        }
        guard let bytes else { throw refused("nobody has signed on: \(again)") }
        let cached = try? CredentialsJSON.object(bytes.span)
        guard let token = cached?["accessToken"]?.stringValue, HeadText.isVisible(token), !token.isEmpty,
            let text = cached?["expiresAt"]?.stringValue,
            // Older versions of the AWS CLI wrote the zone as "UTC".
            let end = UTCTime(awsText: text.hasSuffix("UTC") ? "\(text.dropLast(3))Z" : text)
        else { throw refused("\(signOn.tokenFile) holds no sign-on that can be used: \(again)") }
        guard end > clock() else { throw refused("the sign-on has ended at \(end.rfc3339): \(again)") }
        return token
    }

    /// Sends one request, without a body; a GET unless `method` says otherwise.
    func get(
        _ endpoint: Endpoint,
        _ path: String,
        _ fields: [(name: String, value: String)],
        _ timeout: Duration,
        _ reach: NetworkLines.Reach,
        method: String = "GET"
    ) async throws(HTTPClientError) -> ClientResponse {
        try await lines.send(
            try OutboundRequest(
                method: method,
                endpoint: endpoint,
                path: path,
                fields: [("Accept", "*/*")] + fields,
                timeout: timeout,
                responseBytesMax: CredentialsJSON.bytesMax
            ),
            to: reach
        )
    }
}

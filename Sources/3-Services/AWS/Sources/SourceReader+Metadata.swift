import Bytes
import Calendar
import HTTPClient
import JSON
import SigV4
import Text

extension SourceReader {
    // MARK: Container

    /// Asks up to three times, because the endpoint may start after its container. Source: botocore
    /// `ContainerMetadataFetcher`
    func read(_ container: ContainerEndpoint) async throws(CredentialsError) -> Credentials {
        let source = "the container's endpoint \(container.endpoint)"
        var attempt = 0
        while true {
            attempt += 1
            let fault: CredentialsError
            let outcome = await ask(container, source)
            switch outcome {
            case .success(let found): return found
            case .failure(let error): fault = error
            }
            guard attempt < 3, case .refused = fault, await lines.wait(pace.containerPause) else {
                throw fault
            }
        }
    }

    private func ask(
        _ container: ContainerEndpoint,
        _ source: String
    ) async -> Result<Credentials, CredentialsError> {
        func refused(_ reason: String) -> Result<Credentials, CredentialsError> {
            .failure(.refused(source: source, reason: reason))
        }
        var fields: [(name: String, value: String)] = []
        var token: String?
        if let file = container.tokenFile {
            do throws(CredentialsError) {
                token = try self.token(in: file, source: source)
            } catch {
                return .failure(error)
            }
        } else if container.hasTokenVariable {
            token = settings.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        }
        if let token {
            guard HeadText.isFieldValue(token), !token.contains("\t") else {
                return .failure(.unusable(name: "AWS_CONTAINER_AUTHORIZATION_TOKEN", place: "environment"))
            }
            fields.append(("Authorization", token))
        }
        let texts = HiddenTexts([token])
        let response: ClientResponse
        do throws(HTTPClientError) {
            let reach: NetworkLines.Reach = container.endpoint.scheme == .https ? .direct : .container
            response = try await get(container.endpoint, container.path, fields, pace.containerTimeout, reach)
        } catch {
            return refused(texts.shown(error.description))
        }
        guard response.status == 200 else {
            return refused("it answered \(response.status)\(Self.hint(response.status))")
        }
        do throws(CredentialsJSON.Fault) {
            let object = try CredentialsJSON.object(response.bytes.span.extracting(response.body))
            return .success(
                try CredentialsJSON.credentials(
                    object,
                    tokenName: "Token",
                    source: source,
                    isTemporary: false
                )
            )
        } catch {
            return refused("what it answered can't be used: \(error.reason)")
        }
    }

    private static func hint(_ status: Int) -> String {
        switch status {
        case 300..<400: ", and redirections aren't followed"
        case 401, 403: ": is the authorization token the right one?"
        case 404: ": has the task or the pod a role?"
        default: ""
        }
    }

    // MARK: Instance

    /// The first request is tried only once, for one second: if nothing answers, this isn't an instance, which is not
    /// an error.
    /// Source: EC2 User Guide, "Use IMDSv2"; botocore `InstanceMetadataFetcher`
    func read(_ instance: InstanceEndpoint) async throws(CredentialsError) -> Credentials {
        let source = "the instance's metadata service"
        func refused(_ reason: String) -> CredentialsError { .refused(source: source, reason: reason) }
        func absent(_ reason: String) -> CredentialsError {
            .none(profile: settings.profileName, notes: ["\(instance.endpoint): \(reason)"])
        }
        let session = try await self.session(instance, absent)
        let path = "/latest/meta-data/iam/security-credentials/"
        let list = try await ask(instance, path, session, refused)
        if list.status == 404 { throw absent("this instance has no role") }
        guard list.status == 200 else {
            throw refused("it answered \(list.status) to the question for the role")
        }
        let first = list.bytes[list.body].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let role = OutsideValue.trimmed(String(decoding: first, as: UTF8.self))
        guard 1...64 ~= role.utf8.count,
            role.utf8.allSatisfy({ isLowerOrDigit($0) || isUpper($0) || "+=,.@_-".utf8.contains($0) })
        else { throw refused("what it answered is not the name of a role") }
        let answer = try await ask(instance, path + role, session, refused)
        guard answer.status == 200 else {
            throw refused("it answered \(answer.status) to the question for the role's keys")
        }
        do throws(CredentialsJSON.Fault) {
            let object = try CredentialsJSON.object(answer.bytes.span.extracting(answer.body))
            if let code = object["Code"]?.stringValue, code != "Success" {
                throw CredentialsJSON.Fault("its code is \(quoted(code))")
            }
            let found = try CredentialsJSON.credentials(
                object,
                tokenName: "Token",
                source: "the instance's role \(role)",
                isTemporary: true
            )
            let region = (try? settings.region()) == nil ? await region(instance, session) : nil
            return placed(found, region)
        } catch {
            throw refused("what it answered can't be used: \(error.reason)")
        }
    }

    /// While AWS can't issue new keys, it accepts an instance's old ones beyond their stated expiration.
    /// Source: AWS SDKs and Tools Reference Guide, "IMDS credential provider", static stability
    private func placed(_ found: Credentials, _ region: Region?) -> Credentials {
        let longer = clock().adding(seconds: 600 + Int.random(in: 120...600))
        return Credentials(
            signing: found.signing,
            source: found.source,
            expiration: found.hasExpired(at: clock()) ? longer : found.expiration,
            region: region
        )
    }

    /// The session token; nil if the endpoint supports only version 1 (IMDSv1), and that is allowed.
    private func session(
        _ instance: InstanceEndpoint,
        _ absent: (String) -> CredentialsError
    ) async throws(CredentialsError) -> String? {
        let response: ClientResponse
        do throws(HTTPClientError) {
            response = try await get(
                instance.endpoint,
                "/latest/api/token",
                [("x-aws-ec2-metadata-token-ttl-seconds", "21600")],
                pace.instanceTimeout,
                .direct,
                method: "PUT"
            )
        } catch {
            throw absent("no instance's metadata service answers")
        }
        let token = OutsideValue.trimmed(
            String(decoding: response.bytes[response.body].prefix(4_096), as: UTF8.self)
        )
        if response.status == 200, !token.isEmpty, token.utf8.allSatisfy(isTokenByte) { return token }
        guard [403, 404, 405].contains(response.status) else {
            throw absent("it answered \(response.status), not with a session's token")
        }
        guard instance.allowsVersion1 else {
            throw absent("it gives no session's token, and AWS_EC2_METADATA_V1_DISABLED is true")
        }
        return nil
    }

    private func ask(
        _ instance: InstanceEndpoint,
        _ path: String,
        _ session: String?,
        _ refused: (String) -> CredentialsError
    ) async throws(CredentialsError) -> ClientResponse {
        do throws(HTTPClientError) {
            return try await get(
                instance.endpoint,
                path,
                session.map { [("x-aws-ec2-metadata-token", $0)] } ?? [],
                pace.instanceTimeout,
                .direct
            )
        } catch {
            throw refused(HiddenTexts([session]).shown(error.description))
        }
    }

    /// The instance's region; nil if the endpoint doesn't give it.
    private func region(_ instance: InstanceEndpoint, _ session: String?) async -> Region? {
        let refused = { (_: String) in CredentialsError.pending }
        let path = "/latest/meta-data/placement/region"
        guard let response = try? await ask(instance, path, session, refused), response.status == 200 else {
            return nil
        }
        let text = String(decoding: response.bytes[response.body].prefix(64), as: UTF8.self)
        return Region(OutsideValue.trimmed(text))
    }
}

/// Whether the byte may be in a session token, which is Base64 of either kind. A web page from another server fails
/// this check.
private func isTokenByte(_ byte: UInt8) -> Bool {
    isLowerOrDigit(byte) || isUpper(byte) || "+/=_-.".utf8.contains(byte)
}

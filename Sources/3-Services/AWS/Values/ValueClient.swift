package import Bytes
import Calendar
import EventLoop
import HTTPClient
import JSON
import SigV4
import Text
import Threads

/// The place of a value at AWS: a secret of Secrets Manager, or a parameter of the Parameter Store.
package struct AWSValue: Hashable, Sendable {
    package enum Place: String, Sendable { case secretsManager, parameterStore }

    package let place: Place
    /// A secret's name or ARN; a parameter's path, name or ARN.
    package let name: String
    /// The member to extract if the value is a JSON object.
    package let member: String?

    package init(_ place: Place, name: String, member: String? = nil) {
        self.place = place
        self.name = name
        self.member = member
    }

    /// The region in the name, if the name is an ARN.
    var region: Region? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 5 && parts[0] == "arn" ? Region(String(parts[3])) : nil
    }
}

/// Why a value can't be read. Never holds a part of it.
package struct AWSValueError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// Reads values of Secrets Manager and the Parameter Store.
package struct ValueClient: Sendable {
    private let settings: AWSSettings
    private let credentials: any CredentialsProvider
    private let network: AWSNetwork

    package init(settings: AWSSettings, credentials: any CredentialsProvider, network: AWSNetwork) {
        self.settings = settings
        self.credentials = credentials
        self.network = network
    }

    /// Reads all values concurrently. Blocks until each one is read or has failed: for start-up and reloads, not for
    /// loops.
    package func read(_ values: [AWSValue]) -> [AWSValue: Result<Secret, AWSValueError>] {
        let handover = Handover<[AWSValue: Result<Secret, AWSValueError>]>()
        let (client, fault) = (self, network.fault)
        let task = network.run { lines in handover.give(await client.read(values, over: lines)) }
        guard task != nil else {
            let failure = Result<Secret, AWSValueError>.failure(AWSValueError(fault))
            return Dictionary(values.map { ($0, failure) }) { first, _ in first }
        }
        return handover.wait()
    }

    private func read(
        _ values: [AWSValue],
        over lines: NetworkLines
    ) async -> [AWSValue: Result<Secret, AWSValueError>] {
        await credentials.ready()
        let lines = LoopBound(lines, on: lines.loop)
        return await withTaskGroup(of: (AWSValue, Result<Secret, AWSValueError>).self) { group in
            for value in Set(values) {
                group.addTask {
                    do throws(AWSValueError) {
                        return (value, .success(Secret(try await text(of: value, over: lines.value))))
                    } catch {
                        return (value, .failure(error))
                    }
                }
            }
            var found: [AWSValue: Result<Secret, AWSValueError>] = [:]
            for await (value, outcome) in group { found[value] = outcome }
            return found
        }
    }

    private func text(of value: AWSValue, over lines: NetworkLines) async throws(AWSValueError) -> String {
        let signer: SigningCredential
        do throws(CredentialsError) {
            signer = try credentials.credentials().signing
        } catch {
            throw AWSValueError(error.description)
        }
        let request = try self.request(value, signer)
        let texts = HiddenTexts([signer.secret.revealedText, signer.sessionToken])
        let answer: [UInt8]
        do throws(ServiceRequest.Failure) {
            answer = try await request.send(over: lines, clock: WallClock.now, readRefusal: Self.refusal)
        } catch {
            var text = error.text(request.endpoint, texts)
            if case .refused(let refusal) = error, let advice = Self.advice(refusal.code, value) {
                text += "; \(advice)"
            }
            throw AWSValueError(text)
        }
        return try member(of: try whole(answer, value, request.endpoint), value)
    }

    /// Source: Secrets Manager API Reference, "GetSecretValue"; Systems Manager API Reference, "GetParameter"
    private func request(_ value: AWSValue, _ signer: SigningCredential) throws(AWSValueError)
        -> ServiceRequest
    {
        let service: AWSService
        let action: String
        let body: JSONValue
        switch value.place {
        case .secretsManager:
            (service, action) = (.secretsManager, "secretsmanager.GetSecretValue")
            body = ["SecretId": .string(value.name)]
        case .parameterStore:
            (service, action) = (.parameterStore, "AmazonSSM.GetParameter")
            body = ["Name": .string(value.name), "WithDecryption": true]
        }
        do throws(EndpointError) {
            let region = if let own = value.region { own } else { try settings.region() }
            return ServiceRequest(
                service: service,
                endpoint: try settings.endpoint(of: service, region: region),
                region: region,
                signer: signer,
                fields: [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", action)],
                body: ByteBuffer(body.text)
            )
        } catch {
            throw AWSValueError(error.description)
        }
    }

    // MARK: Answers

    private func whole(
        _ answer: [UInt8],
        _ value: AWSValue,
        _ endpoint: Endpoint
    ) throws(AWSValueError) -> String {
        guard let object = try? JSONValue(parsing: answer.span, depthMax: 16) else {
            throw AWSValueError("what \(endpoint) answered is not JSON")
        }
        switch value.place {
        case .secretsManager:
            if let text = object["SecretString"]?.stringValue { return text }
            let isBinary = object["SecretBinary"] != nil
            throw AWSValueError(
                isBinary ? "the secret is binary, not text" : "\(endpoint) answered without the secret"
            )
        case .parameterStore:
            if let text = object["Parameter"]?["Value"]?.stringValue { return text }
            throw AWSValueError("\(endpoint) answered without the parameter")
        }
    }

    private func member(of text: String, _ value: AWSValue) throws(AWSValueError) -> String {
        guard let name = value.member else { return text }
        guard let object = try? JSONValue(parsing: text), object.objectValue != nil else {
            throw AWSValueError("it is not a JSON object, so it has no member \(quoted(name))")
        }
        switch object[name] {
        case .string(let text)?: return text
        case .number(let text)?: return text
        case .bool(let value)?: return value ? "true" : "false"
        case nil: throw AWSValueError("its JSON object has no member \(quoted(name))")
        default: throw AWSValueError("the member \(quoted(name)) of its JSON object is not a text")
        }
    }

    @Sendable
    static func refusal(_ bytes: Span<UInt8>) -> (code: String, message: String)? {
        guard let object = try? JSONValue(parsing: bytes, depthMax: 16) else {
            return STSClient.refusal(bytes)  // moto answers a wrong signature as STS does
        }
        guard let type = (object["__type"] ?? object["code"])?.stringValue, !type.isEmpty else { return nil }
        let code = type.split(separator: "#").last.map { String($0) } ?? type
        return (code, (object["message"] ?? object["Message"])?.stringValue ?? "")
    }

    private static func advice(_ code: String, _ value: AWSValue) -> String? {
        let action = value.place == .secretsManager ? "secretsmanager:GetSecretValue" : "ssm:GetParameter"
        switch code {
        case "AccessDeniedException", "AccessDenied":
            return
                "the gateway's own credentials must be allowed \(action), and kms:Decrypt for the key of it"
        case "ResourceNotFoundException", "ParameterNotFound": return "is it in another region or account?"
        default: return nil
        }
    }
}

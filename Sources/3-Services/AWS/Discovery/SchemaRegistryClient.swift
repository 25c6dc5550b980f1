import Bytes
package import Calendar
import EventLoop
import JSON
import SigV4
import Text

/// A schema in the registry's answer; `content` is a JSON document in a string.
package struct RegistrySchema: Sendable, Equatable {
    /// `JSONSchemaDraft4`, `OpenApi3`, or what a later registry may have.
    package let type: String
    package let content: String
    package let version: String

    package init(type: String, content: String, version: String = "") {
        self.type = type
        self.content = content
        self.version = version
    }
}

/// Reads schemas of EventBridge's registries: DescribeSchema. A value, for any task.
///
/// Source: EventBridge Schema Registry API Reference, "DescribeSchema"
package struct SchemaRegistryClient: Sendable {
    /// The registry allows 100,000 characters per schema, each of which can take six bytes in JSON.
    private static let answerBytesMax = 1 << 20

    private let settings: AWSSettings
    private let endpoint: String?
    private let credentials: any CredentialsProvider
    private let network: AWSNetwork
    private let clock: @Sendable () -> UTCTime

    /// - Parameter endpoint: used instead of the settings' endpoint (`AWS_ENDPOINT_URL_SCHEMAS` and so on).
    package init(
        settings: AWSSettings,
        endpoint: String? = nil,
        credentials: any CredentialsProvider,
        network: AWSNetwork,
        clock: @escaping @Sendable () -> UTCTime = WallClock.now
    ) {
        self.settings = settings
        self.endpoint = endpoint
        self.credentials = credentials
        self.network = network
        self.clock = clock
    }

    /// The schema's latest version, read from the region that its ARN names.
    package func schema(
        _ arn: SchemaARN,
        until deadline: ContinuousClock.Instant
    ) async throws(AWSReadError) -> RegistrySchema {
        let reader: ServiceReader
        do throws(EndpointError) {
            reader = try ServiceReader(
                .schemas,
                settings,
                region: arn.region,
                endpoint: endpoint,
                credentials: credentials,
                network: network,
                clock: clock
            )
        } catch {
            throw AWSReadError(.refused, error.description)
        }
        var path = ByteBuffer("/v1/registries/name/")
        path.append(uriEncoding: arn.registry)
        path.append("/schemas/name/")
        path.append(uriEncoding: arn.name)
        let question = ServiceReader.Question(
            action: "schemas:DescribeSchema",
            path: path.text,
            bytesMax: Self.answerBytesMax,
            deadline: deadline
        )
        return try await reader.run { lines in
            do throws(AWSReadError) {
                let answer = try await reader.ask(question, over: lines)
                guard let type = answer["Type"]?.stringValue, let content = answer["Content"]?.stringValue
                else { throw reader.unreadable("holds no schema") }
                let version = answer["SchemaVersion"]?.stringValue ?? ""
                return .success(RegistrySchema(type: type, content: content, version: version))
            } catch {
                return .failure(error)
            }
        }
    }
}

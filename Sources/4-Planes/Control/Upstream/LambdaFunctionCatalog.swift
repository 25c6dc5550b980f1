import AWS
import Calendar
import JSON
import JSONSchema
import MCP
import Policy

/// Lists functions in AWS, and reads their tags and the registry's schemas. A value, for any task.
package struct LambdaFunctionCatalog: FunctionCatalog {
    /// The time for one region's list, and again for its tags; many tags get more time.
    package static let timeout = Duration.seconds(300)
    /// About how many requests for tags AWS answers in a second.
    private static let tagsPerSecond = 15
    /// The longest time for one region's tags, however many there are.
    private static let longest = Duration.seconds(1_800)
    private static let schemaTimeout = Duration.seconds(20)

    private let access: AWSAccess
    private let roles: RoleCredentials
    private let timeout: Duration

    /// - Parameter timeout: the time for a region's list, and again for its tags.
    package init(access: AWSAccess, timeout: Duration = LambdaFunctionCatalog.timeout) {
        self.access = access
        self.timeout = timeout
        roles = RoleCredentials(
            takenBy: access.credentials,
            settings: access.preparation.settings,
            network: access.network
        )
    }

    package func defaultRegion() async -> String? {
        await access.credentials.ready()
        return access.preparation.defaultRegion?.name
    }

    package func functions(
        in place: DiscoveryPlace,
        keeping keeps: @escaping @Sendable (FunctionEntry) -> Bool
    ) async throws(FunctionCatalogError) -> [FunctionEntry] {
        let client = try client(of: place)
        do throws(AWSReadError) {
            return try await client.functions(until: .now + timeout) { keeps(FunctionEntry($0)) }
                .map { FunctionEntry($0) }
        } catch {
            throw FunctionCatalogError(error.description)
        }
    }

    package func tags(
        of arns: [String],
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> [String: Result<[String: String], FunctionCatalogError>] {
        if arns.isEmpty { return [:] }
        let client = try client(of: place)
        do throws(AWSReadError) {
            return try await client.tags(of: arns, until: .now + Self.tagTimeout(arns.count, timeout))
                .mapValues { outcome in
                    outcome.mapError { FunctionCatalogError($0.description) }
                }
        } catch {
            throw FunctionCatalogError(error.description)
        }
    }

    /// The time for reading that many functions' tags.
    package static func tagTimeout(_ count: Int, _ timeout: Duration) -> Duration {
        max(timeout, min(timeout + .seconds(count / tagsPerSecond), longest))
    }

    package func inputSchema(
        _ arn: String,
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> String {
        let client = SchemaRegistryClient(
            settings: access.preparation.settings,
            credentials: try credentials(of: place),
            network: access.network
        )
        let name: SchemaARN
        do throws(SchemaARNError) { name = try SchemaARN(arn) } catch {
            throw FunctionCatalogError(error.description)
        }
        let schema: RegistrySchema
        do throws(AWSReadError) {
            schema = try await client.schema(name, until: .now + Self.schemaTimeout)
        } catch {
            throw FunctionCatalogError(error.description)
        }
        do throws(SchemaConversionFault) {
            return try SchemaConversion.inputSchema(schema.content, type: schema.type).schema.text
        } catch {
            throw FunctionCatalogError("the schema can't be an input schema: \(error.description)")
        }
    }

    private func client(of place: DiscoveryPlace) throws(FunctionCatalogError) -> FunctionListClient {
        guard let region = Region(place.region) else {
            throw FunctionCatalogError("\(place.region) is not a region")
        }
        let credentials = try credentials(of: place)
        do throws(EndpointError) {
            return try FunctionListClient(
                settings: access.preparation.settings,
                region: region,
                credentials: credentials,
                network: access.network
            )
        } catch {
            throw FunctionCatalogError(error.description)
        }
    }

    private func credentials(
        of place: DiscoveryPlace
    ) throws(FunctionCatalogError) -> any CredentialsProvider {
        guard let role = place.role else { return access.credentials }
        var request = RoleRequest(roleARN: role.arn)
        request.externalID = role.externalID
        if let name = role.sessionName { request.sessionName = name }
        do throws(RoleRequestError) { return try roles.provider(of: request) } catch {
            throw FunctionCatalogError(error.description)
        }
    }
}

extension FunctionEntry {
    fileprivate init(_ listed: ListedFunction) {
        self.init(
            arn: listed.arn,
            name: listed.name,
            description: listed.description,
            isTenantIsolated: listed.isTenantIsolated,
            architecture: listed.architecture.flatMap { Architecture(rawValue: $0) },
            memoryMB: listed.memoryMB.flatMap { InvokeSettings.memoryBounds.contains($0) ? $0 : nil }
        )
    }
}

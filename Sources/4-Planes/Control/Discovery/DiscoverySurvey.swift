import AWS
package import Config
import Contracts
import Policy

/// The result of a discovery's search: the functions that its settings mean, with their tags and schemas.
package struct DiscoverySurvey: Sendable, Equatable {
    package struct Found: Sendable, Equatable {
        package var function: FunctionEntry
        package var tags: Result<[String: String], FunctionCatalogError>
        /// The ARN in its schema tag, and the schema under that ARN; nil without a schema tag.
        package var schema: Schema?
    }

    package struct Schema: Sendable, Equatable {
        package var arn: String
        package var outcome: Result<String, FunctionCatalogError>
    }

    package struct Place: Sendable, Equatable {
        package var region: String
        package var functionCount = 0
        package var found: Result<[Found], FunctionCatalogError>

        package init(region: String, functionCount: Int = 0, found: Result<[Found], FunctionCatalogError>) {
            self.region = region
            self.functionCount = functionCount
            self.found = found
        }
    }

    package var places: [Place]

    package init(places: [Place]) { self.places = places }

    /// How many schemas are read at once.
    private static let parallel = 8
    /// The time for all schemas of a place; a schema that isn't read by then stays as it was.
    package static let schemasTimeout = Duration.seconds(60)

    /// Lists the functions, then reads the tags of those whose names fit, then the schemas of plain functions.
    ///
    /// A region that can't be listed doesn't affect the others. No function runs.
    package static func run(
        _ discovery: GatewayConfig.Discovery,
        in catalog: any FunctionCatalog,
        schemasTimeout: Duration = DiscoverySurvey.schemasTimeout
    ) async -> DiscoverySurvey {
        let role = discovery.roleARN.map { AssumedRole(arn: $0, externalID: discovery.externalID) }
        var regions = discovery.regions
        if regions.isEmpty, let region = await catalog.defaultRegion() { regions = [region] }
        guard !regions.isEmpty else {
            let error = FunctionCatalogError(
                "no region says where functions are looked for",
                hint: "set regions in [[discovery]], aws.region or AWS_REGION"
            )
            return DiscoverySurvey(places: [Place(region: "", found: .failure(error))])
        }
        var places: [Place] = []
        for region in regions {
            let place = DiscoveryPlace(region: region, role: role)
            places.append(await look(discovery, place, catalog, schemasTimeout))
        }
        return DiscoverySurvey(places: places)
    }

    private static func look(
        _ discovery: GatewayConfig.Discovery,
        _ place: DiscoveryPlace,
        _ catalog: any FunctionCatalog,
        _ schemasTimeout: Duration
    ) async -> Place {
        let rules = DiscoveryRules(discovery)
        var count = 0
        var found: [Found] = []
        do throws(FunctionCatalogError) {
            let meant = try await catalog.functions(in: place) { rules.means($0) }
            count = meant.count
            let tags = try await catalog.tags(of: meant.map { $0.arn }, in: place)
            found = meant.map { function in
                Found(function: function, tags: tags[function.arn] ?? .failure(.noTags))
            }
        } catch {
            return Place(region: place.region, functionCount: count, found: .failure(error))
        }
        guard let key = discovery.schemaTag else {
            return Place(region: place.region, functionCount: count, found: .success(found))
        }
        // Many functions may share one schema.
        let arns = Set(
            found.compactMap { found in
                schemaARN(found, key, rules).flatMap { foreign($0, to: found.function) == nil ? $0 : nil }
            }
        ).sorted()
        let deadline = ContinuousClock.now + schemasTimeout
        let schemas = await inParallel(arns, atMost: parallel) { arn in
            guard .now < deadline else {
                let error = FunctionCatalogError(
                    "the schemas took longer than \(schemasTimeout.components.seconds) s"
                )
                return Schema(arn: arn, outcome: .failure(error))
            }
            do throws(FunctionCatalogError) {
                return Schema(arn: arn, outcome: .success(try await catalog.inputSchema(arn, in: place)))
            } catch {
                return Schema(arn: arn, outcome: .failure(error))
            }
        }
        let byARN = Dictionary(schemas.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        for index in found.indices {
            guard let arn = schemaARN(found[index], key, rules) else { continue }
            found[index].schema = foreign(arn, to: found[index].function) ?? byARN[arn]
        }
        return Place(region: place.region, functionCount: count, found: .success(found))
    }

    /// A schema of another account, with an error in place of its text; nil for a schema that may be read. Whoever may
    /// tag a function must not make the gateway read from another account.
    private static func foreign(_ arn: String, to function: FunctionEntry) -> Schema? {
        guard let account = (try? SchemaARN(arn))?.account,
            let own = (try? FunctionName(function.arn))?.account, account != own
        else { return nil }
        let error = FunctionCatalogError(
            "the schema is in the account \(account), and the function in \(own)"
        )
        return Schema(arn: arn, outcome: .failure(error))
    }

    /// The ARN in the schema tag; nil for a function that isn't served, or that gives its schemas itself.
    private static func schemaARN(_ found: Found, _ key: String, _ rules: DiscoveryRules) -> String? {
        guard let tags = try? found.tags.get(), rules.tagFault(tags) == nil,
            case .contract(.function, _) = rules.contract(tags)
        else { return nil }
        return tags[key]
    }
}

/// Calls `body` on each element, up to `width` at once. Returns the outcomes in order of the elements.
func inParallel<Element: Sendable, Outcome: Sendable>(
    _ elements: [Element],
    atMost width: Int,
    _ body: @escaping @Sendable (Element) async -> Outcome
) async -> [Outcome] {
    await withTaskGroup(of: (Int, Outcome).self) { group in
        var outcomes = [Outcome?](repeating: nil, count: elements.count)
        for (index, element) in elements.enumerated() {
            if index >= width, let (place, outcome) = await group.next() { outcomes[place] = outcome }
            group.addTask { (index, await body(element)) }
        }
        while let (place, outcome) = await group.next() { outcomes[place] = outcome }
        return outcomes.compactMap { $0 }
    }
}

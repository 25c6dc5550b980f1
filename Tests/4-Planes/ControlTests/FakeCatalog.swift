import Policy
import Control
import Locks
import Synchronization

/// A catalog of functions, tags and schemas that a test sets.
final class FakeCatalog: FunctionCatalog {
    struct Account: Sendable {
        /// [region] → functions, or why they can't be listed
        var regions: [String: Result<[FunctionEntry], FunctionCatalogError>] = [:]
        var tags: [String: [String: String]] = [:]
        /// ARNs whose tags can't be read.
        var untold: Set<String> = []
        var schemas: [String: Result<String, FunctionCatalogError>] = [:]
        var places: [DiscoveryPlace] = []
        /// Called at each list.
        var onList: @Sendable () -> Void = {}
    }

    let account: Locked<Account>

    init(_ account: Account = Account()) { self.account = Locked(account) }

    /// Sets the region's functions to these names, each with these tags.
    func set(
        _ names: [String],
        in region: String = "eu-central-1",
        tags: [String: String] = [:],
        isTenantIsolated: Bool = false,
        architecture: Architecture? = nil,
        memoryMB: [Int?] = []
    ) {
        account.withLock { account in
            account.regions[region] = .success(
                names.enumerated().map { index, name in
                    FunctionEntry(
                        arn: arn(name, region),
                        name: name,
                        description: "Does \(name).",
                        isTenantIsolated: isTenantIsolated,
                        architecture: architecture,
                        memoryMB: memoryMB.isEmpty ? nil : memoryMB[index % memoryMB.count]
                    )
                }
            )
            for name in names { account.tags[arn(name, region)] = tags }
        }
    }

    func fail(_ region: String = "eu-central-1") {
        account.withLock { $0.regions[region] = .failure(FunctionCatalogError("throttled")) }
    }

    func defaultRegion() async -> String? { "eu-central-1" }

    func functions(
        in place: DiscoveryPlace,
        keeping keeps: @escaping @Sendable (FunctionEntry) -> Bool
    ) async throws(FunctionCatalogError) -> [FunctionEntry] {
        let (found, onList) = account.withLock { account in
            account.places.append(place)
            return (account.regions[place.region], account.onList)
        }
        onList()
        return try (found ?? .success([])).get().filter(keeps)
    }

    func tags(
        of arns: [String],
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> [String: Result<[String: String], FunctionCatalogError>] {
        let account = account.withLock { $0 }
        var tags: [String: Result<[String: String], FunctionCatalogError>] = [:]
        for arn in arns {
            tags[arn] =
                account.untold.contains(arn)
                ? .failure(FunctionCatalogError("denied")) : .success(account.tags[arn] ?? [:])
        }
        return tags
    }

    func inputSchema(
        _ arn: String,
        in place: DiscoveryPlace
    ) async throws(FunctionCatalogError) -> String {
        guard let schema = account.withLock({ $0.schemas[arn] }) else {
            throw FunctionCatalogError("no such schema")
        }
        return try schema.get()
    }
}

func arn(_ name: String, _ region: String = "eu-central-1") -> String {
    "arn:aws:lambda:\(region):123456789012:function:\(name)"
}

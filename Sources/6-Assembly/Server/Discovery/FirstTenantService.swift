import Telemetry
import Config
import Gateway
import Model
import Store
import System
import Text

/// Makes the tenant `default` with one key, as otherwise nobody could call. Only where environment variables alone say
/// what is served, and the store has never been used.
///
/// The key is shown once: on standard error, or in the file that MCP_GATEWAY_KEY_FILE names, with mode 0600.
final class FirstTenantService: Service {
    static let tenant = "default"
    static let keyFileVariable = "MCP_GATEWAY_KEY_FILE"

    let name = "first-tenant"
    private let context: GatewayContext
    private let stores: StoreService

    init(_ context: GatewayContext, _ stores: StoreService) {
        self.context = context
        self.stores = stores
    }

    func start() async throws(StartFailure) {
        guard GatewayConfig.Discovery.isZeroCode(context.config.discovery) else { return }
        let file = context.environment[Self.keyFileVariable].map { OutsideValue.trimmed($0) } ?? ""
        let issued: IssuedKey?
        do throws(StoreError) {
            issued = try await stores.store.write(as: .system) { writing throws(StoreError) in
                // When two servers start at once, only the first one gets past this check.
                guard try writing.reading.isUntouched() else { return nil }
                let name = try checked(TenantName(Self.tenant))
                try writing.createTenant(name, title: "Made at the first start")
                let issued = try writing.issueKey(for: name, name: "first")
                // Written before the commit: if the file can't be written, no key is stored that nobody could read.
                if !file.isEmpty { try Self.write(issued.key.text, to: file) }
                return issued
            }
        } catch {
            throw StartFailure("the first tenant can't be made: \(error)")
        }
        guard let issued else { return await noteApproval() }
        context.log.module(.discovery).write(
            .info,
            "made the first tenant",
            [("tenant", Self.tenant), ("key", issued.key.prefix)] + (file.isEmpty ? [] : [("file", file)])
        )
        if file.isEmpty {
            context.output.write(
                "the tenant \(Self.tenant) has this key, which is shown only now: \(issued.key.text)\n"
            )
        }
    }

    /// Logs a note about functions of the environment when the store may have had tenants before.
    private func noteApproval() async {
        let wasMadeByStart = try? await stores.store.read { reading throws(StoreError) in
            try reading.wasMadeByStart()
        }
        guard wasMadeByStart != true else { return }
        context.log.module(.discovery).write(
            .warning,
            "functions that the environment names need an operator's approval, as the store was in use before; a "
                + "[[discovery]] with approval = \"open\" serves them to all tenants"
        )
    }

    private static func write(_ key: String, to path: String) throws(StoreError) {
        // Only a file with a key, perhaps of a store that is gone, may be replaced.
        let isKey = (try? Files.start(of: path, bytes: 4)).map { $0 == Array("mgw_".utf8) } ?? false
        do throws(FileError) {
            let file = try NewFile(becoming: path)
            try file.write(Array("\(key)\n".utf8))
            try file.publish(mode: 0o600, replacing: isKey)
        } catch {
            if !isKey, Files.exists(path) {
                throw StoreError(
                    .failed,
                    "the key isn't written to \(quoted(path)), where there is another file already",
                    hint: "set \(keyFileVariable) to a file that isn't there yet"
                )
            }
            throw StoreError(
                .failed,
                "the key can't be written to \(quoted(path)): \(error.reason)",
                hint: "set \(keyFileVariable) to a file in a folder that can be written to"
            )
        }
    }
}

import Config
import EventLoop
import Gateway
import Store
import System

/// What to do next on a store that serves nothing yet. Empty when there are a target and a tenant.
package struct StartHints: Sendable, Equatable {
    package var hasTargets: Bool
    package var hasTenants: Bool
    /// Whether the folder of the target files exists; `folder` is its path.
    package var hasFolder: Bool
    package var folder: String

    package init(hasTargets: Bool, hasTenants: Bool, hasFolder: Bool, folder: String) {
        self.hasTargets = hasTargets
        self.hasTenants = hasTenants
        self.hasFolder = hasFolder
        self.folder = folder
    }

    /// One line for each thing that is missing.
    package var lines: [String] {
        var lines: [String] = []
        if !hasTargets {
            let place = hasFolder ? "the folder \(folder) holds none" : "there is no folder \(folder)"
            lines.append(
                "no targets yet, and \(place): add one by `mcp-gateway target add NAME --function FUNCTION --contract C`, "
                    + "or as \(folder)/NAME/target.toml and `mcp-gateway reload`"
            )
        }
        if !hasTenants {
            lines.append(
                "no tenants yet, so nobody may call: `mcp-gateway tenant create NAME`, then `mcp-gateway key issue NAME`"
            )
        }
        return lines
    }
}

extension GatewayServer {
    /// Logs what an empty store needs.
    func logStartHints() async {
        let nowMs = WallClock.nowMs()
        let counts = try? await assembly.store.store.read { reading throws(StoreError) in
            (targets: try reading.targets().count, tenants: try reading.tenants(nowMs: nowMs).count)
        }
        // Another part of the server reports a store that can't be read.
        guard let counts else { return }
        let folder = context.config.targets.directory
        let hints = StartHints(
            hasTargets: counts.targets > 0,
            hasTenants: counts.tenants > 0,
            hasFolder: Files.isFolder(folder),
            folder: folder
        )
        for line in hints.lines { context.log.write(.info, line) }
    }
}

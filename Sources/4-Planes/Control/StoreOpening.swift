package import Config
import EventLoop
import Glibc
package import Store
import System

/// Opens the store that the configuration names. If a new store may be made, its folder is made too.
///
/// Blocks as `Store.open` does. A new folder is accessible to this user only, because the store holds secrets.
/// - Parameters:
///   - access: whether a missing store is made; not while a running server still has the missing one open.
///   - clock: milliseconds since 1970.
/// - Throws: as `Store.open`; the caller closes what it gets.
package func openStore(
    _ config: GatewayConfig,
    _ access: Store.Access,
    clock: @escaping @Sendable () -> Int64 = WallClock.nowMs
) throws(StoreError) -> Store {
    let path = config.store.path
    if access == .creating, !Files.exists(path) {
        if let server = Store.servers(at: path).first {
            throw StoreError(
                .displaced,
                "there is no store at \(path) any more, but \(server.description) has it open",
                hint: "put its file back, or stop that server before a new store is made"
            )
        }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
            makeFolders(String(path[..<slash]))
        }
    }
    return try Store.open(path: path, access, clock: clock)
}

/// Like `mkdir -p`. Ignores errors: opening the store then fails too, with a better message.
private func makeFolders(_ path: String) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
        prefix += part
        unsafe mkdir(prefix, 0o700)
        prefix += "/"
    }
}

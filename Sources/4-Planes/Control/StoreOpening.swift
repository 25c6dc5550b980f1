package import Config
import EventLoop
import Glibc
package import Store
import System

/// Opens the store that the configuration names; when a new one may be made, in a folder that is made too.
///
/// Blocks as `Store.open` does. A folder that is made is for this user alone: the store holds secrets.
/// - Parameters:
///   - access: whether a missing store is made. It isn't beside a running server that has the missing one open.
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

/// `mkdir -p`. What goes wrong here, goes wrong in opening too, which says it better.
private func makeFolders(_ path: String) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
        prefix += part
        unsafe mkdir(prefix, 0o700)
        prefix += "/"
    }
}

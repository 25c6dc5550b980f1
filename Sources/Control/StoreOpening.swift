package import Config
import Glibc
package import Store

/// Opens the store that the configuration names, making its folder when it is missing.
///
/// Blocks as `Store.open` does. A folder that is made is for this user alone: the store holds secrets.
/// - Parameter clock: milliseconds since 1970.
/// - Throws: as `Store.open`; the caller closes what it gets.
package func openStore(
    _ config: GatewayConfig,
    clock: @escaping @Sendable () -> Int64 = wallClockMs
) throws(StoreError) -> Store {
    let path = config.store.path
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
        makeFolders(String(path[..<slash]))
    }
    return try Store.open(path: path, clock: clock)
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

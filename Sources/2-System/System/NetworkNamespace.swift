import Glibc

/// Whether processes of this machine see the same network. Source: network_namespaces(7), proc(5)
package enum NetworkNamespace {
    /// Whether an address of that process's loopback is one of this process's too; false when that can't be seen.
    package static func isShared(with process: Int) -> Bool {
        var (own, other) = (stat(), stat())
        guard stat("/proc/self/ns/net", &own) == 0, stat("/proc/\(process)/ns/net", &other) == 0 else {
            return false
        }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }
}

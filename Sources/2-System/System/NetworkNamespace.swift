/// Whether processes of this machine see the same network. Source: network_namespaces(7), proc(5)
package enum NetworkNamespace {
    /// Whether that process's loopback addresses are this process's too; false when that can't be found out.
    package static func isShared(with process: Int) -> Bool {
        guard let own = Files.status("/proc/self/ns/net"), let other = Files.status("/proc/\(process)/ns/net")
        else { return false }
        return own.isSame(as: other)
    }
}

package import CLinux
import Glibc

/// Where to connect to: an IPv4 or IPv6 address with a port, as the kernel wants it.
package struct SocketAddress: Sendable {
    private var storage: sockaddr_storage
    private let count: socklen_t
    /// The address as text, without the port: `192.0.2.1`, `2001:db8::1`.
    package let text: String

    /// An address written out; IPv6 with or without brackets. `nil` for anything else: names, `127.1`, zones.
    package init?(literal host: String, port: UInt16) {
        var name = host[...]
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            guard name.contains(":") else { return nil }
        }
        guard !name.isEmpty, name.utf8.count <= 45, !name.utf8.contains(0) else { return nil }
        var storage = sockaddr_storage()
        var count: socklen_t = 0
        guard linux_numeric_address(String(name), port, &storage, &count) == 0 else { return nil }
        self.init(storage, count)
    }

    /// A copy of what the C library returned; `nil` unless it is IPv4 or IPv6.
    package init?(copying address: UnsafePointer<sockaddr>, count: socklen_t) {
        let isKnown = address.pointee.sa_family == AF_INET || address.pointee.sa_family == AF_INET6
        guard isKnown, Int(count) <= MemoryLayout<sockaddr_storage>.size else { return nil }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(count)))
        }
        self.init(storage, count)
    }

    private init?(_ storage: sockaddr_storage, _ count: socklen_t) {
        self.storage = storage
        self.count = count
        var storage = storage
        var buffer = [CChar](repeating: 0, count: 64)
        let status = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                linux_address_text($0, count, &buffer, CInt(buffer.count))
            }
        }
        guard status == 0 else { return nil }
        text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var isIPv6: Bool { storage.ss_family == AF_INET6 }

    /// The address itself, 4 or 16 bytes in network order.
    package var octets: [UInt8] {
        // sin_addr is at offset 4, sin6_addr at offset 8.
        let range = isIPv6 ? 8..<24 : 4..<8
        return withUnsafeBytes(of: storage) { Array($0[range]) }
    }

    /// In host order.
    package var port: UInt16 {
        get {
            withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
        }
        set {
            // sin_port and sin6_port are both at offset 2.
            withUnsafeMutableBytes(of: &storage) {
                $0.storeBytes(of: newValue.bigEndian, toByteOffset: 2, as: UInt16.self)
            }
        }
    }

    /// The same address with another port.
    package func with(port: UInt16) -> SocketAddress {
        var copy = self
        copy.port = port
        return copy
    }

    /// Lends the address for a system call such as connect(2).
    package func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, count) }
        }
    }
}

extension SocketAddress: Hashable {
    package static func == (a: SocketAddress, b: SocketAddress) -> Bool {
        a.port == b.port && a.text == b.text
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(port)
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { isIPv6 ? "[\(text)]:\(port)" : "\(text):\(port)" }
}

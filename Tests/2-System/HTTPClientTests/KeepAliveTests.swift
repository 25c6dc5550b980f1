import CLinux
import Glibc
import Testing

/// What keeps silent connections alive: a NAT of AWS forgets a connection after 350 s of silence.
struct KeepAliveTests {
    private static func option(_ level: CInt, _ name: CInt, of descriptor: CInt) -> CInt {
        var value: CInt = -1
        var count = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, level, name, &value, &count) == 0 ? value : -1
    }

    @Test func `a connection that is silent for a minute is probed, and given up after two`() throws {
        var address = sockaddr_storage()
        var count: socklen_t = 0
        #expect(linux_numeric_address("127.0.0.1", 0, &address, &count) == 0)
        func withAddress<T>(_ body: (UnsafePointer<sockaddr>) -> T) -> T {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
            }
        }
        let listener = withAddress { linux_listen($0, count, 0, 8) }
        try #require(listener >= 0)
        defer { close(listener) }
        let port = linux_local_port(listener)
        #expect(linux_numeric_address("127.0.0.1", UInt16(port), &address, &count) == 0)
        let descriptor = withAddress { linux_connect($0, count) }
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let tcp = CInt(IPPROTO_TCP)
        #expect(Self.option(SOL_SOCKET, SO_KEEPALIVE, of: descriptor) == 1)
        #expect(Self.option(tcp, TCP_KEEPIDLE, of: descriptor) == 60)
        #expect(Self.option(tcp, TCP_KEEPINTVL, of: descriptor) == 15)
        #expect(Self.option(tcp, TCP_KEEPCNT, of: descriptor) == 4)
        #expect(Self.option(tcp, TCP_NODELAY, of: descriptor) == 1)
    }
}

import Config
import Testing

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:3000", "127.0.0.1", 3000, true), ("[::1]:0", "::1", 0, true),
        ("localhost:65535", "localhost", 65535, true),
        ("0.0.0.0:80", "0.0.0.0", 80, false), ("[::]:80", "::", 80, false),
        ("127.example.com:80", "127.example.com", 80, false),
    ])
    func `a host and a port are read`(_ text: String, _ host: String, _ port: Int, _ isLoopback: Bool) {
        let address = ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address?.description == text && address?.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", ":", "3000", ":3000", "a:", "a:-1", "a:65536", "::1:80", "[::1]", "[a]:1x", "a b:1", "[]:1",
        "a/b:1", "a:+1",
    ])
    func `any other text is refused`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }
}

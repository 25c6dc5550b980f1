/// The address of a listener: a host and a port.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IPv4 address, an IPv6 address without brackets, or a host name.
    package var host: String
    /// 0...65535; 0 lets the system choose.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:3000`, `[::1]:3000` or `localhost:3000`; `nil` for anything else.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Self.port(text[text.utf8.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        let isAllowed = host.utf8.allSatisfy { byte in
            byte &- 48 < 10 || (byte | 32) &- 97 < 26 || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-")
                || (isBracketed && byte == UInt8(ascii: ":"))
        }
        guard !host.isEmpty, isAllowed, isBracketed == host.utf8.contains(UInt8(ascii: ":")) else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    /// A port in decimal, 0...65535.
    static func port(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 48 < 10 }),
            let port = Int(text),
            port <= 65535
        else { return nil }
        return port
    }

    /// Whether only this machine can reach the listener.
    package var isLoopback: Bool {
        host == "::1" || host.lowercased() == "localhost"
            || (host.hasPrefix("127.") && host.utf8.allSatisfy(isIPv4))
    }

    private func isIPv4(_ byte: UInt8) -> Bool { byte &- 48 < 10 || byte == UInt8(ascii: ".") }

    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

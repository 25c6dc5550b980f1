import Bytes
package import HTTP

/// The address that a request is counted and audited under: the peer's, or the one that trusted proxies report.
package struct ClientAddress: Sendable, Equatable {
    /// The address as it was written, without a port.
    package let text: String
    /// The key that failures are counted by: an IPv4 address, or the /64 that an IPv6 address lies in. Never 0.
    package let group: UInt64

    /// The client of a request. In `X-Forwarded-For`, the client is the right-most entry that isn't a trusted proxy's:
    /// anybody can write the entries to the left of it.
    package init(of request: borrowing Request, trusting proxies: [AddressRange]) {
        let peer = IPAddress(request.peer)
        guard !proxies.isEmpty, let peer, proxies.contains(where: { $0.contains(peer) }) else {
            self.init(text: request.peer, address: peer)
            return
        }
        let bytes = request.bytes.span
        var last = (text: request.peer, address: peer)
        for field in request.head.fields.all.reversed()
        where field.known == .forwardedFor {
            var end = field.value.upperBound
            while end >= field.value.lowerBound {
                var start = end
                while start > field.value.lowerBound, bytes[start - 1] != UInt8(ascii: ",") { start -= 1 }
                let entry = Self.address(in: start..<end, bytes)
                // An entry that can't be read is counted under the address of the trusted proxy that forwarded it.
                guard let (range, address) = entry else {
                    self.init(text: last.text, address: last.address)
                    return
                }
                last = (bytes.text(range), address)
                guard proxies.contains(where: { $0.contains(address) }) else {
                    self.init(text: last.text, address: address)
                    return
                }
                end = start - 1
            }
        }
        self.init(text: last.text, address: last.address)
    }

    private init(text: String, address: IPAddress?) {
        self.text = text
        group = address?.group ?? 1
    }

    /// An entry without blanks, brackets and port.
    private static func address(in entry: Range<Int>, _ bytes: Span<UInt8>) -> (Range<Int>, IPAddress)? {
        var range = entry
        while let first = range.first, bytes[first] == 32 || bytes[first] == 9 {
            range = first + 1..<range.upperBound
        }
        while let last = range.last, bytes[last] == 32 || bytes[last] == 9 { range = range.lowerBound..<last }
        if let address = IPAddress(bytes.extracting(range)) { return (range, address) }
        // With a port: 192.0.2.1:80, [2001:db8::1]:80, [2001:db8::1].
        guard let first = range.first else { return nil }
        var end = range.upperBound
        if bytes[first] == UInt8(ascii: "[") {
            guard let close = range.first(where: { bytes[$0] == UInt8(ascii: "]") }) else { return nil }
            range = first + 1..<close
        } else {
            guard let colon = range.last(where: { bytes[$0] == UInt8(ascii: ":") }) else { return nil }
            end = colon
            range = first..<end
        }
        return IPAddress(bytes.extracting(range)).map { (range, $0) }
    }
}

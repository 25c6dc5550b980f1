import Glibc

/// Why a host has no addresses.
package struct ResolveError: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        /// Not a host name: empty, too long, with characters or a numeric ending that names do not have.
        case invalidHost
        /// DNS and /etc/hosts do not know it.
        case notFound
        /// The name servers did not answer, or asked to try again.
        case temporary
        /// Too many look-ups are waiting already.
        case overloaded
        /// The caller's time was up; the look-up goes on and fills the cache.
        case timedOut
        /// The caller's task was cancelled; the look-up goes on and fills the cache.
        case cancelled
        /// The C library refused for another reason.
        case system(code: Int)
    }

    package let host: String
    package let kind: Kind
    private let detail: String

    package init(_ host: String, _ kind: Kind, detail: String = "") {
        self.host = host
        self.kind = kind
        self.detail = detail
    }
}

extension ResolveError: CustomStringConvertible {
    package var description: String {
        let words =
            switch kind {
            case .invalidHost: "this is not a host name"
            case .notFound: "no such host; check the name, and /etc/resolv.conf"
            case .temporary: "the name servers do not answer; check the network and /etc/resolv.conf"
            case .overloaded: "too many name look-ups are waiting"
            case .timedOut: "the name look-up took too long"
            case .cancelled: "the name look-up was cancelled"
            case .system: "the name look-up failed"
            }
        return "cannot resolve \"\(host)\": \(words)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}

/// What the system says a name's addresses are: /etc/hosts, DNS, whatever nsswitch.conf lists. Blocks for as long as
/// resolv.conf allows, so never on a loop. In the order of RFC 6724, each address once, port 0.
/// Source: getaddrinfo(3)
func systemLookup(_ host: String) -> Result<[SocketAddress], ResolveError> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG  // no IPv6 addresses on a machine without IPv6
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    let code = errno
    guard status == 0 else { return .failure(lookupFailure(host, status, errno: code)) }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next {
        next = entry.pointee.ai_next
        guard let raw = entry.pointee.ai_addr,
            let address = SocketAddress(copying: raw, count: entry.pointee.ai_addrlen),
            !found.contains(address)
        else { continue }
        found.append(address)
    }
    return found.isEmpty ? .failure(ResolveError(host, .notFound)) : .success(found)
}

private func lookupFailure(_ host: String, _ status: CInt, errno code: CInt) -> ResolveError {
    let noAddressOfFamily: CInt = -5  // EAI_NODATA, a GNU extension
    switch status {
    case EAI_NONAME, noAddressOfFamily: return ResolveError(host, .notFound)
    case EAI_AGAIN: return ResolveError(host, .temporary)
    case EAI_SYSTEM:
        return ResolveError(host, .system(code: Int(code)), detail: String(cString: strerror(code)))
    default:
        return ResolveError(host, .system(code: Int(status)), detail: String(cString: gai_strerror(status)))
    }
}

import Bytes
package import HTTP

/// Bounds how often an address may fail to authenticate, and reports each refusal. Shared by all loops.
///
/// An address past its limit is answered with 429 before its credential is looked at, a right one too, until the
/// limit allows the next try; no key can be guessed faster, and a flood costs little.
package final class AuthenticationGuard: Sendable {
    private let failures: FailureTable
    private let proxies: [AddressRange]
    private let audit: (any RefusalAudit)?

    /// - Parameters:
    ///   - rate: failures a second for one address (IPv6: one /64), 1...1,000,000.
    ///   - burst: failures at once.
    ///   - trustedProxies: peers whose `X-Forwarded-For` names the client.
    package init(
        rate: Int = 10,
        burst: Int = 100,
        trustedProxies: [AddressRange] = [],
        audit: (any RefusalAudit)? = nil
    ) {
        failures = FailureTable(rate: rate, burst: burst)
        proxies = trustedProxies
        self.audit = audit
    }

    /// Another rate and burst from now on.
    package func change(rate: Int, burst: Int) { failures.change(rate: rate, burst: burst) }

    /// Whether the request is to be refused unseen. One load while nobody failed lately.
    package func blocks(_ request: borrowing Request, nowNs: UInt64, wallMs: Int64) -> Bool {
        failures.isQuiet(nowNs: nowNs) ? false : blocksLooking(request, nowNs: nowNs, wallMs: wallMs)
    }

    @inline(never)
    private func blocksLooking(_ request: borrowing Request, nowNs: UInt64, wallMs: Int64) -> Bool {
        // What presents no credential can't guess one, and is told to present one.
        guard Self.presentsCredential(request) else { return false }
        let address = ClientAddress(of: request, trusting: proxies)
        guard failures.isBlocked(address.group, nowNs: nowNs) else { return false }
        report(address, "limited", nil, wallMs)
        return true
    }

    /// Reports a refused credential, and counts it. False when too many were: then the answer is `tooMany`.
    ///
    /// - Parameter isGuess: false for what isn't counted: a credential that was good once can't be a guess, and whoever
    ///   goes on presenting it must not lock out others behind the same address.
    package func refused(
        _ request: borrowing Request,
        reason: String,
        isGuess: Bool = true,
        nowNs: UInt64,
        wallMs: Int64
    ) -> Bool {
        let address = ClientAddress(of: request, trusting: proxies)
        let isCounted = !isGuess || failures.count(address.group, nowNs: nowNs)
        report(address, isCounted ? reason : "limited", isCounted ? Self.keyPrefix(of: request) : nil, wallMs)
        return isCounted
    }

    private func report(_ address: ClientAddress, _ reason: String, _ prefix: String?, _ wallMs: Int64) {
        audit?.refused(
            RefusedAuthentication(address: address.text, reason: reason, keyPrefix: prefix, atMs: wallMs)
        )
    }

    /// Made once: a flood must cost little. A failure comes back within a second at the slowest rate.
    package static let tooMany = Response.text(
        429,
        "429 Too Many Requests: too many wrong keys came from this address; wait, then send a right one\n",
        fields: [ResponseField("Retry-After", "1")]
    )

    private static func presentsCredential(_ request: borrowing Request) -> Bool {
        request.head.fields.first("authorization", in: request.bytes.span) != nil
    }

    /// The prefix of `mgw_<prefix>_…`, if the credential looks so.
    static func keyPrefix(of request: borrowing Request) -> String? {
        let bytes = request.bytes.span
        guard let field = request.head.fields.first("authorization", in: bytes),
            let token = Authentication.token(in: field, bytes), token.count > 5,
            bytes.equals(token.lowerBound..<token.lowerBound + 4, "mgw_")
        else { return nil }
        let start = token.lowerBound + 4
        var end = start
        while end < token.upperBound, end - start < 16, bytes[end] &- 48 < 10 || bytes[end] &- 97 < 26 {
            end += 1
        }
        guard end > start, end < token.upperBound, bytes[end] == UInt8(ascii: "_") else { return nil }
        return bytes.text(start..<end)
    }
}

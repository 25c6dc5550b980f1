import Bytes
package import HTTP
package import Policy

/// Bounds how often an address may fail to authenticate, and reports each refusal. Shared by all loops.
///
/// An address past its limit is answered with 429 before its credential is checked. Even a valid credential is refused
/// until the limit allows the next try, so that no key can be guessed faster, and a flood costs little.
package final class LoginThrottle: Sendable {
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

    /// Sets another rate and burst from now on.
    package func change(rate: Int, burst: Int) { failures.change(rate: rate, burst: burst) }

    /// Whether the request must be refused as `.tooManyGuesses`, before its credential is checked; `record` reports it.
    ///
    /// Costs one load while nobody failed lately.
    package func blocks(_ request: borrowing Request, nowNs: UInt64) -> Bool {
        failures.isQuiet(nowNs: nowNs) ? false : isBlocked(request, nowNs: nowNs)
    }

    @inline(never)
    private func isBlocked(_ request: borrowing Request, nowNs: UInt64) -> Bool {
        // A request without a credential guesses none; its answer asks for one.
        guard Self.presentsCredential(request) else { return false }
        return failures.isBlocked(ClientAddress(of: request, trusting: proxies).group, nowNs: nowNs)
    }

    /// Records a refused credential: counts it if it is a guess, and reports it to the audit log.
    ///
    /// - Parameter isGuess: whether it is counted; nil for what the table of refusals says.
    /// - Returns: the refusal to answer the client with: this one, or `.tooManyGuesses` when other requests of the
    ///   address used up its tries meanwhile.
    package func record(
        _ refusal: Refusal,
        of request: borrowing Request,
        isGuess: Bool? = nil,
        nowNs: UInt64,
        wallMs: Int64
    ) -> Refusal {
        let address = ClientAddress(of: request, trusting: proxies)
        let isPastLimit = (isGuess ?? refusal.isGuess) && !failures.count(address.group, nowNs: nowNs)
        let told = isPastLimit ? .tooManyGuesses : refusal
        let prefix = told == .tooManyGuesses ? nil : BearerCredential.keyPrefix(of: request)
        audit?.refused(
            RefusedAuthentication(address: address.text, reason: told.word, keyPrefix: prefix, atMs: wallMs)
        )
        return told
    }

    private static func presentsCredential(_ request: borrowing Request) -> Bool {
        request.head.fields.contains(.authorization)
    }
}

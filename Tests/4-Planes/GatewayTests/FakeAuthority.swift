import Bytes
import Gateway
import Policy

/// Gives the verdicts that a test sets, and remembers its calls.
final class FakeAuthority: TokenAuthority, @unchecked Sendable {  // one loop's thread only
    var judgements: [String: Verdict<(tenant: String, grant: TokenGrant)>] = [:]
    /// [token] → its subject.
    var subjects: [String: String] = [:]
    private(set) var judged: [String] = []
    private(set) var fetched: [Int] = []
    /// Runs while keys are being fetched.
    var whileFetching: () async -> Void = {}

    /// Runs whenever a token is judged.
    var whileJudging: () -> Void = {}

    func judge(_ token: Span<UInt8>, nowMs: Int64) -> Verdict<(tenant: String, grant: TokenGrant)> {
        let text = token.text(0..<token.count)
        judged.append(text)
        whileJudging()
        return judgements[text] ?? .refused(.tokenSignature)
    }

    func subject(of token: Span<UInt8>, nowMs: Int64) -> String? { subjects[token.text(0..<token.count)] }

    func fetchKeys(issuer: Int) async {
        fetched.append(issuer)
        await whileFetching()
    }

    let challenges = TokenChallenges(
        missing: "Bearer resource_metadata=\"m\"",
        invalid: "Bearer resource_metadata=\"m\", error=\"invalid_token\"",
        insufficientScope: "Bearer resource_metadata=\"m\", error=\"insufficient_scope\", scope=\"must\""
    )

    func insufficientScope(granted: ScopeSet, opening: [Int]) -> String {
        "Bearer error=\"insufficient_scope\", granted=\(granted.rawValue), opening=\(opening)"
    }
}

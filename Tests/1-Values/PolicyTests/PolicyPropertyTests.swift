import Policy
import Testing

/// Properties of any policy, tested on thousands of random ones at several times.
struct PolicyPropertyTests {
    @Test func `exactly the listed tools can be called, and both follow the rules`() {
        var checks = 0
        let times: [Int64] = [0, 499, 500, 501, 1_001]
        for seed in 0..<2_000 {
            let policy = RandomPolicy(seed: seed)
            for nowMs in [times[seed % times.count], 700] {
                for principal in policy.principals {
                    let listed = policy.snapshot.visibleTools(for: principal, nowMs: nowMs)
                    let callable = policy.snapshot.tools.compactMap { entry -> Int? in
                        guard let tool = policy.snapshot.tool(named: entry.exposedName.utf8.span) else {
                            return nil
                        }
                        return policy.snapshot.authorize(principal, tool: tool, nowMs: nowMs) == .allowed
                            ? tool : nil
                    }
                    if listed != callable { Issue.record("seed \(seed), \(principal), at \(nowMs)") }
                    checks += 1
                }
            }
        }
        #expect(checks == 2_000 * 2 * 32)
    }

    @Test func `the compiled decision equals the decision made from the rules one by one`() {
        for seed in 0..<300 {
            let policy = RandomPolicy(seed: seed)
            for nowMs in [0, 500, 1_001] as [Int64] {
                for principal in policy.principals {
                    for tool in policy.snapshot.tools.indices {
                        let compiled = policy.snapshot.authorize(principal, tool: tool, nowMs: nowMs)
                        let explained = policy.snapshot.explain(principal, tool: tool, nowMs: nowMs).decision
                        if compiled != explained {
                            Issue.record("seed \(seed), \(principal), tool \(tool), at \(nowMs): \(compiled)")
                        }
                    }
                }
            }
        }
    }

    @Test func `equal views have equal lists, and fingerprints are equal exactly when lists are`() {
        for seed in 0..<300 {
            let policy = RandomPolicy(seed: seed)
            for nowMs in [0, 500, 1_001] as [Int64] {
                var listOfView: [ViewID: [Int]] = [:]
                var listOfFingerprint: [ViewFingerprint: [Int]] = [:]
                for principal in policy.principals {
                    // A view is only used when the credential works.
                    guard policy.works(principal, nowMs: nowMs) else { continue }
                    let listed = policy.snapshot.visibleTools(for: principal, nowMs: nowMs)
                    let view = policy.snapshot.viewID(for: principal, nowMs: nowMs)
                    if listOfView[view, default: listed] != listed {
                        Issue.record("seed \(seed), \(principal)")
                    }
                    listOfView[view] = listed
                    let fingerprint = policy.snapshot.fingerprint(for: principal, nowMs: nowMs)
                    if listOfFingerprint[fingerprint, default: listed] != listed {
                        Issue.record("seed \(seed), \(principal): two lists with one fingerprint")
                    }
                    listOfFingerprint[fingerprint] = listed
                }
                #expect(Set(listOfFingerprint.values).count == listOfFingerprint.count)
            }
        }
    }

    @Test func `between two expiries the visible tools don't change`() {
        for seed in 0..<200 {
            let policy = RandomPolicy(seed: seed)
            var nowMs: Int64 = -1
            while let next = policy.snapshot.nextExpiry(afterMs: nowMs) {
                for principal in policy.principals where principal.key != nil {
                    let after = policy.snapshot.visibleTools(for: principal, nowMs: nowMs)
                    let before = policy.snapshot.visibleTools(for: principal, nowMs: next - 1)
                    if after != before { Issue.record("seed \(seed), \(principal), \(nowMs)..<\(next)") }
                }
                #expect(next > nowMs)
                nowMs = next
            }
        }
    }
}

extension RandomPolicy {
    fileprivate func works(_ principal: Principal, nowMs: Int64) -> Bool {
        if case .success = snapshot.reauthenticate(principal, of: snapshot, nowMs: nowMs) {
            return true
        }
        return false
    }
}

import AWS
import Control
import HTTPClient
import Policy
import SigV4
import Store

/// Whether targets can be reached, and their endpoints' clocks agree with ours.
struct TargetExam: Sendable {
    let source: LambdaToolSource
    let timeout: Duration

    /// Seconds by which clocks may differ before Lambda refuses signatures, and before it is worth a word.
    private static let skewMax = 300
    private static let skewNotable = 60

    static func credentials(_ access: AWSAccess, areNeeded: Bool) -> Finding {
        do throws(CredentialsError) {
            let found = try access.credentials.credentials()
            return Finding(check: "credentials", status: .ok, message: "from \(found.source)")
        } catch {
            return Finding(
                check: "credentials",
                status: areNeeded ? .problem : .note,
                message: error.description,
                hint: areNeeded ? "without them no function in AWS can be invoked" : ""
            )
        }
    }

    func findings(_ targets: [TargetRecord]) async -> [Finding] {
        guard !targets.isEmpty else {
            let hint = "`mcp-gateway target add` adds one; `serve` reads the target files"
            return [Finding(check: "targets", status: .note, message: "there are no targets yet", hint: hint)]
        }
        var findings: [Finding] = []
        var endpoints: Set<Endpoint> = []
        for target in targets {
            guard target.isEnabled else {
                findings.append(
                    Finding(check: "target \(target.name)", status: .note, message: "is disabled")
                )
                continue
            }
            if let endpoint = try? source.endpoint(of: target.spec), endpoints.insert(endpoint).inserted {
                findings.append(await clock(endpoint))
            }
            findings.append(await finding(target))
        }
        return findings
    }

    private func clock(_ endpoint: Endpoint) async -> Finding {
        let check = "endpoint \(endpoint)"
        do throws(ToolSourceError) {
            guard let offset = try await source.clockOffset(of: endpoint, timeout: timeout) else {
                return Finding(check: check, status: .ok, message: "answers")
            }
            guard abs(offset) > Self.skewNotable else {
                return Finding(check: check, status: .ok, message: "answers, and the clocks agree")
            }
            return Finding(
                check: check,
                status: abs(offset) > Self.skewMax ? .problem : .warning,
                message: "its clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") this machine's",
                hint: "set this machine's clock by NTP; more than \(Self.skewMax) s break signatures"
            )
        } catch {
            return Finding(
                check: check,
                status: .problem,
                message: error.message,
                hint: "check the endpoint, the network and the proxy settings"
            )
        }
    }

    private func finding(_ target: TargetRecord) async -> Finding {
        let check = "target \(target.name)"
        do throws(ToolSourceError) {
            try await source.check(target.spec, timeout: timeout)
        } catch {
            return Finding(check: check, status: .problem, message: error.message, hint: error.hint)
        }
        if let error = target.health.lastError {
            return Finding(
                check: check,
                status: .warning,
                message: "may be invoked, but its last refresh failed: \(error)",
                hint: "`mcp-gateway target test \(target.name)` tries it now"
            )
        }
        if target.health.refreshedAtMs == nil {
            return Finding(
                check: check,
                status: .note,
                message: "may be invoked; its tools were never read",
                hint: "`mcp-gateway target refresh \(target.name)` reads them"
            )
        }
        return Finding(check: check, status: .ok, message: "may be invoked, \(target.toolCount) tools")
    }
}

import AWS
import Calendar

/// Reports the source of the AWS credentials, and why the other sources weren't used. Holds no secret.
enum CredentialsExam {
    /// Waits for a search for credentials that is under way.
    static func findings(_ provider: any CredentialsProvider) async -> [Finding] {
        await provider.ready()
        let outcome = Result { () throws(CredentialsError) in try provider.credentials() }
        return findings(outcome, provider.report)
    }

    static func findings(
        _ outcome: Result<Credentials, CredentialsError>,
        _ report: CredentialsReport
    ) -> [Finding] {
        let others = passedOver(report).map { [$0] } ?? []
        switch outcome {
        case .success(let found):
            let end = found.expiration.map { ", good until \($0.rfc3339)" } ?? ""
            let renewal = report.isRenewed ? " and renewed before" : ""
            guard let failure = report.failure else {
                return [Finding(.ok, "credentials", "from \(found.source)\(end)\(renewal)")] + others
            }
            return [
                Finding(
                    .warning,
                    "credentials",
                    "from \(found.source)\(end), and they can't be renewed: \(failure)",
                    hint: "correct that before they end; it is tried again by itself"
                )
            ] + others
        case .failure(let error):
            return [
                Finding(
                    .problem,
                    "credentials",
                    error.description,
                    hint: "set them where `serve` runs; without them no function in AWS can be invoked"
                )
            ] + others
        }
    }

    /// The sources that weren't used, in the order in which they are tried; nil when there is no other.
    private static func passedOver(_ report: CredentialsReport) -> Finding? {
        let others = report.sources.filter { $0.state != .used && !$0.text.isEmpty }
        guard !others.isEmpty else { return nil }
        return Finding(
            others.contains { $0.isNotable } ? .note : .ok,
            "other credentials",
            grouped(others).map { "\($0.kinds.joined(separator: ", ")): \($0.text)" }.joined(separator: "; "),
            hint: others.contains { $0.isNotable }
                ? "what is set and not used may be meant to be; take it away if not" : ""
        )
    }

    /// Groups the sources that have the same reason, in order of the first of each group.
    private static func grouped(_ outcomes: [SourceOutcome]) -> [(kinds: [String], text: String)] {
        var groups: [(kinds: [String], text: String)] = []
        for outcome in outcomes {
            if let index = groups.firstIndex(where: { $0.text == outcome.text }) {
                groups[index].kinds.append(outcome.kind.words)
            } else {
                groups.append(([outcome.kind.words], outcome.text))
            }
        }
        return groups
    }
}

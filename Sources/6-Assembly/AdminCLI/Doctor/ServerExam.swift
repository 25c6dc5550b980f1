import AdminAPI
import Config
import Control
import HTTPClient
import REST
import Store

/// Whether a server runs on the store, and what it finds itself.
struct ServerExam: Sendable {
    /// What came of asking.
    enum Outcome: Sendable {
        case examined(Examination)
        /// It runs; why it can't be asked.
        case unanswered(Finding)
        case nobody
    }

    let session: Session

    /// Blocking; runs a loop on the calling thread.
    func ask(_ store: Store::Store) throws -> Outcome {
        switch try session.withLoop({ loop in await store.door(on: loop) }) {
        case .nobody: return .nobody
        case .shut(let server):
            return .unanswered(
                Finding(
                    .warning,
                    "server",
                    "\(server.description) runs on the store and can't be asked from here",
                    hint: "run doctor where it runs, as its user or as root"
                )
            )
        case .open: break
        }
        do {
            let answer = try session.ask(Examinations.examine.request, via: .server)
            let status = try session.ask(Statuses.show.request, via: .server)
            return .examined(
                Examination(
                    version: answer.version,
                    isLocal: answer.local,
                    findings: Self.joined(answer.findings.map { Finding($0) }, status.attention)
                )
            )
        } catch let failure as CommandFailure {
            return .unanswered(
                Finding(
                    .problem,
                    "server",
                    "runs, but doesn't answer at its admin listener: \(failure)",
                    hint: "look at the server's log; a server of another version is to be restarted"
                )
            )
        }
    }

    /// What was found, and what the server's status says besides. What needs a person isn't well, though it can be
    /// reached.
    private static func joined(_ found: [Finding], _ attention: [Answer<AttentionForm>]) -> [Finding] {
        let more = attention.compactMap { item -> Finding? in
            let kind = Attention.Kind(rawValue: item.kind)
            guard kind.map({ !foundHere.contains($0) }) ?? true else { return nil }
            let status = Finding.Status(rawValue: item.severity) ?? .problem
            return Finding(status, item.subject, item.message, hint: item.next)
        }
        let subjects = Set(more.map { $0.check })
        return found.filter { $0.status != .ok || !subjects.contains($0.check) } + more
    }

    /// What doctor looks at itself.
    private static let foundHere: Set<Attention.Kind> = [
        .unknownContract, .listFailing, .fileFaulty, .subscriptionPending, .toolWaiting, .toolsRefused,
        .subscriptionExpires, .targetNew,
    ]

    static func finding(_ examination: Examination) -> Finding {
        let place = examination.isLocal ? "functions of target files run here" : "functions are in AWS"
        guard examination.version == gatewayVersion else {
            return Finding(
                .warning,
                "server",
                "runs version \(examination.version), and this command is \(gatewayVersion); \(place)",
                hint: "restart the server, so that both are the same"
            )
        }
        return Finding(.ok, "server", "runs, version \(examination.version); \(place)")
    }

    /// Where none runs on the store: whether another one answers where this one's configuration says.
    ///
    /// To be called on the transport's loop.
    static func other(_ config: GatewayConfig, _ transport: OutboundTransport) async -> Finding {
        let none = Finding(
            .note,
            "server",
            "none runs on this store",
            hint: "`mcp-gateway serve` starts it"
        )
        guard config.admin.listen.port != 0,
            let endpoint = Endpoint(url: "http://\(config.admin.listen.reachable())")
        else { return none }
        do throws(HTTPClientError) {
            let request = try OutboundRequest(
                method: "GET",
                endpoint: endpoint,
                path: "/healthz",
                timeout: .seconds(5),
                responseBytesMax: 1 << 20
            )
            _ = try await transport.send(request)
            return Finding(
                .warning,
                "server",
                "none runs on this store, but something answers at \(endpoint), where its admin listener would be",
                hint: "is it a gateway with another store? Give doctor its --config, or correct admin.listen"
            )
        } catch {
            return none
        }
    }
}

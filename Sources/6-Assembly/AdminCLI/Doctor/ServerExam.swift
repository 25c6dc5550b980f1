import AdminAPI
import Config
import Control
import HTTPClient
import REST
import Store

/// Asks the server that runs on the store, if there is one, for its own findings.
struct ServerExam: Sendable {
    /// The outcome of asking.
    enum Outcome: Sendable {
        case examined(Examination)
        /// A server runs, but can't be asked; the finding says why.
        case unanswered(Finding)
        case nobody
    }

    let session: Session

    /// Blocks; runs a loop on the calling thread.
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

    /// The server's findings together with what its status adds. A target that needs a person's attention isn't shown
    /// as well, even if it can be reached.
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

    /// The kinds of attention that doctor checks itself.
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

    /// For a store without a server: whether another server answers at the address that this configuration names.
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

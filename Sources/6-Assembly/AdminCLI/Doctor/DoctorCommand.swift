import Config
import Control
import JSON
import Store

struct DoctorCommand: Command {

    static let usage = Usage(
        path: ["doctor"],
        summary:
            "Looks at config, store, credentials, clock, every target and the server, and says what to do next.",
        options: [.local],
        details: "No function runs: targets are asked with a dry run. Exit status 1 when there is a problem.",
        example: "mcp-gateway doctor",
        reach: .thisMachine,
        list: "findings",
        isTable: false
    )

    let isLocal: Bool

    init(_ words: ParsedWords) throws { isLocal = words.flag(.local) }

    func run(_ session: Session) throws -> Int32 {
        let findings = try look(session)
        let isWell = !findings.contains { $0.status == .problem }
        session.answer(
            ["ok": .bool(isWell), "findings": .array(findings.map { $0.json })],
            text: findings.map { $0.text(session.out.style) }.joined()
        )
        return isWell ? 0 : 1
    }

    private func look(_ session: Session) throws -> [Finding] {
        let loaded: LoadedConfig
        do throws(ConfigFaults) {
            loaded = try GatewayConfig.load(
                file: session.configFile,
                environment: session.environment,
                needing: .only(Session.storeSections)
            )
        } catch {
            return error.faults.map {
                Finding(
                    check: "config",
                    status: .problem,
                    message: $0.description,
                    hint: "correct it; nothing starts before"
                )
            }
        }
        var findings = ConfigExam.findings(loaded, environment: session.environment)
        if let missing = StoreExam.missing(loaded.config.store.path) { return findings + [missing] }
        let store: Store::Store
        do throws(StoreError) {
            store = try openStore(loaded.config, .existing)
        } catch {
            return findings + [
                Finding(check: "store", status: .problem, message: error.message, hint: error.hint)
            ]
        }
        defer { store.close() }
        findings += StoreExam.findings(store)
        findings += StoreExam.decisions(store, nowMs: session.nowMs())
        findings += StoreExam.idleSettings(store, nowMs: session.nowMs())
        let targets = try store.readBlocking { reading throws(StoreError) in try reading.targets() }
        findings += StoreExam.tools(store, targets)
        let local: ListenAddress?
        do {
            local = try session.localLambda(store, loaded.config, isAsked: isLocal)
        } catch {
            let text = "\(error)"
            return findings + [Finding(check: "targets", status: .problem, message: text)]
        }
        return findings
            + (try session.withNetwork { loop, transport in
                let areNeeded = local == nil && targets.contains { $0.isEnabled }
                var found: [Finding] = []
                do throws(AWSAccessError) {
                    let access = try AWSAccess(config: loaded.config.aws, environment: session.environment)
                    found.append(TargetExam.credentials(access, areNeeded: areNeeded))
                    let source = try session.makeSource(loaded.config, loop, transport, local: local)
                    let exam = TargetExam(source: source, timeout: loaded.config.refresh.timeout)
                    found += await exam.findings(targets)
                } catch {
                    found.append(
                        Finding(
                            check: "credentials",
                            status: areNeeded ? .problem : .note,
                            message: "\(error.message); targets were not asked",
                            hint: error.hint
                        )
                    )
                }
                found.append(await ServerExam(transport: transport).finding(loaded.config))
                return found
            })
    }
}

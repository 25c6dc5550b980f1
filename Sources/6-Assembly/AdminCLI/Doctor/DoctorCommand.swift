import AWS
import Config
import Control
import JSON
import Store

struct DoctorCommand: Command {

    static let usage = Usage(
        path: ["doctor"],
        summary:
            "Looks at config, files, store, the server, its credentials and clock, and every target, and says what to do.",
        options: [.local],
        details:
            "A server that runs on the store is asked: it looks with its own credentials and region, at the functions that "
            + "it runs. No function is invoked: targets are asked with a dry run. Exit status 1 when there is a problem.",
        example: "mcp-gateway doctor",
        reach: .thisMachine,
        list: "findings",
        isTable: false
    )

    let isLocal: Bool

    init(_ words: ParsedWords) throws { isLocal = words.flag(.local) }

    func run(_ session: Session) throws -> Int32 {
        let findings = Finding.ordered(try look(session))
        let isWell = !findings.contains { $0.status == .problem }
        session.answer(
            ["ok": .bool(isWell), "findings": .array(findings.map { $0.json })],
            text: Finding.text(findings, session.out.style)
        )
        return isWell ? 0 : 1
    }

    private func look(_ session: Session) throws -> [Finding] {
        let loaded: LoadedConfig
        do throws(ConfigFaults) {
            loaded = try GatewayConfig.load(
                file: session.configFile,
                environment: session.environment,
                needing: .only(Session.storeSections.union(["records"]))
            )
        } catch {
            return error.faults.map {
                Finding(.problem, "config", $0.description, hint: "correct it; nothing starts before")
            }
        }
        var findings = ConfigExam.findings(loaded) + PrivacyExam.findings(loaded.config)
        func files(runsHere: Bool?) -> [Finding] {
            ConfigExam.targetFiles(loaded.config, environment: session.environment, runsHere: runsHere)
        }
        if let missing = StoreExam.missing(loaded.config.store.path) {
            return findings + files(runsHere: nil) + [missing]
        }
        let store: Store::Store
        do throws(StoreError) {
            store = try openStore(loaded.config, .existing)
        } catch {
            return findings + files(runsHere: nil)
                + [Finding(.problem, "store", error.message, hint: error.hint)]
        }
        defer { store.close() }
        findings += StoreExam.findings(store)
        findings += RecordExam.findings(loaded.config.records)
        findings += StoreExam.decisions(store, nowMs: session.nowMs())
        let targets = try store.readBlocking { reading throws(StoreError) in try reading.targets() }
        findings += StoreExam.tools(store, targets)
        // The server knows its credentials, its region and where its functions run, so this command doesn't guess them.
        switch try ServerExam(session: session).ask(store) {
        case .examined(let examination) where isLocal:
            return findings + files(runsHere: true) + [ServerExam.finding(examination)]
                + (try lookAlone(session, loaded.config, store, targets))
        case .examined(let examination):
            return findings + files(runsHere: examination.isLocal) + [ServerExam.finding(examination)]
                + examination.findings
        case .unanswered(let finding):
            return findings + files(runsHere: nil) + [finding]
                + (try lookAlone(session, loaded.config, store, targets))
        case .nobody:
            return findings + files(runsHere: nil) + (try lookAlone(session, loaded.config, store, targets))
                + (try session.withNetwork { _, transport in
                    [await ServerExam.other(loaded.config, transport)]
                })
        }
    }

    /// The targets whose files say how their functions run on this machine.
    private func localTargets(_ session: Session, _ config: GatewayConfig) -> Set<String> {
        let folder = TargetFolder.load(config.targets.directory, environment: session.environment)
        return Set(folder.targets.filter { $0.local != nil }.map { $0.name })
    }

    /// Examines the targets without a server, with the settings and the credentials of this process.
    private func lookAlone(
        _ session: Session,
        _ config: GatewayConfig,
        _ store: Store::Store,
        _ targets: [TargetRecord]
    ) throws -> [Finding] {
        let local: ListenAddress?
        do {
            local = try session.localLambda(store, config, isAsked: isLocal)
        } catch {
            return [Finding(.problem, "targets", "\(error)", hint: "`mcp-gateway config check` names it")]
        }
        return try session.withNetwork { loop, transport in
            do throws(AWSAccessError) {
                let access = try AWSAccess(config: config.aws, environment: session.environment)
                await access.credentials.ready()
                let exam = TargetExam(
                    source: try session.makeSource(config, loop, transport, local: local),
                    access: access,
                    timeout: config.refresh.timeout,
                    parallel: config.refresh.parallel
                )
                // Without a server and without credentials, functions that run only on this machine are not a fault.
                let resting =
                    local == nil && !exam.hasCredentials ? localTargets(session, config) : []
                let asked = targets.filter { !resting.contains($0.name.text) }
                return (asked.isEmpty && !targets.isEmpty ? [] : await exam.findings(asked))
                    + targets.filter { resting.contains($0.name.text) }.map { target in
                        Finding(
                            .note,
                            "target \(target.name)",
                            "can't be asked: no server runs its function, and there are no credentials for AWS",
                            hint: "`mcp-gateway serve --local` runs it here"
                        )
                    }
            } catch {
                let areNeeded = local == nil && targets.contains { $0.isEnabled }
                return [
                    Finding(
                        areNeeded ? .problem : .note,
                        "credentials",
                        "\(error.message); targets were not asked",
                        hint: error.hint
                    )
                ]
            }
        }
    }
}

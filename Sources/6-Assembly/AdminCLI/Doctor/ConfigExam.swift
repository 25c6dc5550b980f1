import Config

/// What there is to say about settings that could be read.
enum ConfigExam {
    static func findings(_ loaded: LoadedConfig, environment: [String: String]) -> [Finding] {
        let place = loaded.file ?? "no file: the defaults and the environment"
        let isFaulty = loaded.setAside.contains { !$0.isReference }
        var findings = isFaulty ? [] : [Finding(check: "config", status: .ok, message: place)]
        findings += loaded.notes.map { Finding(check: "config", status: .note, message: $0) }
        findings += loaded.setAside.map { fault in
            fault.isReference
                ? Finding(
                    check: "config",
                    status: .warning,
                    message: fault.description,
                    hint: "it must be right where `serve` runs; what needs it can't run here"
                )
                : Finding(
                    check: "config",
                    status: .problem,
                    message: fault.description,
                    hint: "correct it; `serve` doesn't start before"
                )
        }
        if !loaded.config.agents.listen.isLoopback, loaded.config.tls == nil {
            findings.append(
                Finding(
                    check: "config",
                    status: .warning,
                    message: "agents.listen is open to the network, and keys travel unencrypted",
                    hint: "set [tls], or let only a proxy that ends TLS reach it"
                )
            )
        }
        if !loaded.config.admin.listen.isLoopback {
            findings.append(
                Finding(
                    check: "config",
                    status: .warning,
                    message: "admin.listen is open to the network",
                    hint: "let only monitoring and operators reach it"
                )
            )
        }
        let folder = TargetFolder.load(loaded.config.targets.directory, environment: environment)
        findings += folder.faults.map {
            Finding(
                check: "target files",
                status: .problem,
                message: $0.fault.description,
                hint: "correct it; the target keeps its last good declaration meanwhile"
            )
        }
        findings += folder.missing.map {
            Finding(
                check: "target files",
                status: .note,
                message: $0.fault.description,
                hint:
                    "`serve --local` needs it to run the function; in AWS the function has its own environment"
            )
        }
        return findings
    }
}

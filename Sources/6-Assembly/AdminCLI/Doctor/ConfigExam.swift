import Config
import Control

/// Findings about settings that could be read, and about the target files.
enum ConfigExam {
    static func findings(_ loaded: LoadedConfig) -> [Finding] {
        var findings = loaded.setAside.map { fault in
            fault.isReference
                ? Finding(
                    .warning,
                    "config",
                    fault.description,
                    hint: "it must be right where `serve` runs; what needs it can't run here"
                )
                : Finding(
                    .problem,
                    "config",
                    fault.description,
                    hint: "correct it; `serve` doesn't start before"
                )
        }
        if !loaded.config.agents.listen.isLoopback, loaded.config.tls == nil {
            findings.append(
                Finding(
                    .warning,
                    "config",
                    "agents.listen is open to the network, and keys travel unencrypted",
                    hint: "set [tls], or let only a proxy that ends TLS reach it"
                )
            )
        }
        if !loaded.config.admin.listen.isLoopback {
            findings.append(
                Finding(
                    .warning,
                    "config",
                    "admin.listen is open to the network",
                    hint: "let only monitoring and operators reach it"
                )
            )
        }
        let notes = loaded.notes.map {
            Finding(.note, "config", $0, hint: "`mcp-gateway config show` shows what is in force")
        }
        let place = loaded.file ?? "no file: the defaults and the environment"
        return findings.isEmpty ? [Finding(.ok, "config", place)] + notes : findings + notes
    }

    /// - Parameter runsHere: whether a server runs the functions of target files on this machine; nil when no server
    ///   can be asked.
    static func targetFiles(
        _ config: GatewayConfig,
        environment: [String: String],
        runsHere: Bool?
    ) -> [Finding] {
        let folder = TargetFolder.load(config.targets.directory, environment: environment)
        let faults = folder.faults.map {
            Finding(
                .problem,
                "target files",
                $0.fault.description,
                hint:
                    "correct it, then `mcp-gateway reload`; the target keeps its last good declaration meanwhile"
            )
        }
        // Functions in AWS have their own environment and programs there.
        guard runsHere != false else { return faults }
        return faults
            + (folder.missing + folder.absentPrograms).map {
                Finding(
                    runsHere == true ? .problem : .note,
                    "target files",
                    $0.fault.description,
                    hint: "`serve --local` needs it to run the function; in AWS it has its own"
                )
            }
    }
}

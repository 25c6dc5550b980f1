import Bytes

extension LoadedConfig {
    /// The settings that `other` gives another value, as `section.key`, in the order of the sections.
    package func changes(to other: LoadedConfig) -> [String] {
        var names: [String] = []
        for (old, new) in zip(settings, other.settings)
        // What nobody set differs only as something else does.
        where !(old.origin == .builtIn && new.origin == .builtIn) && differs(old, new, other) {
            names.append("\(new.section).\(new.key)")
        }
        return names
    }

    private func differs(
        _ old: EffectiveSetting,
        _ new: EffectiveSetting,
        _ other: LoadedConfig
    ) -> Bool {
        old.value != new.value || old.hidden != new.hidden || isOther(old, other)
    }

    /// The same with other values in force than the file has.
    package func with(_ config: GatewayConfig) -> LoadedConfig {
        LoadedConfig(config: config, file: file, settings: settings, notes: notes, setAside: setAside)
    }

    /// Whether a secret has changed, which settings don't show.
    private func isOther(_ setting: EffectiveSetting, _ other: LoadedConfig) -> Bool {
        secret(setting) != other.secret(setting)
    }

    private func secret(_ setting: EffectiveSetting) -> Secret? {
        switch (setting.section, setting.key) {
        case ("aws", "access_key_id"): config.aws.credentials?.accessKeyID
        case ("aws", "secret_access_key"): config.aws.credentials?.secretAccessKey
        case ("aws", "session_token"): config.aws.credentials?.sessionToken
        case ("local_lambda", "access_key_id"): config.localLambda.accessKeyID
        case ("local_lambda", "secret_access_key"): config.localLambda.secretAccessKey
        case ("traces", "headers"):
            Secret(
                config.traces.headers.map { "\($0.name): \($0.value.revealedText)" }.joined(separator: "\n")
            )
        default: nil
        }
    }
}

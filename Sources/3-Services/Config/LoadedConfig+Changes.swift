import Bytes

extension LoadedConfig {
    /// The settings with a different value in `other`, as `section.key`, in the order of the sections.
    package func changes(to other: LoadedConfig) -> [String] {
        var names: [String] = []
        for (old, new) in zip(settings, other.settings)
        // A default may depend on another setting, so a change between two defaults isn't listed.
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

    /// A copy with `config` in force; the other members stay as they are.
    package func with(_ config: GatewayConfig) -> LoadedConfig {
        LoadedConfig(config: config, file: file, settings: settings, notes: notes, setAside: setAside)
    }

    /// Whether a secret has changed, whose value the setting doesn't show.
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

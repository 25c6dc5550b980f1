import System
import Text
package import TOML

/// A complete, valid configuration and the origin of its values.
package struct LoadedConfig: Sendable {
    package let config: GatewayConfig
    /// The file that was read; `nil` when there was none and the defaults apply.
    package let file: String?
    /// Every setting in force, in the order of the sections.
    package let settings: [EffectiveSetting]
    /// Remarks for the operator: variables without effect, unencrypted listeners and the like.
    package let notes: [String]
    /// Faults in settings that the caller doesn't need.
    package let setAside: [ConfigFault]
}

extension GatewayConfig {
    /// Reads `file` and applies the environment over it: `MCP_GATEWAY_<SECTION>_<KEY>` and well-known names of
    /// variables.
    ///
    /// Relative paths are relative to the file's folder. Blocking; called once at start and once per reload. Without a
    /// `file`, the one that `MCP_GATEWAY_CONFIG` names is read, else `gateway.toml` if it exists; else the defaults
    /// apply.
    /// - Parameters:
    ///   - needs: the settings that the caller is going to use.
    ///   - keptValues: reads the values kept at AWS that the file refers to; nil if the caller can't read them.
    /// - Throws: `ConfigFaults` with all faults, if at least one concerns the settings in `needs`.
    package static func load(
        file: String?,
        environment: [String: String],
        needing needs: ConfigNeeds = .everything,
        keptValues: KeptValueReader? = nil
    ) throws(ConfigFaults) -> LoadedConfig {
        let variable = environment["MCP_GATEWAY_CONFIG"].map { OutsideValue.trimmed($0) }
        let named = file ?? variable.flatMap { $0.isEmpty ? nil : $0 }
        guard let path = named ?? (Files.exists("gateway.toml") ? "gateway.toml" : nil) else {
            return try read(TOMLTable(), file: nil, environment: environment, needing: needs)
        }
        return try read(
            parse(path),
            file: path,
            environment: environment,
            needing: needs,
            keptValues: keptValues
        )
    }

    /// Reads the settings from a document that is already parsed; otherwise like `load`.
    package static func read(
        _ root: TOMLTable,
        file: String?,
        environment: [String: String],
        needing needs: ConfigNeeds = .everything,
        keptValues: KeptValueReader? = nil
    ) throws(ConfigFaults) -> LoadedConfig {
        var reader = SettingsReader(
            file: file,
            root: root,
            environment: environment,
            environmentPrefix: "MCP_GATEWAY_"
        )
        let wanted = Set(root.keptValues().filter { needs.concernsKept(in: $0.section) }.map { $0.value })
        if let keptValues, !wanted.isEmpty {
            // The settings and credentials for AWS must be known before the values kept there can be read.
            var first = reader
            var config = GatewayConfig()
            config.readAWS(&first)
            reader.kept = keptValues(config.aws, wanted.sorted { $0.text < $1.text })
        }
        var config = GatewayConfig()
        config.readListeners(&reader, folder: file.map { Files.folder(of: $0) } ?? "")
        config.readRecords(&reader, folder: file.map { Files.folder(of: $0) } ?? "")
        config.readAWS(&reader)
        config.readWork(&reader)
        config.readPrices(&reader)
        config.readLocalLambda(&reader)
        config.readJWT(&reader)
        config.readTraces(&reader, folder: file.map { Files.folder(of: $0) } ?? "")
        config.readDiscovery(&reader)
        config.readMetrics(&reader)
        config.readVariables(&reader)
        config.checkListeners(&reader)
        config.checkBuffers(&reader)
        config.checkStreams(&reader)
        config.noteExposure(&reader)
        reader.finish()
        let faults = reader.faults
        guard !faults.contains(where: { needs.concerns($0) }) else { throw ConfigFaults(faults: faults) }
        return LoadedConfig(
            config: config,
            file: file,
            settings: reader.settings,
            notes: reader.notes,
            setAside: faults
        )
    }
}

/// Parses the file; a file that can't be read or isn't valid TOML has this one fault only.
func parse(_ path: String) throws(ConfigFaults) -> TOMLTable {
    func faults(line: Int, _ message: String) -> ConfigFaults {
        ConfigFaults(faults: [ConfigFault(place: .file(path: path, line: line), key: "", message: message)])
    }
    let bytes: [UInt8]
    do throws(FileError) {
        bytes = try Files.read(path, bytesMax: TOMLDocument.bytesMax)
    } catch {
        throw faults(line: 0, "can't be read: \(error.reason)")
    }
    do throws(TOMLError) {
        return try TOMLDocument(parsing: bytes).root
    } catch {
        let (line, column) = (error.location.line, error.location.column)
        throw faults(line: line, "not valid TOML, column \(column): \(error.message)")
    }
}

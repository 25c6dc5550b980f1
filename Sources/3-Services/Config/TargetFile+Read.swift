import Contracts
import Model
import System
package import TOML

extension TargetFile {
    /// Reads a target from a document that is already parsed; `file` is the document's path and determines its folder.
    package static func read(
        _ root: TOMLTable,
        file: String,
        environment: [String: String]
    ) throws(ConfigFaults) -> TargetFile {
        var reader = SettingsReader(file: file, root: root, environment: environment, environmentPrefix: nil)
        let folder = Files.absolute(Files.folder(of: file))
        let name = folder.split(separator: "/").last.map { String($0) } ?? ""
        if let target = try? TargetName(name) {
            if target.isReserved {
                let message = "the folder's name is kept for the gateway itself; rename the folder"
                reader.refuse("", line: 0, message)
            }
        } else {
            let like = NameSuggestion.near(name).map { "; rename it, as to \($0)" } ?? ""
            let message =
                "the folder's name is the target's name and must be 1 to 50 lower-case letters and digits, "
                + "with single hyphens between, not \(brief(name))\(like)"
            reader.refuse("", line: 0, message)
        }
        let function = reader.readOptional("target", "function", as: .string(checkFunction))
        let isNamed = reader.table("target")?.member("function") != nil
        let tools = readTools(&reader, folder: folder, hasFunction: isNamed)
        if !isNamed, !tools.areThere {
            let line = root.member("target")?.location.line ?? 1
            reader.refuse("target.function", line: line, "is missing: name the Lambda function or its ARN")
        }
        let contract: Contract? = reader.readOptional("target", "contract", as: .word)
        if contract == nil, reader.table("target")?.member("contract") == nil {
            reader.refuse(
                "target.contract",
                line: root.member("target")?.location.line ?? 1,
                "is missing: \(Contract.missing); give one of these: \(Contract.choiceText)"
            )
        }
        var target = TargetFile(
            name: name,
            file: file,
            folder: folder,
            function: function ?? "",
            contract: contract ?? .mcpWrapper,
            isEnabled: reader.read("target", "enabled", as: .boolean, default: true)
        )
        target.region = reader.readOptional("target", "region", as: .string(checkRegion))
        target.qualifier = reader.readOptional("target", "qualifier", as: .string(checkQualifier))
        target.endpoint = reader.readOptional("target", "endpoint", as: .string(checkEndpoint))
        target.approval = reader.readOptional("target", "approval", as: .word)
        target.pinDefinitions = reader.readOptional("target", "pin_definitions", as: .boolean)
        target.allowsHidden = reader.read("target", "allow_hidden", as: .boolean, default: false)
        target.serves = readServes(&reader, contract: target.contract)
        target.timeout = reader.readOptional("target", "timeout", as: .seconds(1...900))
        target.description = reader.readOptional("target", "description", as: .string(checkDescription))
        refuseOtherQualifier(of: target, &reader)
        refuseOtherQualifiers(of: tools, than: target.qualifier, &reader)
        target.toolsJSON = tools.json
        target.invoke = readInvoke(&reader, of: target, functions: tools.functions)
        target.recording = readRecording(&reader)
        target.aliases = readAliases(&reader, target: name)
        target.local = readLocal(&reader, folder: folder, functions: target.functions.map { $0.name })
        reader.finish()
        guard reader.faults.isEmpty else { throw ConfigFaults(faults: reader.faults) }
        return target
    }

    /// The function's ARN may have no other qualifier than the target.
    private static func refuseOtherQualifier(of target: TargetFile, _ reader: inout SettingsReader) {
        guard let derived = functionQualifier(target.function), let qualifier = target.qualifier,
            derived != qualifier
        else { return }
        reader.refuse(
            "target",
            "qualifier",
            "differs from the one in the function's ARN, \(brief(derived))"
        )
    }

    /// Refuses a qualifier of a tool's own function that differs from the target's.
    private static func refuseOtherQualifiers(
        of tools: Tools,
        than qualifier: String?,
        _ reader: inout SettingsReader
    ) {
        guard let qualifier else { return }
        for function in tools.functions {
            guard let derived = functionQualifier(function.text), derived != qualifier else { continue }
            reader.refuse(
                function.member,
                "has the qualifier \(brief(derived)), but target.qualifier is \(brief(qualifier))"
            )
        }
    }

    private static func readLocal(
        _ reader: inout SettingsReader,
        folder: String,
        functions: [String]
    ) -> Local? {
        let command = reader.readOptional("local", "command", as: .command)
        let handler = reader.readOptional("local", "handler", as: .string(checkFilled))
        var local = Local(
            command: command ?? [],
            handler: handler ?? "",
            environment: [:],
            memoryMB: reader.read(
                "local",
                "memory_mb",
                as: .integer(128...10_240, " MB"),
                default: 128
            ),
            timeoutSeconds: reader.read(
                "local",
                "timeout_s",
                as: .integer(1...900, " seconds"),
                default: 30
            ),
            concurrency: reader.read("local", "concurrency", as: .integer(1...1000), default: 4)
        )
        (local.environment, local.missing) = readEnvironment(&reader)
        local.handlers = readHandlers(&reader, functions: functions)
        local.tags = readTags(&reader)
        guard let section = reader.table("local") else { return nil }
        if section.member("command") == nil {
            reader.refuse("local", "command", "is missing: [local] needs command and handler")
        }
        if let program = local.command.first, program.contains("/") {
            local.command[0] = Files.resolve(program, in: folder)
        }
        return local
    }

    /// Reads `[local.environment]`: strings, where a whole `${NAME}` is replaced by a variable of the gateway's
    /// environment.
    private static func readEnvironment(_ reader: inout SettingsReader) -> ([String: String], [ConfigFault]) {
        reader.know("local", "environment")
        guard let member = reader.table("local")?.member("environment") else { return ([:], []) }
        guard case .table(let table) = member.value.content else {
            reader.refuse(
                member,
                "must be a table, written [local.environment], not \(member.value.kindInWords)"
            )
            return ([:], [])
        }
        var variables: [String: String] = [:]
        var missing: [ConfigFault] = []
        for entry in table.members {
            do throws(Refusal) {
                let (value, name) = try variable(entry, reader)
                variables[entry.key] = value
                guard value == nil else { continue }
                var fault = ConfigFault(
                    place: .file(path: reader.file ?? "", line: entry.location.line),
                    key: entry.value.path,
                    message: "the environment has no \(name); set it, or write the value itself"
                )
                fault.isReference = true
                missing.append(fault)
            } catch {
                reader.refuse(entry, error.message)
            }
        }
        return (variables, missing)
    }

    /// The literal value, or the value and the name of the variable that it refers to. Nothing is trimmed, because a
    /// function's value may hold line breaks, as private keys do.
    private static func variable(
        _ entry: TOMLTable.Member,
        _ reader: SettingsReader
    ) throws(Refusal) -> (value: String?, name: String) {
        guard !entry.key.isEmpty, !entry.key.utf8.contains(UInt8(ascii: "=")), !entry.key.utf8.contains(0)
        else {
            throw Refusal("is not a name that an environment variable can have")
        }
        guard case .string(let text) = entry.value.content else {
            throw Refusal("must be a string, not \(entry.value.kindInWords); put it in quotes")
        }
        if text.utf8.contains(0) { throw Refusal("must not hold a NUL character") }
        guard text.contains("${") else { return (text, "") }
        let name = try referenceName(entry.value)
        return (reader.environment[name].flatMap { $0.isEmpty ? nil : $0 }, name)
    }
}

extension SettingForm where Value == [String] {
    /// A program and its arguments, which may repeat.
    static var command: Self {
        Self(
            fromFile: { value throws(Refusal) in
                let words = try strings(value)
                guard let program = words.first, !program.isEmpty else {
                    throw Refusal("must name a program, such as [\"python3\", \"-m\", \"awslambdaric\"]")
                }
                if words.contains(where: { $0.utf8.contains(0) }) {
                    throw Refusal("must not hold a NUL character")
                }
                return words
            },
            fromText: { _ throws(Refusal) in throw Refusal("can't be set from the environment") },
            show: { "[\($0.map { tomlString($0) }.joined(separator: ", "))]" }
        )
    }
}

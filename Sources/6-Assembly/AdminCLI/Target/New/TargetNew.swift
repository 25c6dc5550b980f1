import Config
import JSON
import Model
import REST
import Store
import System

struct TargetNew: Command {
    private static let languageOption = Usage.Option(
        name: "--language",
        value: "python",
        summary: "of the function; only python so far",
        offer: .words(["python"])
    )
    private static let wrapOption = Usage.Option(
        name: "--wrap",
        value: "PACKAGE",
        summary: "this Python MCP server on PyPI becomes the function: name, name[extra], name==1.2.3"
    )
    private static let commandOption = Usage.Option(
        name: "--command",
        value: "LINE",
        summary: "how the wrapped server is started, where its package's own program needs arguments"
    )
    private static let withOption = Usage.Option(
        name: "--with",
        value: "PACKAGE",
        summary: "install this as well, such as 'mcp<2' or requests",
        isRepeatable: true
    )
    private static let envOption = Usage.Option(
        name: "--env",
        value: "NAME[=VALUE]",
        summary:
            "a variable of the function; NAME alone is taken from the gateway's environment, as for secrets",
        isRepeatable: true
    )
    private static let pythonOption = Usage.Option(
        name: "--python",
        value: "PROGRAM",
        summary: "the Python that installs and runs it; python3 when left out"
    )
    private static let noInstallOption = Usage.Option(
        name: "--no-install",
        value: nil,
        summary: "install nothing; README.md in the folder says how"
    )

    static let usage = Usage(
        path: ["target", "new"],
        summary: "Makes the folder of a function that works: a new one, or an MCP server of PyPI.",
        operands: [.init(name: "name", summary: "a-z, 0-9 and single hyphens, at most 50 characters")],
        options: [
            languageOption, wrapOption, commandOption, withOption, envOption, pythonOption, noInstallOption,
        ],
        details: """
            The folder has handler.py, target.toml, requirements.txt, README.md, and in packages/ what it needs. Zipped as it is, it
            is the code of a Lambda function. A running `serve --local` serves it at once. When something fails, nothing is left.
            """,
        example: """
            mcp-gateway target new hello
            mcp-gateway target new clock --wrap mcp-server-time
            mcp-gateway target new db --wrap mcp-server-sqlite --command "mcp-server-sqlite --db-path /tmp/db.sqlite"
            """,
        reach: .thisMachine,
        names: ["name"]
    )

    let name: TargetName
    let package: WrappedPackage?
    let line: [String]?
    let more: [WrappedPackage]
    let settings: [FunctionSetting]
    let python: String
    let isInstalling: Bool

    init(_ words: ParsedWords) throws {
        let text = try words.required(0)
        do throws(ModelFault) { name = try TargetName(text) } catch { throw UsageError(error.description) }
        guard !name.isReserved else {
            let other = NameSuggestion.near(name.text).map { ", such as \($0)" } ?? ""
            throw UsageError("the name \(name) is kept for the gateway itself; choose another\(other)")
        }
        if let language = words.option(Self.languageOption), language != "python" {
            throw UsageError("functions in \(quoted(language)) can't be made yet; only python can")
        }
        package = try words.option(Self.wrapOption).map { (text) throws(UsageError) in
            try WrappedPackage(text)
        }
        line = try words.option(Self.commandOption).map { (text) throws(UsageError) in try shellWords(text) }
        more = try words.options(Self.withOption).map { (text) throws(UsageError) in try WrappedPackage(text)
        }
        settings = try words.options(Self.envOption).map { (text) throws(UsageError) in
            try FunctionSetting(text)
        }
        python = words.option(Self.pythonOption) ?? "python3"
        isInstalling = !words.flag(Self.noInstallOption)
        if package == nil, line != nil { throw UsageError("--command is for --wrap") }
        if package != nil, !isInstalling {
            throw UsageError("--wrap looks into the package, so it has to be installed")
        }
    }

    func run(_ session: Session) throws -> Int32 {
        let config = try session.loadConfig(needing: .only(["targets"])).config
        let folder = try FunctionFolder(name.text, in: config.targets.directory)
        do {
            let making = FunctionMaking(self, folder: folder, children: ChildRun(session: session))
            let made = try making.make()
            answer(session, folder, made, config)
            return 0
        } catch {
            folder.remove()
            throw error
        }
    }

    private func answer(
        _ session: Session,
        _ folder: FunctionFolder,
        _ made: FunctionMaking.Made,
        _ config: GatewayConfig
    ) {
        let json: JSONValue = [
            "name": .string(name.text), "folder": .string(folder.path),
            "package": made.package.map { .string($0) } ?? .null,
            "tools": .array(made.tools.map { .string($0) }),
            "isInstalled": .bool(isInstalling),
        ]
        let place = Files.resolve(name.text, in: config.targets.directory)
        var text = "made \(place)"
        if let package = made.package { text += " from \(package)" }
        if !made.tools.isEmpty {
            text += ", \(counted(made.tools.count, "tool")): \(made.tools.joined(separator: ", "))"
        }
        text += "\n"
        if !isInstalling { text += "before it runs, install what it needs: \(place)/README.md\n" }
        let tool = made.tools.first.map { "\(name)___\($0)" } ?? "\(name)___TOOL"
        let arguments = package == nil ? "'{\"name\":\"Ada\"}'" : "'{}'"
        text += """
            next, unless they are done:
              mcp-gateway serve --local
              mcp-gateway tenant create dev && (umask 077; mcp-gateway key issue dev > dev.key)
              mcp-gateway call --key-file dev.key \(tool) \(arguments)

            """
        for note in made.notes { session.err.write("note: \(safe(note))\n") }
        session.answer(json, text: safeLines(text))
    }
}

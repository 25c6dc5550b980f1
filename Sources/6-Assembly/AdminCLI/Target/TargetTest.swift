import AdminAPI
import Contracts
import JSON
import REST

struct TargetTest: Command {
    private static let contractOption = Usage.Option(
        name: "--contract",
        value: "C",
        summary: "send the one event of this contract, in place of what a refresh sends",
        offer: .words(Contract.allCases.map { $0.rawValue })
    )
    private static let toolOption = Usage.Option(
        name: "--tool",
        value: "T",
        summary: "call this tool, by the target's own name for it: its function runs"
    )
    private static let argumentsOption = Usage.Option(
        name: "--arguments",
        value: "JSON",
        summary: "of the call, a JSON object, {} where there are none"
    )
    private static let qualifierOption = Usage.Option(
        name: "--qualifier",
        value: "Q",
        summary: "ask this alias or version in place of the target's own"
    )

    static let usage = Usage(
        path: ["target", "test"],
        summary: "Asks a target for its tools, or sends it one event.",
        operands: [.target],
        options: [contractOption, toolOption, argumentsOption, qualifierOption, .local],
        details: """
            Lambda is asked first whether the function may be invoked. With --contract exactly the one event of that contract is
            sent, and no other is tried after it: what asks for the tools, or with --tool a call. The contracts agentcore and
            function have calls alone, which run the function, so they need --arguments; without it only the permission is asked
            for. A target whose calls several versions share is tested at the one with the most; --qualifier names another.
            The catalog stays as it is. A server that runs on the store asks, with its own credentials and functions; else this
            command.
            """,
        example: """
            mcp-gateway target test time
            mcp-gateway target test report --contract function --arguments '{"month": "2026-11"}'
            """
    )

    let name: String
    let contract: String?
    let tool: String?
    let arguments: JSONValue?
    let qualifier: String?
    let isLocal: Bool

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        contract = words.option(Self.contractOption)
        if let contract, Contract(rawValue: contract) == nil {
            let known = Contract.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw UsageError("--contract is one of \(known)")
        }
        tool = words.option(Self.toolOption)
        qualifier = words.option(Self.qualifierOption)
        if let qualifier, !Self.isQualifier(qualifier) {
            throw UsageError("--qualifier is an alias, a version or $LATEST")
        }
        arguments = try words.option(Self.argumentsOption).map { text in
            guard let value = try? JSONValue(parsing: text), value.objectValue != nil else {
                throw UsageError("--arguments must be a JSON object, such as '{\"city\": \"Paris\"}'")
            }
            return value
        }
        isLocal = try words.isLocal()
    }

    /// Source: Lambda API Reference, "Invoke", Qualifier
    private static func isQualifier(_ text: String) -> Bool {
        1...128 ~= text.utf8.count
            && text.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "$-_.".unicodeScalars.contains($0))
            }
    }

    func run(_ session: Session) throws -> Int32 {
        let request = Targets.test.request { asked in
            asked.target = .string(name)
            if let contract { asked.contract = .string(contract) }
            if let tool { asked.tool = .string(tool) }
            if let arguments { asked.arguments = arguments }
            if let qualifier { asked.qualifier = .string(qualifier) }
        }
        let asked = isLocal ? Asked.store : .serverIfRunning
        let trial = try session.withAdmin(via: asked, asksFunctions: true, isLocal: isLocal) { admin in
            try await admin.ask(request)
        }
        let words = TrialWords(trial: trial)
        guard trial.ok else {
            session.answer(trial.json, text: words.measures)
            throw CommandFailure(
                "target \(trial.name) failed after \(trial.durationMs) ms: \(trial.error ?? "")"
            )
        }
        session.answer(trial.json, text: words.headline + words.tools + words.measures + words.next)
        return 0
    }
}

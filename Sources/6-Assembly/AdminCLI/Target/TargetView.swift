import JSON

// How targets are shown, and words that the verbs of this folder share.

/// What an operator is told about the served form of a tool, as the API's `notes` say it.
func noteText(_ note: JSONValue) -> String {
    note.truth("leftOut")
        ? "served without \(note.word("member")), which \(note.word("reason"))"
        : "\(note.word("member")) \(note.word("reason"))"
}

extension Usage.Operand {
    static let target = Usage.Operand(name: "name", summary: "the target")
}

extension ParsedWords {
    /// - Throws: for `--local` together with `--url`: a server elsewhere has no local endpoint here.
    func isLocal() throws(UsageError) -> Bool {
        if flag("--local"), option("--url") != nil {
            throw UsageError("--local is for this machine, and --url for another")
        }
        return flag("--local")
    }
}

extension Usage.Option {
    /// What `target add` and `target update` share.
    static let declaration = [
        Usage.Option(name: "--contract", value: "C", summary: "mcp-wrapper (the default) or jsonrpc"),
        Usage.Option(name: "--region", value: "R", summary: "the function's region"),
        Usage.Option(name: "--qualifier", value: "Q", summary: "an alias, a version or $LATEST"),
        Usage.Option(
            name: "--endpoint",
            value: "URL",
            summary: "the Lambda API to use in place of AWS's own"
        ),
        Usage.Option(name: "--approval", value: "A", summary: "required, auto or open"),
        Usage.Option(
            name: "--pin-definitions",
            value: "true|false",
            summary: "hold changed tools back until `tool approve`; true when approval is required"
        ),
        Usage.Option(
            name: "--allow-hidden",
            value: "true|false",
            summary: "serve tools with characters that a reader can't see; refused by default"
        ),
        Usage.Option(name: "--timeout", value: "30s", summary: "for one call, 1s to 15m"),
        Usage.Option(name: "--description", value: "TEXT", summary: "what the target is for"),
        Usage.Option(
            name: "--tools",
            value: "FILE",
            summary: "a JSON array of tools, in place of asking the function"
        ),
    ]

    static let local = Usage.Option(
        name: "--local",
        value: nil,
        summary:
            "ask the functions of target files at the local Lambda, also when no server says that it runs them"
    )
}

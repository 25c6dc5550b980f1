import AdminAPI
import REST

// How targets are shown, and options that the verbs of this folder share.

/// What an operator is told about a tool that is served in another form, as the API's `notes` say it.
func noteText(_ note: Answer<ToolNoteForm>) -> Sentence {
    note.leftOut
        ? "served without \(note.member), which \(note.reason)" : "\(note.member) \(note.reason)"
}

extension Usage.Operand {
    static let target = Usage.Operand(name: "name", summary: "the target", offer: .targets)
}

extension ParsedWords {
    /// - Throws: for `--local` together with `--url`: a server elsewhere has no local endpoint here.
    func isLocal() throws(UsageError) -> Bool {
        if flag(.local), option(.url) != nil || option(.context).map({ $0 != ServerContext.here }) ?? false {
            throw UsageError("--local is for this machine, and --url or --context for another")
        }
        return flag(.local)
    }
}

extension Usage.Option {
    static let local = Usage.Option(
        name: "--local",
        value: nil,
        summary:
            "ask without the server, and the functions of target files at the local Lambda, such as that of `lambda serve`"
    )
}

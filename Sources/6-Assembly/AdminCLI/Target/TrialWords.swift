import AdminAPI
import Control
import REST

/// The outcome of a target's test, for people.
struct TrialWords {
    let trial: Answer<TargetTrialForm>

    /// What answered, in one line.
    var headline: String {
        switch TargetTrial.Event(rawValue: trial.event) {
        case .call:
            lines([
                """
                ran \(trial.tool ?? trial.name) of target \(trial.name) once: \(trial.shape ?? "an answer") \
                in \(trial.durationMs) ms
                """
            ])
        case .nothing:
            lines([
                """
                target \(trial.name) declares \(counted(trial.tools.count, "tool")); nothing was sent to its function
                """
            ])
        default:
            lines([
                """
                target \(trial.name) answered in \(trial.durationMs) ms: \
                \(counted(trial.tools.count, "tool")) on \(counted(trial.pages, "page"))
                """
            ])
        }
    }

    var tools: String {
        var lines: [Sentence] = trial.tools.map { "  \($0)" }
        lines += trial.refused.map { "  refused: \($0.name): \($0.reason)" }
        lines += trial.notes.map { "  note: \($0.name): \(noteText($0.note))" }
        return self.lines(lines)
    }

    /// Lambda's answer and the times; empty when Lambda wasn't asked.
    var measures: String {
        guard let call = trial.invocation else { return "" }
        var lines: [Sentence] = [row("permission", permission(call))]
        if let status = call.status {
            lines.append(
                row("answer", "status \(status), \(trial.shape ?? "no result") by \(trial.contract)")
            )
        }
        if let excerpt = trial.excerpt { lines.append(row("begins", excerpt)) }
        if call.sentBytes > 0 {
            let context = call.clientContextBytes.map { ", with \($0) of client context" } ?? ""
            let received = call.receivedBytes.map { ", \($0) bytes received" } ?? ""
            lines.append(row("payload", "\(call.sentBytes) bytes sent\(context)\(received)"))
            lines.append(row("time", time(call)))
        }
        if let billed = call.billedMs, let used = call.memoryUsedMB, let memory = call.memoryMB {
            lines.append(row("billed", "\(billed) ms; \(used) of \(memory) MB used"))
        }
        if let version = call.executedVersion { lines.append(row("version", version)) }
        if let id = call.requestID { lines.append(row("request", id)) }
        return self.lines(lines)
    }

    /// What to do next, when nothing was sent.
    var next: String {
        guard trial.event == TargetTrial.Event.nothing.rawValue else { return "" }
        let tool = trial.tools.first.map { " --tool \($0)" } ?? ""
        return lines([
            """
            a call runs the function; to run it once: mcp-gateway target test \(trial.name)\(tool) --arguments '{}'
            """
        ])
    }

    private func permission(_ call: Answer<AttemptForm>) -> String {
        let function = call.function + (call.qualifier.map { ":\($0)" } ?? "")
        switch call.permission {
        case "allowed":
            let all = trial.functionsAllowed.map { "\($0) functions" }
            return "lambda:InvokeFunction is allowed on \(all ?? function)"
        case "unasked": return "nobody was asked"
        case "denied": return "denied on \(function) with \(call.permissionCode ?? "no code")"
        default: return "not known of \(function): \(call.permissionError ?? "")"
        }
    }

    private func time(_ call: Answer<AttemptForm>) -> String {
        var parts = ["\(CallWords.duration(microseconds: call.roundTripUs) ?? "") there and back"]
        if let handler = CallWords.duration(microseconds: call.durationUs) {
            parts.append("\(handler) in the function")
        }
        if let start = CallWords.duration(microseconds: call.initUs) {
            parts.append("\(start) to start it")
        } else if call.durationUs != nil {
            parts.append("it had been started before")
        }
        return parts.joined(separator: ", ")
    }

    private func row(_ title: String, _ text: String) -> Sentence {
        let padding = String(repeating: " ", count: max(1, 12 - title.count))
        return "  \(title)\(padding)\(text)"
    }

    private func lines(_ sentences: [Sentence]) -> String {
        sentences.map { "\($0.text)\n" }.joined()
    }
}

import Contracts

/// What a call asks that is no tool's: for a prompt, for a resource, or to complete an argument.
final class AskedEntry: Sendable {
    let question: FunctionQuestion
    /// The resource's URI as the agent has it, and as its target has it; nil where none is asked for.
    let uri: (asked: String, own: String)?

    init(_ question: FunctionQuestion, uri: (asked: String, own: String)? = nil) {
        self.question = question
        self.uri = uri
    }
}

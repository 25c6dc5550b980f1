/// The commands' purposes: order and headings of the overview and of the manual.
enum CommandGroup: String, Sendable, CaseIterable {
    case serve = "Serve"
    case targets = "Targets"
    case access = "Access"
    case limits = "Limits"
    case look = "Look"
    case agents = "Agents"
    case local = "This machine"

    /// The first words of the group's commands, in the overview's order.
    var nouns: [String] {
        switch self {
        case .serve: ["serve", "reload", "lambda", "config", "backup"]
        case .targets: ["target", "tool", "prompt", "resource"]
        case .access: ["tenant", "key", "permission", "subscription", "admin-token"]
        case .limits: ["limit", "usage"]
        case .look: ["status", "calls", "doctor", "audit"]
        case .agents: ["call", "connect"]
        case .local: ["context", "completion", "manual", "version"]
        }
    }

    /// The usages in the order of the nouns, and for each noun in the order of the commands.
    var usages: [Usage] {
        let all = AdminCLI.commands.map { $0.usage }
        return nouns.flatMap { noun in all.filter { $0.path[0] == noun } }
    }
}

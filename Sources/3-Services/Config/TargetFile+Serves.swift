import Contracts
import MCP
import TOML

extension TargetFile {
    /// What the function serves: the key `serves` of `[target]`.
    static func readServes(_ reader: inout SettingsReader, contract: Contract) -> [ServedFamily]? {
        let words = ServedFamily.allCases.map { $0.rawValue }
        let found: [String]? = reader.readOptional(
            "target",
            "serves",
            as: .list { word in
                words.contains(word) ? nil : "must be one of \(words.joined(separator: ", "))"
            }
        )
        guard let found else { return nil }
        if found.isEmpty {
            reader.refuse("target", "serves", "names nothing; leave it out to have the function asked")
        } else if found != [ServedFamily.tools.rawValue], !contract.servesOtherThanTools {
            reader.refuse(
                "target",
                "serves",
                "must be [\"tools\"]: a function of the contract \(contract.rawValue) serves nothing else"
            )
        }
        return ServedFamily.allCases.filter { found.contains($0.rawValue) }
    }
}

/// Which settings somebody is going to use: what is wrong with the others doesn't stop them.
///
/// What belongs to no section (a file that can't be read, a section with an unknown name) stops everybody, as it may be
/// a misspelled setting of any of them.
package struct ConfigNeeds: Sendable, Equatable {
    /// Outermost names, such as `auth`; nil for all.
    private let sections: Set<String>?
    /// Where the variables that `${NAME}` refers to must be there; nil for everywhere.
    private let references: Set<String>?

    /// The whole file, and each variable that it refers to.
    package static let everything = ConfigNeeds(sections: nil, references: nil)

    /// The whole file, and the variables that these sections refer to.
    package static func wholeFile(references: Set<String>) -> ConfigNeeds {
        ConfigNeeds(sections: nil, references: references)
    }

    /// These sections with the variables that they refer to. `environment` stands for the proxies' variables.
    package static func only(_ sections: Set<String>) -> ConfigNeeds {
        ConfigNeeds(sections: sections, references: sections)
    }

    /// Whether the section's values that are kept elsewhere are going to be used.
    ///
    /// Only secrets may be missing where nobody needs them.
    func concernsKept(in section: String) -> Bool {
        let concerned = Self.mayLackSecrets(section) ? references : sections
        return concerned.map { $0.contains(section) } ?? true
    }

    /// Whether the section has secrets, and what it refers to may be missing for those who don't need them.
    static func mayLackSecrets(_ section: String) -> Bool {
        ["aws", "local_lambda", "traces"].contains(section)
    }

    /// Whether the fault is one of what is going to be used.
    package func concerns(_ fault: ConfigFault) -> Bool {
        guard let section = fault.section else { return true }
        let concerned = fault.isReference ? references : sections
        return concerned.map { $0.contains(section) } ?? true
    }
}

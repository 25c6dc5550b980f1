/// The settings that the caller is going to use; faults in other settings don't stop it.
///
/// A fault that belongs to no section (a file that can't be read, a section with an unknown name) stops every caller,
/// because it may be a misspelled setting of any section.
package struct ConfigNeeds: Sendable, Equatable {
    /// The outermost names of the sections, such as `auth`; nil for all.
    private let sections: Set<String>?
    /// The sections whose `${NAME}` variables must be set; nil for all.
    private let references: Set<String>?

    /// The whole file, and every variable that it refers to.
    package static let everything = ConfigNeeds(sections: nil, references: nil)

    /// The whole file, and the variables that these sections refer to.
    package static func wholeFile(references: Set<String>) -> ConfigNeeds {
        ConfigNeeds(sections: nil, references: references)
    }

    /// These sections with the variables that they refer to. `environment` stands for the proxies' variables.
    package static func only(_ sections: Set<String>) -> ConfigNeeds {
        ConfigNeeds(sections: sections, references: sections)
    }

    /// Whether the caller needs the section's values that are kept at AWS.
    ///
    /// In sections with secrets, they may be missing for callers that don't need them.
    func concernsKept(in section: String) -> Bool {
        let concerned = Self.mayLackSecrets(section) ? references : sections
        return concerned.map { $0.contains(section) } ?? true
    }

    /// Whether the section has secrets, so that the values it refers to may be missing for callers that don't need
    /// them.
    static func mayLackSecrets(_ section: String) -> Bool {
        ["aws", "local_lambda", "traces"].contains(section)
    }

    /// Whether the fault concerns settings that the caller is going to use.
    package func concerns(_ fault: ConfigFault) -> Bool {
        guard let section = fault.section else { return true }
        let concerned = fault.isReference ? references : sections
        return concerned.map { $0.contains(section) } ?? true
    }
}

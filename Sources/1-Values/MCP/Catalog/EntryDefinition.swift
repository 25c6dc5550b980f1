package import Bytes
import JSON

/// One entry of a target's prompts, resources or resource templates, found fit to be listed, and the form in which it is
/// served. The rules are those of `ToolDefinition`.
package struct EntryDefinition: Sendable {
    /// The target's own name for it: a prompt's name, a URI, or a template; empty for instructions.
    package let ownName: String
    /// What the target sent with sorted members and no white space, to hash.
    package let canonical: ByteBuffer
    /// What lists show in place of the target's bytes; `nil` when nothing had to be changed.
    package let served: ByteBuffer?
    /// What the operator is told; at most `ToolDefinition.notesMax`.
    package let notes: [ToolDefinitionNote]

    /// The longest name of a prompt, in bytes, and the most arguments that it may have.
    package static let promptNameBytesMax = 128
    package static let argumentsMax = 100
    /// The longest instructions of one target, in bytes: they go into the prompt of every model.
    package static let instructionsBytesMax = 4_096

    /// Checks a definition, which is untrusted text. Cold path: builds a tree.
    ///
    /// `allowsHidden`: characters that can't be seen are served, and noted; but for those of a name.
    /// - Parameter kind: anything but a tool.
    /// - Throws: the first fault that nothing optional surrounds.
    package init(
        _ kind: CatalogKind,
        _ bytes: Span<UInt8>,
        in range: Range<Int>,
        bytesMax: Int = ToolDefinition.bytesMax,
        allowsHidden: Bool = false
    ) throws(ToolDefinitionFault) {
        let value = try ToolDefinition.value(bytes, in: range, bytesMax: bytesMax)
        var repair = try DefinitionRepair(value, as: .entry(kind))
        try repair.checkHidden(isAllowed: allowsHidden)
        let member = "\(kind.nameMember)"
        let text = repair.value[member]?.stringValue ?? ""
        let ownName = kind == .instructions ? "" : text
        if let fault = Self.fault(kind, text) {
            throw .shape(ShapeFault(member: member, reason: "must \(fault)"))
        }
        if let count = repair.value["arguments"]?.arrayValue?.count, kind == .prompt,
            count > Self.argumentsMax
        {
            throw .shape(
                ShapeFault(member: "arguments", reason: "must have at most \(Self.argumentsMax) elements")
            )
        }
        self.ownName = ownName
        canonical = value.canonical()
        served = repair.isChanged ? ByteBuffer(repair.value.text) : nil
        notes = Array(repair.notes.prefix(ToolDefinition.notesMax))
    }

    private static func fault(_ kind: CatalogKind, _ name: String) -> String? {
        switch kind {
        case .tool, .prompt: PromptName.fault(name)
        case .resource: ResourceURI.fault(name)
        case .template: ResourceURI.fault(template: name)
        case .instructions:
            (1...instructionsBytesMax).contains(name.utf8.count)
                ? nil : "have 1 to \(instructionsBytesMax) bytes"
        }
    }
}

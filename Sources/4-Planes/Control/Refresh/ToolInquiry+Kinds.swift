import Contracts
import JSON
import MCP
import Store
import Text

extension ToolInquiry {
    /// Asks for each kind that the target declares, or for each that its contract lets it be asked for.
    ///
    /// Without its tools there is no listing. Another kind that somebody has declared fails alone; one that nobody has
    /// declared and the function doesn't list isn't there.
    func listKinds(
        of target: TargetSpec,
        skipping: Set<CatalogKind>,
        _ session: inout InquirySession,
        into listing: inout ToolListing
    ) async throws(ToolSourceError) {
        let (kinds, isDeclared) = target.askedKinds
        var unserved: [CatalogKind] = []
        for kind in kinds {
            // Declared tools aren't asked for.
            if kind == .tool, target.toolsJSON != nil { continue }
            if !isDeclared, kind != .tool, skipping.contains(kind) {
                listing.fruitless.insert(kind)
                continue
            }
            do throws(InquiryFault) {
                try await list(kind, of: target, &session, into: &listing)
            } catch {
                if kind == .tool { throw error.error }
                switch error {
                case .failed(let error): listing.fail(kind, error)
                case .noList(let error) where isDeclared: listing.fail(kind, error)
                case .noList, .notServed:
                    if case .noList = error { listing.fruitless.insert(kind) }
                    listing.drop(kind)
                    unserved.append(kind)
                }
            }
        }
        if isDeclared { checkDeclared(target, unserved, &listing) }
        await readInstructions(of: target, &session, into: &listing)
    }

    /// A family that is declared and that the function has nothing of is a fault of one of the two.
    private func checkDeclared(
        _ target: TargetSpec,
        _ unserved: [CatalogKind],
        _ listing: inout ToolListing
    ) {
        for family in target.serves ?? [] where family != .tools {
            guard let kind = family.kinds.first, family.kinds.allSatisfy({ unserved.contains($0) }) else {
                continue
            }
            let error = ToolSourceError(
                "the target declares that it serves \(family.rawValue), and its function says that it doesn't",
                hint: "take \(family.rawValue) out of the target's serves"
            )
            listing.fail(kind, error)
        }
    }

    /// What an HTTP function says of how to use it. One that doesn't say isn't asked twice, and none is asked of another
    /// contract: those have no message for it.
    private func readInstructions(
        of target: TargetSpec,
        _ session: inout InquirySession,
        into listing: inout ToolListing
    ) async {
        guard target.contract.isHTTP else { return }
        var answer = session.greeting
        if answer == nil {
            do throws(ToolSourceError) { answer = try await greet(target, &session) } catch {
                if !error.isOfFunction { listing.failures[.instructions] = error }
                return
            }
        }
        guard let answer,
            let text = HTTPEventContract.readInstructions(answer.bytes, payload: answer.payload)
        else { return }
        listing.add(instructions: Array((["instructions": .string(text)] as JSONValue).text.utf8))
    }
}

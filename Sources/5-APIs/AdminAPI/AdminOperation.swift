import HTTP
package import REST
import Store

/// An operation of this API.
package typealias AdminOperation<A: Arguments, Output: Form> = Operation<Services, A, Output>

/// A request to an operation of this API.
package typealias AdminCall<A: Arguments> = OperationCall<Services, A>

/// Operations that are one transaction of the store.
extension Operation where Service == Services {
    /// An operation that reads.
    static func reading(
        _ template: String,
        id: String,
        _ summary: String,
        takes arguments: A.Type,
        answers output: Output.Type,
        problems: [Problem.Kind] = [],
        verb: Verb<A, Output>? = nil,
        _ read:
            @escaping @Sendable (borrowing ReadTransaction, AdminCall<A>) throws(StoreError) -> Output.Record
    ) -> Operation {
        Operation(
            .get,
            template,
            id: id,
            summary,
            takes: arguments,
            answers: output,
            problems: problems,
            verb: verb
        ) { call throws(Problem) in
            try await call.read { reading throws(StoreError) in try read(reading, call) }
        }
    }

    /// An operation that lists, page by page.
    /// - Parameters:
    ///   - place: an item's place in the list's order, at most 512 bytes.
    ///   - isAfter: whether an item comes after a place; true from some item on.
    ///   - read: all items, in the list's order.
    static func listing<Item: ListedForm>(
        _ template: String,
        id: String,
        _ summary: String,
        takes arguments: A.Type,
        of item: Item.Type,
        problems: [Problem.Kind] = [],
        verb: Verb<A, Output>? = nil,
        place: @escaping @Sendable (Item.Record) -> String,
        isAfter: @escaping @Sendable (Item.Record, String) -> Bool,
        _ read:
            @escaping @Sendable (borrowing ReadTransaction, AdminCall<A>) throws(StoreError) -> [Item.Record]
    ) -> Operation where Output == ListForm<Item> {
        Operation(
            .get,
            template,
            id: id,
            summary,
            takes: arguments,
            answers: Output.self,
            problems: problems,
            verb: verb
        ) { call throws(Problem) in
            let page = try call.page(of: String(template.dropFirst()))
            let items = try await call.read { reading throws(StoreError) in try read(reading, call) }
            return page.cut(items, place: place, isAfter: isAfter)
        }
    }

    /// An operation that changes something in the caller's name.
    ///
    /// - Parameter change: its last argument is the revision that the request demands of the thing to change; nil for
    ///   any revision, and if the operation doesn't have `.preconditionFailed` among its problems.
    static func changing(
        _ method: HTTP::Method,
        _ template: String,
        id: String,
        _ summary: String,
        takes arguments: A.Type,
        answers output: Output.Type,
        isBodyOptional: Bool = false,
        status: Int = 200,
        problems: [Problem.Kind] = [],
        verb: Verb<A, Output>? = nil,
        secondVerb: Verb<A, Output>? = nil,
        _ change:
            @escaping @Sendable (borrowing WriteTransaction, AdminCall<A>, Int64?) throws(StoreError) ->
            Output.Record
    ) -> Operation {
        Operation(
            method,
            template,
            id: id,
            summary,
            takes: arguments,
            answers: output,
            isBodyOptional: isBodyOptional,
            status: status,
            problems: problems,
            verb: verb,
            secondVerb: secondVerb
        ) { call throws(Problem) in
            let revision = problems.contains(.preconditionFailed) ? try call.expectedRevision() : nil
            return try await call.write { writing throws(StoreError) in
                try change(writing, call, revision)
            }
        }
    }
}

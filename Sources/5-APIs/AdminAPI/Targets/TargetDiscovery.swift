import Contracts
import Control
import HTTP
package import REST
package import Store

/// Operations that ask targets for their tools, test them, and read their logs.
extension Targets {
    static let discovery: [any AnyOperation<Services>] = [refresh, refreshAll, test, logs]

    package struct NameArguments: Arguments {
        package let target = nameInPath

        package init() {}
    }

    package static let refresh = AdminOperation(
        .post,
        "/targets/{target}/refresh",
        id: "targetRefresh",
        "Reads the tools of one target and stores them; a failure is told in `error`.",
        takes: NameArguments.self,
        answers: RefreshForm.self,
        problems: [.notFound],
        verb: .own("target refresh")
    ) { call throws(Problem) in
        do throws(StoreError) { return try await call.services.inquiry.refresh(call.target) } catch {
            throw Problem(error)
        }
    }

    package static let refreshAll = AdminOperation(
        .post,
        "/refresh",
        id: "targetRefreshAll",
        "Reads the tools of every enabled target and stores them; failures are told in `error`.",
        takes: NoArguments.self,
        answers: RefreshForm.self
    ) { call throws(Problem) in
        do throws(StoreError) { return try await call.services.inquiry.refresh(nil) } catch {
            throw Problem(error)
        }
    }

    package static let test = AdminOperation(
        .post,
        "/targets/{target}/test",
        id: "targetTest",
        "Asks a target for its tools, or sends it one event, and shows what came; the catalog stays as it is.",
        takes: TrialArguments.self,
        answers: TargetTrialForm.self,
        isBodyOptional: true,
        problems: [.notFound],
        verb: .own("target test")
    ) { call throws(Problem) in
        let target = try await call.read { reading throws(StoreError) in try reading.target(call.target) }
        let request = TrialRequest(
            contract: call.contract.flatMap { Contract(rawValue: $0) },
            tool: call.tool,
            arguments: call.arguments,
            qualifier: call.qualifier
        )
        do throws(ModelFault) {
            return try await call.services.inquiry.test(target, request)
        } catch {
            throw Problem(.rejected(error))
        }
    }

    package struct TrialArguments: Arguments {
        package let target = nameInPath
        package let contract = Argument.optional(
            "contract",
            .oneOf(
                Contract.allCases.map { $0.rawValue },
                "send the one event of this contract, in place of what a refresh sends"
            )
        )
        package let tool = Argument.optional(
            "tool",
            .text(1...256, "the tool to call, as the target calls it")
        )
        package let arguments = Argument.optional(
            "arguments",
            Coding.any.described("the arguments of a call, an object; a call runs the function")
        )
        package let qualifier = Argument.optional(
            "qualifier",
            .text(1...128, "the alias or version to ask, in place of the target's own")
        )

        package init() {}
    }
}

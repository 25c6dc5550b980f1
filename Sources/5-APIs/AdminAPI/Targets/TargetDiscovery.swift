import Control
import HTTP
package import REST
package import Store

/// Targets, asked for their tools.
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
        "Asks a target for its tools and shows what came; the catalog stays as it is.",
        takes: NameArguments.self,
        answers: TargetTrialForm.self,
        problems: [.notFound],
        verb: .own("target test")
    ) { call throws(Problem) in
        let target = try await call.read { reading throws(StoreError) in try reading.target(call.target) }
        return await call.services.inquiry.test(target)
    }
}

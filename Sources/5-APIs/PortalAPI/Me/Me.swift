import HTTP
import REST

/// `/me`: whom the credential speaks for, and what it is.
enum Me {
    static let all: [any AnyOperation<Services>] = [show]

    private static let show = PortalOperation(
        .get,
        "/me",
        id: "me",
        "Shows the tenant, and the key or token that was presented.",
        takes: NoArguments.self,
        answers: MeForm.self
    ) { call throws(Problem) in
        Holder(caller: call.caller, nowMs: call.nowMs)
    }
}

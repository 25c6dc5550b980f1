import HTTP
import REST

/// `/me`: the credential, and the tenant that it speaks for.
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

import EventLoop
import HTTP
import MCP
import Policy

/// A request that was begun: its answer, or what has to be waited for. For the endpoint's `finish`, once.
package struct AgentWork {
    enum Step {
        case answered(AgentAnswer)
        case call(ToolCall)
        case waiting(WaitingRequest)
    }

    let step: Step

    static func answered(_ answer: AgentAnswer) -> AgentWork { AgentWork(step: .answered(answer)) }
    static func whole(_ response: Response) -> AgentWork { AgentWork(step: .answered(.whole(response))) }
    static func call(_ call: ToolCall) -> AgentWork { AgentWork(step: .call(call)) }
    static func waiting(_ request: WaitingRequest) -> AgentWork { AgentWork(step: .waiting(request)) }
}

/// A request whose answer may have to wait for something other than one function. A class: it outlives suspensions,
/// where a value would be copied into every frame.
final class WaitingRequest {
    enum Cause {
        /// The request isn't admitted yet.
        case admission(Pending)
        case legacy(RPCMessage, ProtocolVersion?, Principal, GatewayState)
        case batch([RPCMessage], ProtocolVersion?, Principal, GatewayState)
    }

    let cause: Cause
    let request: Request
    let cancellation: Cancellation?

    init(_ cause: Cause, _ request: Request, _ cancellation: Cancellation?) {
        self.cause = cause
        self.request = request
        self.cancellation = cancellation
    }
}

import AWS
import Config
import Contracts
import MCP
import Policy
import Store
import Text

extension DiscoveryPlanner {
    /// The verdict on one function that was found, independent of the others.
    /// - Parameter known: the function as it is served already; nil for a new one.
    func judge(_ found: DiscoverySurvey.Found, known: DiscoveredFunction?) -> Verdict {
        let entry = found.function
        let name = try? FunctionName(entry.arn)
        var verdict = Verdict(
            function: DiscoveryPlan.Function(
                arn: entry.arn,
                name: entry.name,
                region: name?.region ?? "",
                account: name?.account ?? "",
                state: known == nil ? .new : .unchanged
            ),
            entry: entry
        )
        guard name?.region != nil else {
            verdict.leaveOut("its ARN can't be read: \(quoted(entry.arn))")
            return verdict
        }
        let tags: [String: String]
        switch found.tags {
        case .success(let all): tags = all
        case .failure(let error):
            keep(&verdict, known, why: "its tags can't be read: \(error)")
            return verdict
        }
        if let fault = rules.tagFault(tags) {
            verdict.leaveOut(fault)
            return verdict
        }
        switch rules.contract(tags) {
        case .unwanted:
            verdict.leaveOut("its tag \(DiscoveryTag.contract) is \(DiscoveryTag.none)")
            verdict.isUnwanted = true
            if known != nil {
                verdict.function.state = .removed(
                    why: "its tag \(DiscoveryTag.contract) is \(DiscoveryTag.none)"
                )
            }
        case .none(let why): verdict.leaveOut(why)
        case .contract(let contract, let reason):
            verdict.function.contract = contract
            verdict.function.contractReason = reason
            let choice = rules.approval(tags)
            verdict.function.approval = choice.approval
            verdict.function.approvalReason = choice.reason
            if let note = choice.note { verdict.function.notes.append(note) }
            if contract == .function {
                takePlain(&verdict, found, choice.approval, known, tags)
            } else {
                takeTarget(&verdict, known)
            }
        }
        return verdict
    }

    /// Keeps a served function as it is, because its tags can't be read now; leaves out a new one.
    private func keep(_ verdict: inout Verdict, _ known: DiscoveredFunction?, why: String) {
        guard var known else { return verdict.leaveOut(why) }
        known.missingSinceMs = nil
        known.missCount = 0
        let target = stored.targets.first { $0.name == known.target }?.spec
        verdict.remembered = known
        verdict.keepsTarget = true
        verdict.function.target = known.target
        verdict.function.tool = known.tool
        verdict.function.definition = known.definition
        verdict.function.contract = target?.contract
        verdict.function.contractReason = .kept
        verdict.function.approval = target?.approval
        verdict.function.approvalReason = .kept
        verdict.function.notes.append(why)
    }

    /// Makes the function a tool of the discovery's own target.
    private func takePlain(
        _ verdict: inout Verdict,
        _ found: DiscoverySurvey.Found,
        _ approval: Approval,
        _ known: DiscoveredFunction?,
        _ tags: [String: String]
    ) {
        guard !found.function.isTenantIsolated else {
            return verdict.leaveOut(
                "it is in tenant isolation mode: `mcp-gateway target add NAME --function ARN --contract function "
                    + "--tenant-isolation true`"
            )
        }
        let tool = FunctionToolName.make(of: found.function.name, withoutPrefix: discovery.prefix ?? "")
        let made: PlainTool
        let target: TargetName
        do throws(ModelFault) {
            target = try TargetName(rules.target(of: approval))
        } catch {
            return verdict.leaveOut(error.description)
        }
        do throws(ToolDefinitionFault) {
            made = try PlainTool(
                name: tool,
                function: found.function,
                schema: found.schema,
                known: known?.definition,
                missing: discovery.schemaTag.map { "it has no tag \(quoted($0))" }
                    ?? "the discovery sets no schema_tag"
            )
        } catch {
            return verdict.leaveOut(
                "it can't be a tool: \(HiddenCharacters.shown("\(error.member) \(error)"))"
            )
        }
        verdict.function.target = target
        verdict.function.tool = tool
        verdict.function.schema = made.schema
        verdict.function.definition = made.definition
        verdict.remembered = DiscoveredFunction(
            arn: found.function.arn,
            target: target,
            tool: tool,
            definition: made.definition
        )
        if let known, known.target != target || known.tool != tool || known.definition != made.definition {
            verdict.function.state = .changed
        }
        noteLength(&verdict)
    }

    private func noteLength(_ verdict: inout Verdict) {
        guard let exposed = verdict.function.exposedName, exposed.utf8.count > defaults.toolNameMax else {
            return
        }
        let aliases = stored.targets.first { $0.name == verdict.function.target }?.aliases ?? []
        if aliases.contains(where: { $0.tool == verdict.function.tool }) { return }
        verdict.function.notes.append(
            "\(exposed) has \(exposed.utf8.count) characters, and \(defaults.toolNameMax) are allowed: it is served "
                + "after `mcp-gateway tool alias \(exposed) NAME`"
        )
    }

    /// Makes the function a target of its own, whose tools it lists itself.
    private func takeTarget(_ verdict: inout Verdict, _ known: DiscoveredFunction?) {
        guard let target = rules.target(of: verdict.function.name) else {
            return verdict.leaveOut("nothing of its name can be in a target's name")
        }
        verdict.function.target = target
        verdict.function.schema = .asked
        verdict.remembered = DiscoveredFunction(arn: verdict.function.arn, target: target)
        if let known, known.target != target || known.tool != nil { verdict.function.state = .changed }
    }
}

import Contracts
import Testing

struct ContractChoiceTests {
    @Test func `each contract's line fits a terminal of 80 columns`() {
        #expect(Contract.choices.count == Contract.allCases.count)
        for (contract, line) in zip(Contract.allCases, Contract.choices) {
            #expect(line.hasPrefix("  \(contract.rawValue) ") && line.hasSuffix(contract.sends))
            #expect(line.count <= 80)
        }
        for contract in Contract.allCases { #expect(contract.sends.count <= 65, "\(contract)") }
    }
}

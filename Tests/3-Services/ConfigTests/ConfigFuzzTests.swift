import Config
import Foundation
import System
import Testing
import TestSupport
import TOML

struct ConfigFuzzTests {
    /// Shuffles the sample's lines and exchanges keys, sections and values: the result is usually valid TOML, and
    /// rarely a valid configuration.
    @Test
    func `1,000 shuffled files are read, or refused with the place of the fault, without a crash`() throws {
        let sample = Repository.path("gateway.toml")
        let text = String(decoding: try Files.read(sample, bytesMax: 1 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0) }
        let values = [
            "1", "-1", "9223372036854775807", "1.5", "nan", "true", "\"\"", "\"${A}\"", "\"\\u0000\"", "[]",
            "[[]]", "{}",
            "1979-05-27", "[\"a\", 1]", "{ a = { b = 1 } }", "\"9223372036854775807d\"", "\"[::]:0\"",
            "\":\"", "\"[\"",
            "\"http://\"", "\"${\"", "\"a:b:c:d:e:f:g:h:i\"", "\"\u{10ffff}\"",
        ]
        var state: UInt64 = 11
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var refused = 0
        for _ in 0..<1000 {
            var changed = lines
            for _ in 0...below(4) {
                let place = below(changed.count)
                guard let equals = changed[place].firstIndex(of: "=") else { continue }
                changed[place] = "\(changed[place][...equals]) \(values[below(values.count)])"
            }
            if below(3) == 0 { changed.swapAt(below(changed.count), below(changed.count)) }
            let joined = changed.joined(separator: "\n").replacing(
                "[agents]",
                with: below(4) == 0 ? "[target]" : "[agents]"
            )
            guard let root = try? TOMLDocument(parsing: joined).root else { continue }
            do {
                _ = try GatewayConfig.read(root, file: "gateway.toml", environment: ["A": "a"])
            } catch {
                #expect(!error.faults.isEmpty)
                refused += 1
            }
            _ = try? TargetFile.read(root, file: "targets/t/target.toml", environment: [:])
        }
        #expect(refused > 300)
    }
}

import AWS
import HTTPClient
import Testing

struct EndpointTests {
    struct RegionRow: Sendable {
        var explicit: String?
        var function = "f"
        var environment: [String: String] = [:]
        var config = ""
        var region: String?
        var error: EndpointError?
    }

    static let arn = "arn:aws:lambda:eu-west-3:123456789012:function:f"
    static let all = ["AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-west-2"]
    static let config = "[default]\nregion = eu-north-1\n"

    @Test(arguments: [
        RegionRow(explicit: "us-east-1", environment: all, config: config, region: "us-east-1"),
        RegionRow(function: arn, environment: all, config: config, region: "eu-west-3"),
        RegionRow(environment: all, config: config, region: "us-west-1"),
        RegionRow(environment: ["AWS_DEFAULT_REGION": "us-west-2"], config: config, region: "us-west-2"),
        RegionRow(environment: ["AWS_REGION": " "], config: config, region: "eu-north-1"),
        RegionRow(explicit: "eu-west-3", function: arn, region: "eu-west-3"),
        RegionRow(
            explicit: "us-east-1",
            function: arn,
            error: .regionConflict(setting: "us-east-1", arn: "eu-west-3")
        ),
        RegionRow(error: .noRegion(profile: "default")),
        RegionRow(explicit: "us east", error: .badRegion("us east", setting: "the target's region")),
        RegionRow(environment: ["AWS_REGION": "x.y/z"], error: .badRegion("x.y/z", setting: "AWS_REGION")),
        RegionRow(explicit: "-us", error: .badRegion("-us", setting: "the target's region")),
        RegionRow(explicit: "123", error: .badRegion("123", setting: "the target's region")),
    ])
    func `the region's sources are tried in order`(_ row: RegionRow) throws {
        let settings = try settings(row.environment, config: row.config)
        let function = try FunctionName(row.function)
        do throws(EndpointError) {
            #expect(try settings.region(explicit: row.explicit, function: function).name == row.region)
        } catch {
            #expect(error == row.error)
            #expect(!error.description.isEmpty)
        }
    }

    struct Row: Sendable {
        var explicit: String?
        var region = "us-east-1"
        var environment: [String: String] = [:]
        var config = ""
        var url: String?
        var error: EndpointError?
    }

    static let services = """
        [default]
        services = local
        endpoint_url = http://profile:4
        [services local]
        lambda =
          endpoint_url = http://service:3/base
        """
    static let fips = ["AWS_USE_FIPS_ENDPOINT": "TRUE"]
    static let dual = ["AWS_USE_DUALSTACK_ENDPOINT": "true"]

    static let rows = [
        Row(url: "https://lambda.us-east-1.amazonaws.com"),
        Row(region: "cn-north-1", url: "https://lambda.cn-north-1.amazonaws.com.cn"),
        Row(region: "us-gov-west-1", url: "https://lambda.us-gov-west-1.amazonaws.com"),
        Row(region: "us-iso-east-1", url: "https://lambda.us-iso-east-1.c2s.ic.gov"),
        Row(region: "us-isob-east-1", url: "https://lambda.us-isob-east-1.sc2s.sgov.gov"),
        Row(region: "eu-isoe-west-1", url: "https://lambda.eu-isoe-west-1.cloud.adc-e.uk"),
        Row(region: "us-isof-south-1", url: "https://lambda.us-isof-south-1.csp.hci.ic.gov"),
        Row(region: "eusc-de-east-1", url: "https://lambda.eusc-de-east-1.amazonaws.eu"),
        Row(region: "mars-north-7", url: "https://lambda.mars-north-7.amazonaws.com"),
        Row(environment: fips, url: "https://lambda-fips.us-east-1.amazonaws.com"),
        Row(environment: dual, url: "https://lambda.us-east-1.api.aws"),
        Row(
            region: "cn-north-1",
            environment: dual,
            url: "https://lambda.cn-north-1.api.amazonwebservices.com.cn"
        ),
        Row(environment: fips.merging(dual) { $1 }, url: "https://lambda-fips.us-east-1.api.aws"),
        Row(
            config: "[default]\nuse_fips_endpoint = true",
            url: "https://lambda-fips.us-east-1.amazonaws.com"
        ),
        Row(
            environment: ["AWS_USE_FIPS_ENDPOINT": "false"],
            config: "[default]\nuse_fips_endpoint = true",
            url: "https://lambda.us-east-1.amazonaws.com"
        ),
        Row(
            explicit: "http://target:1/p/",
            environment: ["AWS_ENDPOINT_URL_LAMBDA": "http://env:2"],
            url: "http://target:1/p"
        ),
        Row(
            environment: ["AWS_ENDPOINT_URL_LAMBDA": "http://env:2", "AWS_ENDPOINT_URL": "http://all:2"],
            config: services,
            url: "http://env:2"
        ),
        Row(environment: ["AWS_ENDPOINT_URL": "http://all:2"], config: services, url: "http://all:2"),
        Row(config: services, url: "http://service:3/base"),
        Row(config: "[default]\nendpoint_url = https://profile\n", url: "https://profile"),
        Row(
            environment: [
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://all:2",
            ],
            config: services,
            url: "https://lambda.us-east-1.amazonaws.com"
        ),
        Row(
            explicit: "http://[::1]:9001",
            environment: ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"],
            url: "http://[::1]:9001"
        ),
        Row(
            explicit: "http://target",
            environment: fips,
            error: .variantOfCustomEndpoint(variant: "the FIPS endpoint", setting: "the target's endpoint")
        ),
        Row(
            environment: dual.merging(["AWS_ENDPOINT_URL": "http://x"]) { $1 },
            error: .variantOfCustomEndpoint(variant: "the dual-stack endpoint", setting: "AWS_ENDPOINT_URL")
        ),
        Row(explicit: "target:9001", error: .badURL("target:9001", setting: "the target's endpoint")),
        Row(
            environment: ["AWS_ENDPOINT_URL_LAMBDA": "http://x?y"],
            error: .badURL("http://x?y", setting: "AWS_ENDPOINT_URL_LAMBDA")
        ),
        Row(
            config: "[default]\nendpoint_url = nope",
            error: .badURL("nope", setting: "endpoint_url of the profile 'default'")
        ),
    ]

    @Test(arguments: rows)
    func `the endpoint's sources are tried in order`(_ row: Row) throws {
        let settings = try settings(row.environment, config: row.config)
        let region = try #require(Region(row.region))
        do throws(EndpointError) {
            let endpoint = try settings.endpoint(of: .lambda, explicit: row.explicit, region: region)
            #expect(endpoint.description == row.url)
        } catch {
            #expect(error == row.error)
            #expect(!error.description.isEmpty)
        }
    }
}

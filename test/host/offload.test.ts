import { describe, expect, it } from "vitest";
import { offloadCommand, parseOffloads } from "../../src/host/offload.js";
import { fixture } from "../fixtures/fixture.js";

describe("offloads", () => {
  it("sets those that merge and split segments, and leaves checksums alone", () => {
    expect(offloadCommand("eth1", "off")).toEqual("ethtool -K eth1 tso off gso off gro off".split(" "));
  });

  it("reads what ethtool -k shows, fixed ones included", () => {
    expect(parseOffloads(fixture("ethtool-k-6.1-tap.txt"))).toEqual({
      "tcp-segmentation-offload": true,
      "generic-segmentation-offload": true,
      "generic-receive-offload": true,
      "large-receive-offload": false,
    });
  });

  it.each(["5.9", "6.14"])("reads what ethtool %s shows", (version) => {
    expect(parseOffloads(fixture(`ethtool-k-${version}-lo.txt`))).toEqual({
      "tcp-segmentation-offload": true,
      "generic-segmentation-offload": true,
      "generic-receive-offload": true,
      "large-receive-offload": false,
    });
  });

  it("is not misled by a feature whose name ends alike", () => {
    expect(parseOffloads("Features for eth0:\n\ttx-tcp-segmentation-offload: on\n")).toEqual({});
  });

  it("says nothing of what ethtool does not show", () => {
    expect(parseOffloads("")).toEqual({});
    expect(parseOffloads("generic-receive-offload: perhaps")).toEqual({});
  });
});

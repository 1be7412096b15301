import { expect, it } from "vitest";
import { parseInterfaceCounters, readInterfaceCounters } from "../../src/host/interface-counters.js";
import { fixture } from "../fixtures/fixture.js";

const netDev = fixture("proc-net-dev-6.18.txt");

it("reads an interface's bytes, however the kernel pads the line", () => {
  expect(parseInterfaceCounters(netDev, "eth0")).toEqual({ receivedBytes: 1370323455, sentBytes: 3512266 });
  expect(parseInterfaceCounters(netDev, "lo")).toEqual({
    receivedBytes: 97673803534,
    sentBytes: 97673803534,
  });
});

it.each(["eth", "eth00", "face", "Inter-|   Receive"])("finds no interface %j", (device) => {
  expect(parseInterfaceCounters(netDev, device)).toBeUndefined();
});

it("takes a cut line for no counters", () => {
  expect(parseInterfaceCounters("  eth0: 1 2 3", "eth0")).toBeUndefined();
});

it.runIf(process.platform === "linux")("reads those of a process's namespace", () => {
  const { receivedBytes = -1 } = readInterfaceCounters(process.pid, "lo") ?? {};
  expect(receivedBytes).toBeGreaterThanOrEqual(0);
});

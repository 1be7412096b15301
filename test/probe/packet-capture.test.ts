import { expect, it } from "vitest";
import { droppedPackets } from "../../src/probe/dual-address.js";
import { capturedPackets, packetCaptureCommand } from "../../src/probe/packet-capture.js";
import { fixture } from "../fixtures/fixture.js";

it("reads tcpdump's closing words", () => {
  const words = fixture("tcpdump-4.99.3-stderr-file.txt");
  expect([capturedPackets(words), droppedPackets(words)]).toEqual([8, 0]);
  expect(capturedPackets("1 packet captured\n1 packet received by filter\n")).toBe(1);
  expect(capturedPackets("tcpdump: device.pcap: Permission denied\n")).toBe(0);
});

it("keeps root, without which the file could not be written, and takes nothing in the file's name for an option", () => {
  const command = packetCaptureCommand("/run/x/-r1.pcap");
  expect(command[command.indexOf("-Z") + 1]).toBe("root");
  expect(command[command.indexOf("-w") + 1]).toBe("/run/x/-r1.pcap");
});

import { expect, it } from "vitest";
import { hostTerminal } from "../../src/host/terminal.js";

it("answers with the command's own exit code", async () => {
  expect(await hostTerminal.lend(["sh", "-c", "exit 7"])).toBe(7);
  expect(await hostTerminal.lend(["true"])).toBe(0);
});

it("says a signal that ended the command as a shell does", async () => {
  expect(await hostTerminal.lend(["sh", "-c", "kill -TERM $$"])).toBe(143);
});

it("passes on a request to end that reaches this process alone, and listens no longer than the command runs", async () => {
  const before = process.listenerCount("SIGTERM");
  const ended = hostTerminal.lend(["sleep", "600"]);
  process.emit("SIGTERM", "SIGTERM");
  expect(await ended).toBe(143);
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

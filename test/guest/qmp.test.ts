import { afterEach, describe, expect, it } from "vitest";
import { Qmp, type QmpEvent } from "../../src/guest/qmp.js";
import { failureFrom } from "../experiment/failure-of.js";
import { ControlServer, until, type Behaviour } from "./control-server.js";

const greeting = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 } }, capabilities: ["oob"] } };

const open: { qmp?: Qmp; server: ControlServer }[] = [];
afterEach(async () => {
  for (const { qmp, server } of open.splice(0)) {
    qmp?.close();
    await server[Symbol.asyncDispose]();
  }
});

/** A QEMU that answers capabilities negotiation by itself, and the rest as told. */
async function qemu(answer: NonNullable<Behaviour["answer"]> = () => undefined) {
  const server = await ControlServer.listen({
    greet: (to) => {
      to.send(greeting);
    },
    answer: (message, to) => {
      if (message.execute === "qmp_capabilities") to.send({ return: {}, id: message.id });
      else answer(message, to);
    },
  });
  const qmp = await Qmp.connect(server.path);
  open.push({ qmp, server });
  return { server, qmp };
}

describe("Qmp", () => {
  it("negotiates capabilities before anything else", async () => {
    const { server } = await qemu();
    expect(server.received).toEqual([{ execute: "qmp_capabilities", id: expect.any(Number) as number }]);
  });

  it("sends a command with its arguments and answers with what QEMU returns", async () => {
    const { server, qmp } = await qemu((message, to) => {
      to.send({ return: { status: "running" }, id: message.id });
    });
    expect(await qmp.execute("query-status")).toEqual({ status: "running" });
    await qmp.execute("migrate", { uri: "tcp:134.117.64.2:49152" });
    expect(server.received.slice(1)).toEqual([
      { execute: "query-status", id: expect.any(Number) as number },
      { execute: "migrate", arguments: { uri: "tcp:134.117.64.2:49152" }, id: expect.any(Number) as number },
    ]);
  });

  it("matches answers by id, in whatever order they come, and lets events pass between them", async () => {
    const held: Record<string, unknown>[] = [];
    const { qmp } = await qemu((message, to) => {
      held.push(message);
      if (held.length < 3) return;
      for (const { execute, id } of held.reverse()) {
        to.send({
          event: "MIGRATION",
          data: { status: "active" },
          timestamp: { seconds: 1, microseconds: 0 },
        });
        to.send({ return: execute, id });
      }
    });
    const events: QmpEvent[] = [];
    qmp.onEvent((event) => events.push(event));
    const answers = await Promise.all(["first", "second", "third"].map((command) => qmp.execute(command)));
    expect(answers).toEqual(["first", "second", "third"]);
    expect(events).toHaveLength(3);
  });

  it("stamps events with QEMU's own clock, and stops telling who no longer listens", async () => {
    const { server, qmp } = await qemu((message, to) => {
      to.send({ return: {}, id: message.id });
    });
    const events: QmpEvent[] = [];
    const off = qmp.onEvent((event) => events.push(event));
    server.send({ event: "STOP", timestamp: { seconds: 1_795_375_464, microseconds: 98_165 } });
    await until(() => events.length === 1);
    off();
    server.send({ event: "RESUME", timestamp: { seconds: 1_795_375_465, microseconds: 0 } });
    await qmp.execute("query-status");
    expect(events).toEqual([{ name: "STOP", data: {}, unixMs: 1_795_375_464_098.165 }]);
  });

  it("rejects with QEMU's own description, and goes on with the next command", async () => {
    const { qmp } = await qemu((message, to) => {
      if (message.execute === "migrate")
        to.send({
          error: { class: "GenericError", desc: "There's a migration process in progress" },
          id: message.id,
        });
      else to.send({ return: 1, id: message.id });
    });
    const [failed, next] = await Promise.all([
      failureFrom(qmp.execute("migrate")),
      qmp.execute("query-status"),
    ]);
    expect(failed.line).toBe("QEMU: There's a migration process in progress");
    expect(failed.kind).toBe("cell");
    expect(next).toBe(1);
  });

  it("passes over what is no QMP message, and answers to nobody's question", async () => {
    const { qmp } = await qemu((message, to) => {
      to.write(
        '"text"\n[1]\n{"event":"BROKEN"}\n{"return":"nobody asked"}\n{"return":"old","id":9999}\nhalf {\n',
      );
      to.send({ return: "mine", id: message.id });
    });
    expect(await qmp.execute("query-status")).toBe("mine");
  });

  it("rejects what is under way when QEMU ends, and every command after it", async () => {
    const { server, qmp } = await qemu();
    const underWay = [failureFrom(qmp.execute("query-migrate")), failureFrom(qmp.execute("query-status"))];
    await until(() => server.received.length === 3);
    server.hangUp();
    for (const failure of await Promise.all(underWay)) {
      expect(failure.line).toBe(`${server.path}: the guest's control socket closed`);
    }
    expect((await failureFrom(qmp.execute("cont"))).kind).toBe("cell");
  });

  it("rejects a connection that QEMU closes before it has negotiated", async () => {
    const server = await ControlServer.listen({
      answer: (_, to) => {
        to.hangUp();
      },
    });
    open.push({ server });
    expect((await failureFrom(Qmp.connect(server.path))).message).toBe("the guest's control socket closed");
  });
});

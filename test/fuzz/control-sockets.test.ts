import fc from "fast-check";
import { describe, expect } from "vitest";
import { Failure } from "../../src/failure.js";
import { GuestAgent } from "../../src/guest/agent.js";
import { Qmp } from "../../src/guest/qmp.js";
import { readAnswer } from "../../src/host/answer.js";
import { migrationInfoSchema, migrationSample } from "../../src/probe/migration.js";
import { encodeSeries } from "../../src/record/series-csv.js";
import { ControlServer } from "../guest/control-server.js";
import { altered, damagedBytes, hostileText } from "./hostile.js";
import { hostileJson } from "./hostile-output.js";
import { holds } from "./property.js";

const info = {
  status: "active",
  "total-time": 1200,
  "expected-downtime": 300,
  "setup-time": 5,
  ram: {
    transferred: 1e8,
    remaining: 2e8,
    normal: 24_000,
    "normal-bytes": 98_304_000,
    duplicate: 450_000,
    "dirty-sync-count": 2,
    "dirty-pages-rate": 120,
    "page-size": 4096,
    mbps: 268.4,
  },
};
const stopped = { event: "STOP", data: {}, timestamp: { seconds: 1_795_375_464, microseconds: 98_165 } };

/** Lines that a program of another version, a broken one or a hostile guest could write. */
const written = (...messages: readonly object[]): fc.Arbitrary<Buffer> => {
  const line = fc.oneof(
    ...messages.map((message) => altered(message).map((value) => JSON.stringify(value))),
    hostileJson(...messages.map((message) => JSON.stringify(message))),
    hostileText,
  );
  const lines = fc
    .array(line, { minLength: 1, maxLength: 4 })
    .map((all) => Buffer.from(`${all.join("\n")}\n`));
  return fc.oneof(
    lines,
    lines.chain((bytes) => damagedBytes(bytes).map((damaged) => Buffer.from(damaged))),
  );
};

/** What was answered, or a failure in one line and undefined. */
async function answered<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.line).not.toMatch(/[\r\n]/);
    return undefined;
  }
}

describe("whatever comes out of a control socket", () => {
  holds(
    "a question to QEMU is answered or fails, and its events are dated",
    written({ return: info, id: 2 }, { error: { class: "GenericError", desc: "no" }, id: 2 }, stopped),
    async (bytes) => {
      await using server = await ControlServer.listen({
        greet: (to) => {
          to.send({ QMP: {} });
        },
        answer: ({ execute, id }, to) => {
          if (execute === "qmp_capabilities") to.send({ return: {}, id });
          else {
            to.write(bytes);
            to.end();
          }
        },
      });
      const qmp = await Qmp.connect(server.path);
      qmp.onEvent(({ unixMs }) => {
        expect(unixMs).toSatisfy(Number.isFinite);
      });
      const by = { kind: "cell", place: "query-migrate" } as const;
      const answer = await answered(
        qmp.execute("query-migrate").then((value) => readAnswer(migrationInfoSchema, value, by)),
      );
      const sample = answer === undefined ? undefined : migrationSample(answer, 0);
      if (sample !== undefined) encodeSeries("migration", [sample]);
      qmp.close();
    },
  );

  holds(
    "a command in the guest ends with an exit code or fails",
    written(
      { return: { pid: 7 } },
      { return: { exited: true, exitcode: 0, "out-data": "aGk=" } },
      { error: { desc: "no" } },
    ),
    async (bytes) => {
      await using server = await ControlServer.listen({
        answer: ({ execute, arguments: args }, to) => {
          if (execute === "guest-sync-delimited") to.send({ return: (args as { id: number }).id });
          else {
            to.write(bytes);
            to.end();
          }
        },
      });
      const agent = await GuestAgent.connect(server.path, 5000);
      const exit = await answered(agent.run(["true"]));
      if (exit !== undefined) expect(exit.exitCode).toSatisfy(Number.isInteger);
      agent.close();
    },
  );
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMachines } from "../../../src/testbed/vagrant/machines-file.js";
import { failureFrom } from "../../experiment/failure-of.js";

const shipped = fileURLToPath(new URL("../../../experiments/machines", import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-machines-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** All lines that a person would read. */
async function mistakesIn(text: string): Promise<string[]> {
  const file = join(folder, "lab.yaml");
  await writeFile(file, text);
  const failure = await failureFrom(readMachines(file, shipped));
  return failure.lines.map((line) => line.replace(file, "lab.yaml"));
}

describe("the machines files that are shipped", () => {
  it("has the thesis's own sizes", async () => {
    const { machines } = await readMachines("thesis", shipped);
    expect(machines).toMatchObject({
      kind: "vagrant",
      cloudlet: { cpus: 4, memoryMiB: 8192 },
      device: { cpus: 2, memoryMiB: 4096 },
      diskGiB: 10,
    });
  });

  it("has sizes for a laptop, all together within 6 GB", async () => {
    const { machines } = await readMachines("small", shipped);
    if (machines.kind !== "vagrant") throw new Error("they are Vagrant's");
    expect(2 * machines.cloudlet.memoryMiB + machines.device.memoryMiB).toBeLessThan(6000);
  });

  it("has an example for machines of a lab, with no password in it", async () => {
    const { machines } = await readMachines("lab-hosts.example", shipped);
    expect(machines).toMatchObject({ kind: "hosts", vm1: { port: 22, identityFile: null } });
  });
});

describe("a machines file", () => {
  it("is told where it is wrong, all of it at once", async () => {
    const lines = await mistakesIn(
      [
        "kind: hosts",
        "title: A lab",
        "vm1: { address: -oProxyCommand=reboot, interfaces: { access: eth1, wan: eth2 } }",
        "vm2: { address: b.example, pasword: secret, interfaces: { access: eth1, wan: 'eth2; reboot' } }",
        "vm4: { address: c.example, user: Root, interfaces: { cloudlet1: eth1 } }",
      ].join("\n"),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^lab\.yaml:3:\d+: vm1\.address .*address/),
      expect.stringMatching(/^lab\.yaml:4:\d+: vm2\.interfaces\.wan .*interface/),
      expect.stringMatching(/^lab\.yaml:4:\d+: unknown key vm2\.pasword/),
      expect.stringMatching(/^lab\.yaml:5:\d+: vm4\.user .*user name/),
      expect.stringMatching(/^lab\.yaml:5:\d+: .*cloudlet2/),
    ]);
  });

  it("says which kinds there are", async () => {
    const [line] = await mistakesIn("kind: docker\ntitle: x\n");
    expect(line).toMatch(/vagrant.*hosts/);
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FRAME_BYTES, linkShaping } from "../../src/experiment/link-shaping.js";
import { readProfile } from "../../src/experiment/profile.js";
import { folders } from "../run/fixtures.js";
import { failureFrom } from "./failure-of.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-profile-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, text);
  return path;
};

describe("the shipped profiles", () => {
  it("are read, each under its file's name", async () => {
    for (const name of ["thesis-2014", "modern", "thesis-2014-modern-qemu"]) {
      expect((await readProfile(name, folders.profiles)).profile.name).toBe(name);
    }
  });

  it("thesis-2014 has the windows of thesis 4.6.1, KB read as 1024 bytes", async () => {
    const { profile } = await readProfile("thesis-2014", folders.profiles);
    expect(profile.tcp.rmemBytes.value).toEqual([4 * 1024, 85 * 1024, 5394 * 1024]);
    expect(profile.migration.maxBandwidthBytesPerS.value).toBe(32 * 2 ** 20);
  });

  it("thesis-2014 makes a full queue at 60 Mbit/s last the 200 ms at which Fig. 4.10 is flat", async () => {
    const { profile } = await readProfile("thesis-2014", folders.profiles);
    const delays = [20, 50, 100, 150].map((rttMs) => {
      const { forward } = linkShaping({ rateBps: 60e6, rttMs }, profile.link);
      expect(forward).toMatchObject({ delayMs: rttMs, rootQdisc: "tbf" });
      return (forward.limitPackets * FRAME_BYTES * 8000) / forward.rateBps;
    });
    for (const delayMs of delays) expect(delayMs).toBeCloseTo(201.9, 1);
  });

  it("thesis-2014-modern-qemu differs from thesis-2014 in the hypervisor alone", async () => {
    const { profile: base } = await readProfile("thesis-2014", folders.profiles);
    const { profile } = await readProfile("thesis-2014-modern-qemu", folders.profiles);
    const { hypervisor } = profile.migration;
    expect(hypervisor.value).toBe("modern");
    expect(profile).toEqual({
      ...base,
      name: profile.name,
      title: profile.title,
      migration: { ...base.migration, hypervisor },
    });
  });
});

describe("extends", () => {
  it("takes the profile beside the file before the shipped one", async () => {
    await write("modern", "extends: thesis-2014\nname: modern\ntitle: Mine\n");
    const own = await write("own", "extends: modern\nname: own\ntitle: Own\n");
    const { profile, placeOf } = await readProfile(own, folders.profiles);
    expect(profile.link.limitPackets.value).toBe(1000);
    expect(placeOf(["link", "limitPackets"])).toMatch(/thesis-2014\.yaml:\d+:\d+$/);
  });

  it("places a mistake in the file in which it stands", async () => {
    await write(
      "base",
      "extends: modern\nname: base\ntitle: Base\nlink:\n  queueMs: { value: 0, source: mine }\n",
    );
    const own = await write("own", "extends: base\nname: own\ntitle: Own\ntcp:\n  rmemByte: 1\n");
    const { lines } = await failureFrom(readProfile(own, folders.profiles));
    expect(lines).toEqual([
      `${own}:5:3: unknown key tcp.rmemByte → did you mean rmemBytes?`,
      expect.stringContaining(`${join(folder, "base.yaml")}:5:21: link.queueMs.value is 0`),
    ]);
  });

  it("takes a knob over whole: a new value needs a source of its own", async () => {
    const own = await write(
      "own",
      "extends: modern\nname: own\ntitle: Own\nlink:\n  queueMs: { value: 5 }\n",
    );
    expect((await failureFrom(readProfile(own, folders.profiles))).line).toBe(
      `${own}:5:3: link.queueMs.source is missing → write text`,
    );
  });

  it("does not hand down name and title", async () => {
    const own = await write("own", "extends: modern\n");
    const { lines } = await failureFrom(readProfile(own, folders.profiles));
    expect(lines).toEqual([
      `${own}:1:1: name is missing → write text`,
      `${own}:1:1: title is missing → write text`,
    ]);
  });

  it.each([
    ["itself", { a: "a" }],
    ["itself by way of others", { a: "b", b: "c", c: "a" }],
  ])("refuses a profile that extends %s", async (_, parents) => {
    for (const [name, parent] of Object.entries(parents))
      await write(name, `name: ${name}\nextends: ${parent}\n`);
    const failure = await failureFrom(readProfile(join(folder, "a.yaml"), folders.profiles));
    expect(failure.line).toMatch(/\.yaml:2:10: profile a extends itself/);
  });

  it("says which profiles there are when the named one is not", async () => {
    const own = await write("own", "extends: moderm\n");
    expect((await failureFrom(readProfile(own, folders.profiles))).line).toMatch(
      /own\.yaml:1:10: no profile named "moderm" to extend → .*modern/,
    );
  });
});

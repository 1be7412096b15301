import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeDerived } from "../../src/derived/derive.js";
import { identifyProcess } from "../../src/host/live-process.js";
import { LOCK_FILE } from "../../src/record/folder-lock.js";
import { failureFrom } from "../experiment/failure-of.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-derived-"));
  await mkdir(join(folder, "run"));
  await mkdir(join(folder, "outside"));
});
afterEach(() => rm(folder, { recursive: true }));

const derived = {
  files: [
    { path: "report.html", content: "page" },
    { path: "figures/metrics.csv", content: "table" },
  ],
  skipped: [],
};

it("writes into the folder of the run, and into folders that it makes there", async () => {
  await writeDerived(derived, join(folder, "run"));
  expect(await readFile(join(folder, "run/figures/metrics.csv"), "utf8")).toBe("table");
});

it("writes into a run's folder that is reached by a link", async () => {
  await symlink("run", join(folder, "latest"));
  await writeDerived(derived, join(folder, "latest"));
  expect(await readFile(join(folder, "run/report.html"), "utf8")).toBe("page");
});

it("writes nothing where a stranger's record leads out of its folder", async () => {
  await symlink(join(folder, "outside"), join(folder, "run/figures"));
  const failure = await failureFrom(writeDerived(derived, join(folder, "run")));
  expect(failure.line).toContain(`${join(folder, "run/figures")}: a link that leads out of the run's folder`);
  expect([await readdir(join(folder, "outside")), await readdir(join(folder, "run"))]).toEqual([
    [],
    ["figures"],
  ]);
});

it.skipIf(process.platform !== "linux")(
  "writes nothing while another process is at work on the run",
  async () => {
    await writeFile(join(folder, "run", LOCK_FILE), JSON.stringify(await identifyProcess(process.ppid)));
    const failure = await failureFrom(writeDerived(derived, join(folder, "run")));
    expect(failure.kind).toBe("environment");
    expect(await readdir(join(folder, "run"))).toEqual([LOCK_FILE]);
  },
);

it("replaces a link where a file belongs, and leaves alone what it led to", async () => {
  await symlink(join(folder, "outside/page"), join(folder, "run/report.html"));
  await writeDerived(derived, join(folder, "run"));
  expect(await readdir(join(folder, "outside"))).toEqual([]);
});

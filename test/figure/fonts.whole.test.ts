import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

let emptyHome: string;
beforeAll(async () => {
  emptyHome = await mkdtemp(join(tmpdir(), "cloudlet-home-"));
});
afterAll(() => rm(emptyHome, { recursive: true }));

const program = fileURLToPath(new URL("./rendered-hashes.ts", import.meta.url));

async function hashes(env: Record<string, string>): Promise<Record<string, string>> {
  const { stdout } = await execa(process.execPath, ["--import", "tsx", program], { env });
  return JSON.parse(stdout) as Record<string, string>;
}

it("figures are the same bytes in another process, and where no font of the machine can be found", async () => {
  const usual = await hashes({});
  expect(Object.keys(usual).filter((file) => file.endsWith(".png")).length).toBeGreaterThan(8);
  const fontless = {
    FONTCONFIG_FILE: "/dev/null",
    FONTCONFIG_PATH: emptyHome,
    HOME: emptyHome,
    XDG_DATA_HOME: emptyHome,
  };
  expect(await hashes(fontless)).toEqual(usual);
}, 60_000);

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exec } from "../../../src/host/process.js";
import { VAGRANT_ENVIRONMENT } from "../../../src/testbed/vagrant/box/store.js";
import { realTestbeds } from "../../real/require-testbed.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const vagrantOnly = realTestbeds.filter(({ name }) => name === "vagrant");

describe.each(vagrantOnly)("the Vagrantfile", ({ require }) => {
  beforeEach(require());

  let dotfile: string;
  beforeEach(async () => {
    dotfile = await mkdtemp(join(tmpdir(), "cloudlet-vagrantfile-"));
  });
  afterEach(() => rm(dotfile, { recursive: true }));

  const vagrant = (machines: string, ...words: string[]) =>
    exec(["vagrant", ...words], {
      env: {
        ...VAGRANT_ENVIRONMENT,
        VAGRANT_CWD: root,
        VAGRANT_DOTFILE_PATH: dotfile,
        VAGRANT_DEFAULT_PROVIDER: "libvirt",
        CLOUDLET_MACHINES: join(root, "experiments", "machines", `${machines}.yaml`),
      },
    });

  it.each(["small", "thesis"])("is valid with the sizes of %s", async (machines) => {
    expect(await vagrant(machines, "validate")).toMatch(/Vagrantfile validated successfully/);
  });

  it("is refused with sizes that say nothing of the cloudlets", async () => {
    await expect(vagrant("lab-hosts.example", "validate")).rejects.toThrow(/^ended with code 1/);
  });
});

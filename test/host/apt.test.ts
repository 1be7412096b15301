import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { installPackages } from "../../src/host/apt.js";
import type { Exec } from "../../src/host/process.js";

const { signal } = new AbortController();
const root = process.getuid?.() === 0;

/** Does nothing but note the commands; those that begin with a missing program fail. */
function machine(...missing: string[]) {
  const commands: string[] = [];
  const exec: Exec = (command) => {
    if (missing.includes(command[0])) {
      return Promise.reject(new Failure(`${command[0]} is not installed`, { kind: "environment" }));
    }
    commands.push(command.join(" "));
    return Promise.resolve("");
  };
  const notes: string[] = [];
  return { exec, commands, notes, options: { signal, note: (message: string) => void notes.push(message) } };
}

describe.runIf(root)("installing packages as root", () => {
  it("updates the lists first", async () => {
    const { exec, commands, options } = machine();
    await installPackages(exec, ["fping", "chromium"], options);
    expect(commands.slice(1)).toEqual([
      "apt-get update",
      "apt-get install -y --no-install-recommends fping chromium",
    ]);
  });

  it("installs nothing where nothing is missing", async () => {
    const { exec, commands, notes, options } = machine();
    await installPackages(exec, [], options);
    expect(commands.at(-1)).toBe("apt-get update");
    expect(notes.at(-1)).toBe("all packages are installed");
  });

  it("names what is missing where there is no apt", async () => {
    const { exec, options } = machine("apt-get");
    await expect(installPackages(exec, ["fping"], options)).rejects.toMatchObject({
      kind: "environment",
      mend: "use Debian or Ubuntu; missing here besides: fping",
    });
  });
});

it.runIf(!root)("needs root, and touches nothing without", async () => {
  const { exec, commands, options } = machine();
  await expect(installPackages(exec, ["fping"], options)).rejects.toMatchObject({
    kind: "environment",
    mend: "sudo npx cloudlet setup",
  });
  expect(commands).toEqual([]);
});

import { readdir } from "node:fs/promises";
import type { Command } from "@oclif/core";
import { expect, it } from "vitest";
import { BaseCommand } from "../../src/cli/base-command.js";

const folder = new URL("../../src/commands/", import.meta.url);
const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".ts")).sort();

/** What scripts rely on of a flag or an argument. */
const surface = (parts: Record<string, object>) =>
  Object.fromEntries(
    Object.entries(parts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => {
        const {
          type,
          char,
          required,
          multiple,
          default: initial,
          options,
          min,
          max,
        } = part as Record<string, unknown>;
        return [name, { type, char, required, multiple, default: initial, options, min, max }];
      }),
  );

// A changed command or flag shows up as a diff of this file, to be reviewed as what it is: a change for users.
it("all commands, arguments and flags are as committed", async () => {
  const commands: Record<string, unknown> = {};
  for (const file of files) {
    const { default: command } = (await import(new URL(file, folder).href)) as { default: typeof Command };
    expect(command.prototype, file).toBeInstanceOf(BaseCommand);
    expect(command.summary, file).toMatch(/\.$/);
    commands[file.replace(/\.ts$/, "").replaceAll("/", " ")] = {
      summary: command.summary,
      json: command.enableJsonFlag,
      args: surface(command.args),
      flags: surface({ ...command.baseFlags, ...command.flags }),
    };
  }
  await expect(`${JSON.stringify(commands, undefined, 2)}\n`).toMatchFileSnapshot("commands.snapshot.json");
});

import { join } from "node:path";
import { Plugin } from "@oclif/core";
import { writeFileAtomically } from "../src/record/atomic-file.js";

/**
 * Writes oclif.manifest.json, what `oclif manifest` would: all commands with their flags, so that `--help` and the
 * start of one command import no other. Part of the build.
 */
const root = join(import.meta.dirname, "..");
const plugin = new Plugin({ root, type: "core", ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
await writeFileAtomically(
  join(root, "oclif.manifest.json"),
  `${JSON.stringify(plugin.manifest, undefined, 2)}\n`,
);

#!/usr/bin/env -S node --import tsx
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "@oclif/core/execute";

// As run.js, but with the commands of src/ instead of those that were built. The root is this folder, where no manifest
// of the built ones lies.
const root = import.meta.dirname;
const pjson = JSON.parse(await readFile(join(root, "../package.json"), "utf8"));
pjson.oclif.commands = "../src/commands";
await execute({ loadOptions: { root, pjson } });

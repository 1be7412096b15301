#!/usr/bin/env -S node --import tsx
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execute } from "@oclif/core";

// As run.js, but with the commands of src/ instead of those that were built.
const root = dirname(import.meta.dirname);
const pjson = JSON.parse(await readFile(`${root}/package.json`, "utf8"));
pjson.oclif.commands = "./src/commands";
await execute({ loadOptions: { root, pjson } });

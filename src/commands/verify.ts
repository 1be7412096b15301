import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { type Verification, verify } from "../derived/verification.js";
import { Failure } from "../failure.js";

export default class Verify extends BaseCommand {
  static override summary =
    "Check a finished run: its hashes, and that its record gives what stands beside it.";
  static override description = [
    "Hashes every file of the record, reads it against its schemas, judges every attestation again by the measurements in it, makes every metric, figure, table, comparison, report and data package anew, and compares them byte for byte with those in DIR (docs/record.md). Needs no root and no testbed, and writes nothing.",
    "Exit code 6: something differs; each file that does is named.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> verify results/netns-grid-modern",
    "<%= config.bin %> verify runs/today --json",
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({
      name: "DIR",
      required: true,
      description: "Folder of the run, which holds run.json.",
    }),
  };

  override async run(): Promise<unknown> {
    const { args } = await this.parse(Verify);
    const { dir } = args;
    const verification = await verify(dir);
    for (const line of lines(verification)) this.log(line);
    const result = { type: "verification", dir, ...verification };
    const { differences } = verification;
    if (differences.length === 0) return result;
    // An error takes the place of the result, and the differences are wanted with it.
    if (this.jsonEnabled()) this.logJson(result);
    throw new Failure(`${differences.length} ${differences.length === 1 ? "file differs" : "files differ"}`, {
      kind: "verification",
      place: dir,
      mend: differences.some(({ part }) => part === "record")
        ? "restore the record from a copy, or run the experiment again"
        : `make what is derived anew: cloudlet figures ${dir}; what is extra, remove`,
    });
  }
}

function lines({ recorded, cells, derived, differences }: Verification): string[] {
  const of = (part: string) => differences.filter((difference) => difference.part === part).length;
  return [
    ...differences.map(({ kind, path, detail }) => `${kind.padEnd(7)}  ${path}: ${detail}`),
    `Record: ${recorded} files, ${cells} ${cells === 1 ? "cell" : "cells"}: ${of("record") === 0 ? "whole" : `${of("record")} differ`}`,
    derived === null
      ? "Derived files: not checked, as the record is not whole"
      : `Derived: ${derived} files: ${of("derived") === 0 ? "the same when made anew" : `${of("derived")} differ`}`,
  ];
}

import { Flags } from "@oclif/core";
import { labFlag, LabCommand } from "../cli/lab-command.js";
import { measurementLines } from "../cli/lab-report.js";
import { quantity } from "../cli/quantity.js";
import { rateMbit, rttMs } from "../experiment/schema.js";
import { ExitCode, Failure } from "../failure.js";
import type { Attestation } from "../record/schema.js";
import { attest } from "../run/attestation.js";
import { refuseCells } from "../run/run.js";

export default class Shape extends LabCommand {
  static override summary = "Shape the link between the cloudlets of a lab anew, and measure it.";
  static override description = [
    "By the rules of the lab's profile, as in a run. What is not given stays as it is; with nothing given, the same shape is put on again and measured.",
    "Exit code 4: the link does not show what was asked (RTT ± 5 % or 1 ms, rate ± 10 %).",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> shape --rtt 100",
    "<%= config.bin %> shape --bw 60 --rtt 150",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    bw: Flags.string({ summary: "Rate of the link, Mbit/s.", helpValue: "MBIT" }),
    rtt: Flags.string({ summary: "Round-trip time added on it, ms.", helpValue: "MS" }),
    lab: labFlag,
  };

  override async run(): Promise<Attestation & { lab: string }> {
    const { flags } = await this.parse(Shape);
    const bandwidthMbit = quantity("--bw", flags.bw, {
      schema: rateMbit,
      wanted: "a number of Mbit/s, more than 0 and at most 100000",
    });
    const addedRttMs = quantity("--rtt", flags.rtt, {
      schema: rttMs,
      wanted: "a number of milliseconds, 0 to 10000",
    });
    return await this.onLab(flags.lab, async (lab, { testbed }) => {
      const standing = lab.cell.wan;
      if (standing.rateBps === null && bandwidthMbit === undefined && addedRttMs !== undefined) {
        throw new Failure("the link is unshaped, and a delay needs a rate beside it", {
          kind: "usage",
          place: "--rtt",
          mend: `name both: cloudlet shape --bw 350 --rtt ${addedRttMs}`,
        });
      }
      const wan = {
        rateBps: bandwidthMbit === undefined ? standing.rateBps : Math.round(bandwidthMbit * 1e6),
        rttMs: addedRttMs ?? standing.rttMs,
      };
      const cell = { ...lab.cell, wan };
      refuseCells(
        { cells: [cell], placeOf: (_cell, key) => (key === "wan.rttMs" ? "--rtt" : "--bw") },
        testbed,
      );
      const measured = await lab.shape(wan);
      const attestation = attest(cell, measured, null);
      this.log(measurementLines(wan, measured, attestation).join("\n"));
      if (attestation.verdict === "invalid") process.exitCode = ExitCode.CellFailed;
      return { lab: lab.id, ...attestation };
    });
  }
}

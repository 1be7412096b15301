import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { columns } from "../cli/columns.js";
import { commit } from "../cli/package-folder.js";
import { plainText } from "../cli/plain-text.js";
import { stamp } from "../cli/run-plan.js";
import { ExitCode } from "../failure.js";
import { resolve } from "../host/name-service.js";
import { loadPaper } from "../paper/paper.js";
import { namedHosts } from "../survey/hosts.js";
import { survey } from "../survey/survey.js";
import { hostLine, hostRow, surveyTable } from "../survey/table.js";
import { demandNew, writeSurvey } from "../survey/write.js";

export default class Survey extends BaseCommand {
  static override summary = "Measure RTT and TCP throughput to hosts of your own choice, as in Table 4.2.";
  static override description = [
    "Each host in turn: RTT by ping, then throughput by an iperf3 client that sends to it, which needs an iperf3 server there. No host is contacted that is not named. Needs no root. Writes table-4-2.csv and survey.json (docs/survey.md).",
    "A host that can't be measured is a row with its reason and ends nothing. Exit code 4: something is missing of at least one host.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> survey iperf.example.org iperf.example.net:5202",
    "<%= config.bin %> survey my-hosts.yaml --out runs/survey --json",
  ];
  static override strict = false;
  static override enableJsonFlag = true;
  static override args = {
    hosts: Args.string({
      name: "FILE|HOST[:PORT]",
      required: true,
      description: "YAML files as experiments/survey.yaml, or hosts; one or more.",
    }),
  };
  static override flags = {
    out: Flags.string({
      summary: "Folder of the results; a new one under runs/ when left out.",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Survey);
    const { clock, exec } = this.edge;
    const hosts = await namedHosts(argv as string[]);
    const dir = flags.out ?? join("runs", `survey-${stamp(clock.now())}`);
    await demandNew(dir);
    const paper = await loadPaper();
    const software = { version: this.config.version, commit: await commit(exec) };
    const record = await this.interruptible((signal) =>
      survey(hosts, software, { exec, resolve, now: () => clock.now(), signal }, (measured) => {
        this.log(plainText(hostLine(hostRow(measured, paper))));
      }),
    );
    const rows = record.hosts.map((measured) => hostRow(measured, paper));
    const files = await writeSurvey(record, rows, dir);
    this.log(plainText(["", ...columns(surveyTable(rows)), "", ...files].join("\n")));
    const isWhole = record.hosts.every(({ errors }) => errors.length === 0);
    process.exitCode = isWhole ? ExitCode.Ok : ExitCode.CellFailed;
    return { type: "survey", dir, files, ...record };
  }
}

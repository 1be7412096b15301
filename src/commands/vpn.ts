import { Args, Flags } from "@oclif/core";
import { z } from "zod";
import { BaseCommand } from "../cli/base-command.js";
import { columns } from "../cli/columns.js";
import { quantity } from "../cli/quantity.js";
import { formVpns, type Vpn as FormedVpn } from "../vpn/formation.js";
import { proximityOf } from "../vpn/proximity.js";
import { readCloudlets } from "../vpn/read-cloudlets.js";
import { withoutNamed } from "../vpn/removal.js";
import { summaryOf } from "../vpn/summary.js";
import { type VpnRow, vpnRow } from "../vpn/table.js";
import { writeFormation } from "../vpn/write.js";

/** Lines of the table on a terminal; all are in vpns.csv. */
const SHOWN = 20;

/** Farther than any pair of cloudlets within one walk. */
const distanceSchema = {
  schema: z.number().positive().max(1000),
  wanted: "a distance from above 0 to 1000 km",
};

export default class Vpn extends BaseCommand {
  static override summary = "Form VPNs of cloudlets that are near each other (thesis 3.4.2).";
  static override description =
    "Cloudlets join in the order of the file: each becomes a member of every VPN in which somebody is at most Dmax away, or founds one. With --remove, one leaves again, which may split VPNs. With --out, tables and a map (docs/vpn.md).";
  static override examples = [
    "<%= config.bin %> vpn experiments/cloudlets/fig-3-9.yaml --dmax 1.136",
    "<%= config.bin %> vpn experiments/cloudlets/town.csv --dmax 1.136 --remove T017 --out runs/vpn",
  ];
  static override enableJsonFlag = true;
  static override args = {
    cloudlets: Args.string({
      name: "FILE",
      required: true,
      description: "Cloudlets with name, latitude and longitude: YAML, or CSV with these columns.",
    }),
  };
  static override flags = {
    dmax: Flags.string({
      summary:
        "Distance at which two cloudlets are near each other; equation 3.5: 0.936 km and a Wi-Fi network's width.",
      helpValue: "KM",
      required: true,
    }),
    remove: Flags.string({ summary: "A cloudlet that leaves after all have joined.", helpValue: "NAME" }),
    out: Flags.string({
      summary: "Write vpns.csv, members.csv, map.png and map.svg into this folder.",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Vpn);
    const dmaxKm = quantity("--dmax", flags.dmax, distanceSchema);
    const list = await readCloudlets(args.cloudlets);
    const joined = formVpns(proximityOf(list.cloudlets, dmaxKm));
    const { formation, departures } =
      flags.remove === undefined
        ? { formation: joined, departures: [] }
        : withoutNamed(flags.remove, list.cloudlets, joined);
    const row = (vpn: FormedVpn) => vpnRow(vpn, list.cloudlets);
    const rows = formation.vpns.map(row);
    const splits = departures.map(({ from, parts, dropped }) => ({
      from: row(from),
      parts: parts.map(row),
      dropped: dropped.map(row),
    }));
    const summary = summaryOf(formation);
    const files =
      flags.out === undefined
        ? []
        : await writeFormation(list, formation, rows, { dir: flags.out, version: this.config.version });
    this.log(
      [
        `${list.title}: cloudlets: ${summary.cloudlets}, VPNs: ${summary.vpns}, in several VPNs: ${summary.inSeveralVpns}`,
        ...splits.map(({ from, parts, dropped }) =>
          [
            `without ${flags.remove ?? ""}, ${inWords([from])} becomes ${inWords(parts)}`,
            ...(dropped.length > 0 ? [`within other VPNs: ${dropped.length}`] : []),
          ].join("; "),
        ),
        "",
        ...columns([
          ["VPN", "founder", "cloudlets", "reach, km"],
          ...rows
            .toSorted((a, b) => b.cloudlets - a.cloudlets)
            .slice(0, SHOWN)
            .map(({ vpn, founder, cloudlets, reachKm }) => [`${vpn}`, founder, `${cloudlets}`, `${reachKm}`]),
        ]),
        ...(rows.length > SHOWN ? [`and ${rows.length - SHOWN} smaller ones`] : []),
        ...(files.length > 0 ? ["", ...files] : []),
      ].join("\n"),
    );
    return { type: "vpns", ...summary, splits, vpns: rows, files };
  }
}

const inWords = (rows: readonly VpnRow[]): string =>
  rows.length === 0 ? "no VPN" : rows.map(({ vpn, cloudlets }) => `VPN ${vpn} (${cloudlets})`).join(", ");

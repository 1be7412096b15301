import { join } from "node:path";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { cityQuantities } from "../cli/city-quantities.js";
import { columns } from "../cli/columns.js";
import { folders } from "../cli/package-folder.js";
import { quantity } from "../cli/quantity.js";
import { stamp } from "../cli/run-plan.js";
import { cityHour } from "../city/city.js";
import { policies } from "../city/policy.js";
import { CITY, cityOf } from "../city/population.js";
import { policyRows, writeCityReport } from "../city/report.js";
import { SharedWan } from "../city/shared-wan.js";
import { readTrace } from "../city/trace.js";
import { estimator } from "../decision/estimator.js";
import { readProfile } from "../experiment/profile.js";
import { simulationParameters } from "../testbed/sim/parameters.js";

const DURATION_S = 3600;

export default class City extends BaseCommand {
  static override summary = "An hour of a city: VMs follow 10,000 walking devices over 500 cloudlets.";
  static override description =
    "Each policy on the same walks: always migrate, always start anew, the algorithm of thesis 4.7, the one of least expected cost, and that one started early by the device's course (5.1). Migrations share the cloudlets' WAN. Simulated from the closed form of `cloudlet decide`. Writes tables and charts (docs/city.md).";
  static override examples = [
    "<%= config.bin %> city",
    "<%= config.bin %> city --trace walks.csv --bw 350 --out runs/city",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    seed: Flags.string({ default: "1", summary: "Seed of the city and its walks.", helpValue: "N" }),
    trace: Flags.string({
      summary: "CSV of walks, with device, timeS, xM and yM; random waypoint when left out.",
      helpValue: "FILE",
    }),
    bw: Flags.string({
      default: "1000",
      summary: "Rate of each cloudlet's access to the WAN, Mbit/s.",
      helpValue: "MBIT",
    }),
    "service-initiation": Flags.string({
      default: "20",
      summary: "How long a new service takes, s.",
      helpValue: "S",
    }),
    profile: Flags.string({ default: "modern", summary: "Profile by name or file.", helpValue: "NAME|FILE" }),
    out: Flags.string({
      summary: "Folder of the results; a new one under runs/ when left out.",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(City);
    const seed = quantity("--seed", flags.seed, cityQuantities.seed);
    const rateMbit = quantity("--bw", flags.bw, cityQuantities.rate);
    const serviceInitiationS = quantity(
      "--service-initiation",
      flags["service-initiation"],
      cityQuantities.serviceInitiation,
    );
    const { profile } = await readProfile(flags.profile, folders().profiles);
    const trace = flags.trace === undefined ? undefined : await readTrace(flags.trace);
    const estimate = estimator(profile, simulationParameters(), []);
    const { map, walkers } = cityOf(seed, CITY, trace);
    const hours = policies.map((policy) => {
      const wan = new SharedWan(map.cloudlets.length, rateMbit * 1e6, estimate);
      return cityHour(walkers(), map, wan, policy, { durationS: DURATION_S, serviceInitiationS });
    });
    const dir = flags.out ?? join("runs", `city-${stamp(this.edge.clock.now())}`);
    const devices = trace?.size ?? CITY.devices;
    const origin = `SIMULATED: ${devices} devices, ${CITY.cloudlets} cloudlets at ${rateMbit} Mbit/s  ·  profile ${profile.name}  ·  new service ${serviceInitiationS} s`;
    const provenance = `cloudlet city, seed ${seed}, ${trace === undefined ? "random waypoint" : "trace"}, cloudlet ${this.config.version}.`;
    const files = await writeCityReport({ hours, origin, provenance }, dir);
    const rows = policyRows(hours).map((row) => row.map(String));
    this.log([...columns(transposed(rows)), "", ...files].join("\n"));
    return { type: "city", dir, files, hours };
  }
}

/** Fourteen columns are wider than a terminal. */
const transposed = (rows: readonly (readonly string[])[]): string[][] =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ""));

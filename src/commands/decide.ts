import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { decisionLines, explanationLines } from "../cli/decision-lines.js";
import { folders } from "../cli/package-folder.js";
import { decisionQuantities } from "../cli/decision-quantities.js";
import { quantity } from "../cli/quantity.js";
import { decide } from "../decision/algorithm.js";
import { estimator } from "../decision/estimator.js";
import { readKnowledge } from "../decision/read-knowledge.js";
import { readProfile } from "../experiment/profile.js";
import { simulationParameters } from "../testbed/sim/parameters.js";

export default class Decide extends BaseCommand {
  static override summary = "Migrate the VM, or start anew? The decision algorithm of thesis 4.7.";
  static override description =
    "Estimates total migration time and delta RTT in closed form, corrects them by recorded migrations of the same profile (--knowledge), and takes steps 1 to 5 (docs/decision.md). Says where nothing is known.";
  static override examples = [
    "<%= config.bin %> decide --bw 350 --rtt 50 --memory 263 --service-initiation 20 --explain",
    "<%= config.bin %> decide --bw 60 --rtt 100 --memory 263 --dirty-rate 2 --working-set 64 --service-initiation 30 --knowledge results/netns-grid-modern --json",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    bw: Flags.string({
      required: true,
      summary: "Rate between the cloudlets, Mbit/s.",
      helpValue: "MBIT",
    }),
    rtt: Flags.string({ required: true, summary: "Initial RTT, ms.", helpValue: "MS" }),
    memory: Flags.string({ required: true, summary: "Memory in use in the VM, MiB.", helpValue: "MIB" }),
    "dirty-rate": Flags.string({
      default: "0",
      summary: "How fast the application writes memory, MiB/s.",
      helpValue: "MIB",
    }),
    "working-set": Flags.string({
      summary: "Memory that it writes over and over, MiB; all that is in use when left out.",
      helpValue: "MIB",
    }),
    "service-initiation": Flags.string({
      required: true,
      summary: "How long a new service takes, s.",
      helpValue: "S",
    }),
    profile: Flags.string({
      default: "modern",
      summary: "Profile by name or file.",
      helpValue: "NAME|FILE",
    }),
    knowledge: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: "Folder of a run whose migrations are known; may be given again.",
      helpValue: "DIR",
    }),
    explain: Flags.boolean({ summary: "Each step with its numbers." }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Decide);
    const { rate, rtt, memory, dirtyRate, serviceInitiation } = decisionQuantities;
    const memoryMiB = quantity("--memory", flags.memory, memory);
    const question = {
      rateBps: quantity("--bw", flags.bw, rate) * 1e6,
      rttMs: quantity("--rtt", flags.rtt, rtt),
      memoryMiB,
      dirtyMiBPerS: quantity("--dirty-rate", flags["dirty-rate"], dirtyRate),
      workingSetMiB: quantity("--working-set", flags["working-set"], memory) ?? memoryMiB,
    };
    const serviceInitiationS = quantity(
      "--service-initiation",
      flags["service-initiation"],
      serviceInitiation,
    );
    const { profile } = await readProfile(flags.profile, folders().profiles);
    const known = await readKnowledge(flags.knowledge ?? [], profile);
    const estimate = estimator(profile, simulationParameters(), known)(question);
    const decision = decide(estimate, { initialRttMs: question.rttMs, serviceInitiationS });
    this.log(decisionLines(decision, estimate).join("\n"));
    if (flags.explain) this.log(explanationLines(decision, estimate, question).join("\n"));
    return { type: "decision", ...decision, estimate, question, serviceInitiationS, profile: profile.name };
  }
}

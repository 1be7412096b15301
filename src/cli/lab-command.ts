import { Flags } from "@oclif/core";
import type { StandingLab } from "../testbed/standing-labs.js";
import { BaseCommand } from "./base-command.js";
import { chooseLab, type KnownLab, knownLabs } from "./lab-choice.js";
import { loadTestbeds } from "./testbeds.js";

/** `--lab`, where a command works on one lab. */
export const labFlag = Flags.string({ summary: "Which lab, when several are up.", helpValue: "ID" });

/** What the commands have in common that work on a lab which is up. */
export abstract class LabCommand extends BaseCommand {
  protected async chooseLab(id: string | undefined): Promise<KnownLab> {
    return chooseLab(await knownLabs(await loadTestbeds()), id);
  }

  /** Has a lab for this process alone while the work lasts. */
  protected onLab<T>(
    id: string | undefined,
    work: (lab: StandingLab, known: KnownLab, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.interruptible(async (signal) => {
      const known = await this.chooseLab(id);
      await using lab = await known.labs.attach(known.listing.id, { signal, note: this.note });
      return await work(lab, known, signal);
    });
  }

  protected readonly note = (message: string): void => {
    this.log(`  ${message}`);
  };
}

import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { columns } from "../../cli/columns.js";
import { readDatabase } from "../../neighbour/database.js";
import { peerRows, peerTable } from "../../neighbour/table.js";

export default class NeighboursList extends BaseCommand {
  static override summary = "Show a cloudlet's neighbour database.";
  static override description =
    "Reads the file that `neighbours run` keeps; the agent may run meanwhile (docs/neighbours.md).";
  static override examples = ["<%= config.bin %> neighbours list --db c1.json"];
  static override enableJsonFlag = true;
  static override flags = {
    db: Flags.string({ summary: "File of the database.", helpValue: "FILE", required: true }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(NeighboursList);
    const { name, writtenAt, peers } = await readDatabase(flags.db);
    const rows = peerRows(peers);
    this.log([`${name}, ${writtenAt}`, "", ...columns(peerTable(rows))].join("\n"));
    return { type: "neighbours", name, writtenAt, peers: rows };
  }
}

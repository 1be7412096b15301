import type { LabFile } from "../../../src/lab/standing/lab-file.js";
import { shippedPlan } from "../../run/fixtures.js";

/** What `up` leaves in a lab's folder. */
export async function aLabFile(id: string, profile = "modern", experiment = "handover"): Promise<LabFile> {
  const { plan } = await shippedPlan({ profile, experiments: [experiment] });
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error("no cell");
  return {
    schema: "cloudlet.lab/1",
    id,
    testbed: "netns",
    startedAt: "2026-01-01T00:00:00.000Z",
    cell: { ...cell, id },
    accelerator: { accelerator: "tcg", reason: "there is no usable /dev/kvm" },
    shapingGuest: { dir: `/run/cloudlet/${id}/wan`, pid: 7, startTicks: 70 },
    qemuVersion: "7.2.22",
    imageDigest: "0",
    vm3: { place: "vm1", guest: { dir: `/run/cloudlet/${id}/vm3-1`, pid: 8, startTicks: 80 }, generation: 1 },
  };
}

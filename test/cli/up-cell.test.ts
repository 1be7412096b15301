import { expect, it } from "vitest";
import { firstAsWritten } from "../../src/cli/up-cell.js";
import { shippedPlan } from "../run/fixtures.js";

it("takes the first point of the file, in whatever order a run would carry the cells out", async () => {
  const orders = new Set<string>();
  for (const seed of [1, 2, 3, 4, 5]) {
    const { plan } = await shippedPlan({ experiments: ["grid"], seed });
    orders.add(plan.cells[0]?.id ?? "");
    expect(firstAsWritten(plan).id).toBe("bw350-rtt20-r1");
  }
  expect(orders.size, "the seeds draw different orders").toBeGreaterThan(1);
});

it("takes the first of those selected", async () => {
  const { plan } = await shippedPlan({ experiments: ["grid"], only: "bw=60,bw=175,rtt=150,rtt=100" });
  expect(firstAsWritten(plan).id).toBe("bw175-rtt100-r1");
});

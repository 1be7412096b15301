import { expect, it } from "vitest";
import { expectedDurationS, secondsLeft } from "../../src/run/time-left.js";
import { shippedPlan } from "./fixtures.js";

it("expects a cell to take its slots and its memory over the link, or over the cap where that is tighter", async () => {
  const duration = async (profile: string) => {
    const [cell] = (await shippedPlan({ profile })).plan.cells;
    return cell && expectedDurationS(cell);
  };
  const bits = 263 * 2 ** 20 * 8;
  expect(await duration("modern")).toBeCloseTo(30 + bits / 350e6, 6);
  expect(await duration("thesis-2014")).toBeCloseTo(30 + bits / (32 * 2 ** 20 * 8), 6);
});

it("scales what remains by how finished cells compare with what was expected of them", () => {
  expect(secondsLeft([10, 20], [])).toBe(30);
  expect(
    secondsLeft(
      [10, 20],
      [
        { expectedS: 40, durationS: 50 },
        { expectedS: 10, durationS: 50 },
      ],
    ),
  ).toBe(60);
  expect(secondsLeft([], [{ expectedS: 1, durationS: 1 }])).toBe(0);
});

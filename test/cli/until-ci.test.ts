import { describe, expect, it } from "vitest";
import { repeatOf } from "../../src/cli/until-ci.js";
import { scenarioSchema } from "../../src/experiment/schema.js";
import { loadMetrics } from "../../src/metric/compute.js";

describe("--repeat, --until-ci and --max-repeat", () => {
  it("say how often each point is measured", () => {
    expect(repeatOf({})).toEqual({ minRepeat: 1, maxRepeat: 1 });
    expect(repeatOf({ repeat: 4 })).toEqual({ minRepeat: 4, maxRepeat: 4 });
    expect(repeatOf({ "until-ci": "5%" })).toEqual({ minRepeat: 3, maxRepeat: 10, relativeHalfWidth: 0.05 });
    expect(repeatOf({ "until-ci": "2.5%", repeat: 2, "max-repeat": 4 })).toEqual({
      minRepeat: 2,
      maxRepeat: 4,
      relativeHalfWidth: 0.025,
    });
    expect(repeatOf({ "until-ci": "5%", "max-repeat": 2 })).toMatchObject({ minRepeat: 2, maxRepeat: 2 });
    expect(repeatOf({ "until-ci": "5%", repeat: 20 })).toMatchObject({ minRepeat: 20, maxRepeat: 20 });
  });

  it.each([
    [{ "until-ci": "5%", repeat: 1 }, /one repetition has no confidence interval.*--repeat 2 or more/],
    [{ "until-ci": "5%", repeat: 5, "max-repeat": 4 }, /at least 5 and at most 4/],
    [{ "until-ci": "0.05" }, /"0\.05" can't be taken/],
    [{ "until-ci": "0%" }, /more than 0%/],
    [{ "until-ci": "100%" }, /less than 100%/],
    [{ "until-ci": "-5%" }, /can't be taken/],
  ])("refuse %j", (flags, line) => {
    expect(() => repeatOf(flags)).toThrow(
      expect.objectContaining({ kind: "usage", line: expect.stringMatching(line) as unknown }),
    );
  });

  it("watch one metric in each scenario", async () => {
    const metrics = await loadMetrics();
    for (const scenario of scenarioSchema.options) {
      const headlines = metrics.filter(({ headlineOf }) => headlineOf?.includes(scenario));
      expect(
        headlines.map(({ id }) => id),
        scenario,
      ).toHaveLength(1);
    }
  });
});
